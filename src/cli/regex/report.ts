import type { Inspector } from '../../detect/index.ts';
import type { RegexOptions } from './options.ts';
import type { Hit, LineKind, Tally } from './tally.ts';

/** Everything that the report is about. */
export interface ReportInput {
  readonly inspector: Inspector;
  readonly tally: Tally;
  readonly options: RegexOptions;
  readonly elapsedSec: number;
}

/** The report, line by line, in fail2ban-regex's shape. */
export function makeReport({ inspector, tally, options, elapsedSec }: ReportInput): string[] {
  const { tested, counts } = tally;
  return [
    '',
    'Results',
    '=======',
    ...prefix(inspector, tally),
    ...rules('Failregex', inspector.rules.fail, tally.failHits, options.verbosity > 0),
    ...rules('Ignoreregex', inspector.rules.ignore, tally.ignoreHits.map(emptyHits), options.verbosity > 0),
    ...dateTemplates(inspector, options),
    '',
    `Lines: ${tested} lines, ${counts.ignored} ignored, ${counts.matched} matched, ${counts.missed} missed`,
    `[processed in ${elapsedSec.toFixed(2)} sec]`,
    '',
    ...(options.printMatched ? lines('matched', true, tally) : []),
    ...(options.printIgnored === 'no' ? [] : lines('ignored', options.printIgnored === 'all', tally)),
    ...(options.printMissed === 'no' ? [] : lines('missed', options.printMissed === 'all', tally)),
  ];
}

function prefix({ rules: { prefix: rule } }: Inspector, tally: Tally): string[] {
  if (rule === undefined) return [];
  return ['', `Prefregex: ${tally.prefixHits} total`, ...box([rule.regex.source])];
}

type Listed = { readonly count: number; readonly hits: readonly Hit[] };

/** An ignoreregex has a count only. */
function emptyHits(count: number): Listed {
  return { count, hits: [] };
}

function rules(
  title: string,
  list: readonly { readonly source: string }[],
  found: readonly (readonly Hit[] | Listed)[],
  verbose: boolean,
): string[] {
  const listed = found.map((each) => ('count' in each ? each : { count: each.length, hits: each }));
  const total = listed.reduce((sum, { count }) => sum + count, 0);
  const shown = list.flatMap(({ source }, index) => {
    const { count, hits } = listed[index] as Listed;
    if (count === 0 && !verbose) return [];
    const head = `${String(index + 1).padStart(2)}) [${count}] ${source}`;
    return [head, ...(verbose ? hits.map(describeHit) : [])];
  });
  return ['', `${title}: ${total} total`, ...box(shown, ' #) [# of hits] regular expression')];
}

function describeHit({ id, timeSec, others }: Hit): string {
  // A line without a date counts as of now.
  const time = cTime(timeSec ?? Date.now() / 1000);
  return `    ${id}  ${time}${others ? ' (multiple regex matched)' : ''}`;
}

function dateTemplates({ dateTemplates: templates }: Inspector, options: RegexOptions): string[] {
  const shown = templates
    .filter(({ hits }) => hits > 0 || options.verbosity > 0)
    .flatMap((template) => [
      `[${template.hits}] ${template.spec.name}`,
      ...(options.verboseDate
        ? [
            `    # weight: ${template.weight.toFixed(3)}, pattern: ${template.spec.pattern ?? ''}`,
            `    # regex:   ${template.spec.bound.regex}`,
          ]
        : []),
    ]);
  return ['', 'Date template hits:', ...box(shown, '[# of hits] date format')];
}

function lines(kind: LineKind, all: boolean, tally: Tally): string[] {
  const count = tally.counts[kind];
  if (count === 0) return [];
  const header = `${kind[0]!.toUpperCase()}${kind.slice(1)} line(s):`;
  if (count < tally.limit || all) {
    return box(
      tally.lines[kind].map((line) => line.trimEnd()),
      header,
    );
  }
  return [`${header} too many to print.  Use --print-all-${kind} to print all ${count} lines`];
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
