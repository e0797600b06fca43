import { formatLogTime } from '../../base/index.ts';
import type { WhyHold, WhyInJail, WhyReport, WhyStep } from '../../control/index.ts';
import { makePainter, type Painter } from '../rule-test/paint.ts';
import { type Cell, columns } from './columns.ts';
import { banSpan, span } from './span.ts';

/** How the story is told. */
export interface WhyStyle {
  readonly colours: boolean;
  /** Also jails that know nothing of the id, and whole rules. */
  readonly verbose: boolean;
}

const styles = { banned: 'red', counting: 'yellow', ignored: 'cyan', clean: 'green' } as const;
const ranks = { banned: 0, counting: 1, ignored: 2, clean: 3 } as const;
const longestRule = 100;
const mostHistory = 10;
const indent = '    ';

/** The story of an id for people, what attackers wrote escaped. */
export function whyText(report: WhyReport, style: WhyStyle): string {
  const painter = makePainter(style.colours);
  const { id, bannedBy, jails } = report;
  const verdict =
    bannedBy.length === 0
      ? painter.text('is not banned', 'green')
      : painter.text(`is banned by ${bannedBy.join(', ')}`, 'red');
  const told = jails
    .filter((jail) => style.verbose || jails.length === 1 || hasStory(jail))
    .filter((jail) => !isSpared(jail) || style.verbose || jails.length === 1)
    .toSorted((a, b) => ranks[a.verdict] - ranks[b.verdict]);
  const parts = [
    `${painter.text(id, 'bold')} ${verdict}.\n`,
    ...told.map((jail) => jailText(jail, style, painter)),
    style.verbose || jails.length === 1 ? '' : sparedText(jails.filter(isSpared)),
    style.verbose ? '' : quietText(jails.filter((jail) => !hasStory(jail)).length, jails.length),
    historyText(report, style),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function hasStory({ verdict, ignored, notes }: WhyInJail): boolean {
  return verdict !== 'clean' || ignored !== undefined || notes !== undefined;
}

function jailText(jail: WhyInJail, style: WhyStyle, painter: Painter): string {
  const { verdict, reason, ban, count } = jail;
  const facts: [string, string][] = [['verdict', reason]];
  if (ban !== undefined) {
    const isForEver = ban.endSec === undefined;
    facts.push(['since', time(ban.sinceSec)]);
    facts.push(['until', isForEver ? 'for ever' : `${time(ban.endSec)} (${banSpan(ban.banTimeSec)})`]);
    facts.push(['cause', causeOf(jail)]);
    if (ban.banCount > 1) facts.push(['bans', `this is number ${ban.banCount}`]);
  }
  if (count !== undefined) {
    facts.push(['failures', `${count.failures}, from ${time(count.firstSec)} to ${time(count.lastSec)}`]);
    facts.push([
      'needed',
      `${jail.maxRetry} within ${span(jail.findTimeSec)}, then banned for ${banSpan(jail.banTimeSec)}`,
    ]);
  }
  if (jail.ignored !== undefined) {
    const { failures, lastSec } = jail.ignored;
    facts.push(['ignored', `${failures} ${noun(failures, 'failure')}, the last at ${time(lastSec)}`]);
  }
  for (const note of jail.notes ?? []) facts.push(['note', note]);
  if (verdict === 'clean') facts.push(['hint', cleanHint(jail)]);
  const rows = facts.map(([name, text], index): Cell[] => [
    { text: name, style: 'dim' },
    index === 0 ? { text, style: styles[verdict] } : { text },
  ]);
  return [
    `${painter.text(jail.jail, 'bold')}\n`,
    columns(rows, style.colours, '  '),
    linesText(jail, painter),
    rulesText(jail, style, painter),
    holdsText(jail.holds, style),
    stepsText(jail.steps, style),
  ].join('');
}

function causeOf({ ban }: WhyInJail): string {
  if (ban === undefined) return '';
  if (ban.cause === 'by hand') return 'by hand';
  const user = ban.fields.user;
  const failures = `${ban.failures} ${noun(ban.failures, 'failure')}`;
  return user === undefined || user === '' ? failures : `${failures}; user ${user}`;
}

function cleanHint({ findTimeSec }: WhyInJail): string {
  return `lines older than findtime (${span(findTimeSec)}) do not count; 'warder test LOG FILTER' shows what a rule makes of a line`;
}

function linesText({ ban, count }: WhyInJail, painter: Painter): string {
  const lines = ban?.matches ?? count?.matches ?? [];
  return section(
    'log lines',
    lines.map((line) => painter.text(line)),
  );
}

function rulesText({ rules }: WhyInJail, { verbose }: WhyStyle, painter: Painter): string {
  return section(
    'rules that matched',
    rules.map(({ index, regex, failures }) => {
      const shown = verbose || regex.length <= longestRule ? regex : `${regex.slice(0, longestRule)}…`;
      return `failregex ${index}, ${failures} ${noun(failures, 'failure')}: ${painter.text(shown, 'dim')}`;
    }),
  );
}

const holdWords: Readonly<Record<WhyHold['state'], string>> = {
  made: 'in force',
  failed: 'FAILED',
  adopted: 'in force since an earlier run',
  skipped: 'left alone, since the ban was restored',
  lost: 'lost; made again with the next hit',
  absent: 'not made',
};

function holdsText(holds: readonly WhyHold[], { colours }: WhyStyle): string {
  if (holds.length === 0) return '';
  const rows = holds.map((hold): (string | Cell)[] => {
    const isWell = hold.state === 'made' || hold.state === 'adopted' || hold.state === 'skipped';
    const state: Cell = { text: holdWords[hold.state], style: isWell ? 'green' : 'red' };
    return [
      hold.action,
      hold.engine === undefined ? 'commands' : `engine ${hold.engine}`,
      state,
      soundness(hold),
    ];
  });
  return `  what holds it now\n${columns(rows, colours, indent)}`;
}

function soundness({ sound, waiting, problem }: WhyHold): string {
  const parts = [
    ...(sound === undefined ? [] : [sound ? 'its rules are there' : 'ITS RULES ARE NOT THERE']),
    ...(waiting === 0 ? [] : [`${waiting} waiting`]),
    ...(problem === undefined ? [] : [problem]),
  ];
  return parts.join('; ');
}

function stepsText(steps: readonly WhyStep[], { colours }: WhyStyle): string {
  if (steps.length === 0) return '';
  const rows = steps.map((step): (string | Cell)[] => {
    const result: Cell = step.ok
      ? { text: step.queued ? 'queued' : 'ok', style: 'green' }
      : { text: 'FAILED', style: 'red' };
    const code = step.exitCode === undefined ? '' : `exit ${step.exitCode}`;
    const words = [step.reason, step.error].filter((word) => word !== undefined && word !== '').join(': ');
    const time: Cell = { text: duration(step.durationMs), right: true };
    return [formatLogTime(step.timeSec), step.action, step.step, result, time, code, words];
  });
  return `  what the actions did\n${columns(rows, colours, indent)}`;
}

function duration(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

/** Jails that would ignore it, and never saw it: they differ in nothing but their reason. */
function isSpared({ verdict, ignored, notes }: WhyInJail): boolean {
  return verdict === 'ignored' && ignored === undefined && notes === undefined;
}

function sparedText(jails: readonly WhyInJail[]): string {
  const reasons = new Map<string, string[]>();
  for (const { jail, reason } of jails) reasons.set(reason, [...(reasons.get(reason) ?? []), jail]);
  const painter = makePainter(false);
  return Array.from(reasons, ([reason, names]) => `${painter.text(`${names.join(', ')}: ${reason}`)}\n`).join(
    '',
  );
}

function quietText(quiet: number, all: number): string {
  if (quiet === 0 || all === 1) return '';
  if (quiet === all) return 'No jail knows anything of it (-v shows them).\n';
  return `${quiet} other ${noun(quiet, 'jail')} ${quiet === 1 ? 'knows' : 'know'} nothing of it (-v shows them).\n`;
}

function historyText({ history }: WhyReport, { colours }: WhyStyle): string {
  if (history.length === 0) return '';
  const rows = history.slice(0, mostHistory).map((ban): (string | Cell)[] => {
    const { jail, sinceSec, banTimeSec, banCount, failures } = ban;
    const cause = failures === 0 ? 'by hand' : `${failures} ${noun(failures, 'failure')}`;
    return [
      time(sinceSec),
      jail,
      `for ${banSpan(banTimeSec)}`,
      cause,
      banCount > 1 ? `ban number ${banCount}` : '',
    ];
  });
  const more = history.length - rows.length;
  const rest = more > 0 ? `  and ${more} earlier\n` : '';
  return `Its bans in the database:\n${columns(rows, colours, '  ')}${rest}`;
}

function section(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return `  ${title}\n${lines.map((line) => `${indent}${line}\n`).join('')}`;
}

function noun(count: number, word: string): string {
  return count === 1 ? word : `${word}s`;
}

/** Without the fraction, which nobody needs here. */
function time(timeSec: number): string {
  return formatLogTime(timeSec).replace(/,\d+$/, '');
}
