import { pythonRepr } from '../../base/index.ts';
import { expandTags, type Inspector, type UseDns } from '../../detect/index.ts';
import { debuggexLines } from './debuggex.ts';
import type { RegexOptions } from './options.ts';
import type { Hit, RuleHits, Tally } from './tally.ts';
import type { CountedKind } from './verdict.ts';

/** Everything that the report is about. */
export interface ReportInput {
  readonly inspector: Inspector;
  readonly tally: Tally;
  readonly options: RegexOptions;
  /** Lines of the journal have no date to look for; a pattern that was given is listed all the same. */
  readonly hasDates: boolean;
  readonly useDns: UseDns;
  readonly isMultiLine: boolean;
  readonly elapsedSec: number;
  /** Lines without a date count as of now. */
  readonly nowSec: number;
}

/** The report, line by line, in fail2ban-regex's shape. */
export function makeReport(input: ReportInput): string[] {
  const { inspector, tally, options, elapsedSec } = input;
  const { tested, counts } = tally;
  const style = { verbose: options.verbosity !== 0, nowSec: input.nowSec };
  return [
    '',
    'Results',
    '=======',
    ...prefix(inspector, tally),
    ...rules('Failregex', inspector.rules.fail, tally.failHits, style),
    ...rules('Ignoreregex', inspector.rules.ignore, tally.ignoreHits, style),
    ...(input.hasDates ? dateTemplates(inspector, options) : []),
    '',
    `Lines: ${tested} lines, ${counts.ignored} ignored, ${counts.matched} matched, ${counts.missed} missed`,
    `[processed in ${elapsedSec.toFixed(2)} sec]`,
    '',
    ...(options.printMatched ? lines('matched', true, input) : []),
    ...(options.printIgnored === 'no' ? [] : lines('ignored', options.printIgnored === 'all', input)),
    ...(options.printMissed === 'no' ? [] : lines('missed', options.printMissed === 'all', input)),
  ];
}

function prefix({ rules: { prefix: rule } }: Inspector, tally: Tally): string[] {
  if (rule === undefined) return [];
  const groups = tally.prefixGroups.map((fields) => `    ${pythonRepr(new Map(fields))}`);
  const more = tally.morePrefixGroups ? ['    ...'] : [];
  return ['', `Prefregex: ${tally.prefixHits} total`, ...box([rule.regex.source, ...groups, ...more])];
}

function rules(
  title: string,
  list: readonly { readonly source: string }[],
  found: readonly RuleHits[],
  { verbose, nowSec }: { readonly verbose: boolean; readonly nowSec: number },
): string[] {
  const total = found.reduce((sum, { count }) => sum + count, 0);
  const shown = list.flatMap(({ source }, index) => {
    const { count, hits } = found[index]!;
    if (count === 0 && !verbose) return [];
    const head = `${String(index + 1).padStart(2)}) [${count}] ${source}`;
    return [head, ...(verbose ? hits.map((hit) => describeHit(hit, nowSec)) : [])];
  });
  return ['', `${title}: ${total} total`, ...box(shown, ' #) [# of hits] regular expression')];
}

function describeHit({ id, timeSec, others }: Hit, nowSec: number): string {
  const time = cTime(timeSec ?? nowSec);
  return `    ${id}  ${time}${others ? ' (multiple regex matched)' : ''}`;
}

function dateTemplates({ dateTemplates: templates }: Inspector, options: RegexOptions): string[] {
  const shown = templates
    .filter(({ hits }) => hits > 0 || options.verbosity !== 0)
    .flatMap((template) => [
      `[${template.hits}] ${template.spec.name}`,
      ...(options.verboseDate
        ? [
            `    # weight: ${template.weight.toFixed(3)} (${template.ownWeight.toFixed(3)}), pattern: ${template.spec.pattern ?? ''}`,
            `    # regex:   ${template.spec.bound.regex}`,
          ]
        : []),
    ]);
  return ['', 'Date template hits:', ...box(shown, '[# of hits] date format')];
}

function lines(kind: CountedKind, all: boolean, input: ReportInput): string[] {
  const { tally, options, inspector } = input;
  const count = tally.counts[kind];
  if (count === 0) return [];
  const header = `${kind[0]!.toUpperCase()}${kind.slice(1)} line(s):`;
  if (count >= tally.options.limit && !all) {
    return [`${header} too many to print.  Use --print-all-${kind} to print all ${count} lines`];
  }
  const list = tally.lines[kind];
  if (!options.debuggex) return box(list.map(trimmed), header);
  const tried = kind === 'ignored' ? inspector.rules.ignore : inspector.rules.fail;
  const links = debuggexLines(list, tried, {
    expand: (source) => expandTags(source, input.useDns),
    isMultiLine: input.isMultiLine,
  });
  return box(links.map(trimmed), header);
}

function trimmed(line: string): string {
  return line.trimEnd();
}

/** Lines with the drawing of a box at their left. */
function box(content: readonly string[], header?: string): string[] {
  if (content.length === 0) return [];
  return [...(header === undefined ? [] : [`|- ${header}`]), ...content.map((line) => `|  ${line}`), '`-'];
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Sun Nov 22 15:28:49 2026`, local time. */
function cTime(timeSec: number): string {
  const date = new Date(timeSec * 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${weekdays[date.getDay()]} ${months[date.getMonth()]} ${two(date.getDate())} ${time} ${date.getFullYear()}`;
}
