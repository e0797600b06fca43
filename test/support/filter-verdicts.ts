import { readFileSync } from 'node:fs';
import { checkSync } from 'recheck';
import { silentLogger, systemClock } from '../../src/base/index.ts';
import { type CompileRegex, createInspector } from '../../src/detect/index.ts';
import type { Rule } from '../../src/detect/rules/index.ts';
import { expandTags } from '../../src/detect/rules/tags.ts';
import { filterText, ownFilter } from './own-filter.ts';

/** What is said about the rules of one filter without looking at a log. */
export interface Verdicts {
  readonly rules: number;
  readonly complaints: readonly string[];
  /** The longest that any rule took on a hostile line. */
  readonly slowestMs: number;
}

/** A line is cut at this many bytes before a rule sees it, but what a peer can make a service write is much shorter. */
const hostileLength = 8192;
/** What one rule may take on one such line; the watchdog's budget. */
const budgetMs = 250;
const recheckMs = 20_000;
const pulse = { begin: () => undefined, end: () => undefined };
const deps = { clock: systemClock, logger: silentLogger, pulse };

/** Judges each rule of a filter, in every set of options that its samples use. */
export function judgeFilter(name: string, compile: CompileRegex): Verdicts {
  const seen = new Set<string>();
  const complaints: string[] = [];
  let slowestMs = 0;
  for (const options of optionSets(name)) {
    const settings = {
      jail: name,
      useDns: 'warn',
      findTimeSec: 600,
      ...ownFilter(filterText(name, options)),
    } as const;
    const { prefix, fail, ignore } = createInspector(settings, {}, { ...deps, compile }).rules;
    for (const [kind, rules] of [
      ['prefregex', prefix === undefined ? [] : [prefix]],
      ['failregex', fail],
      ['ignoreregex', ignore],
    ] as const) {
      for (const rule of rules) {
        if (seen.has(`${kind} ${rule.source}`)) continue;
        seen.add(`${kind} ${rule.source}`);
        const place = `${JSON.stringify(options)} ${kind} ${rule.index + 1}`;
        const took = slowest(rule);
        slowestMs = Math.max(slowestMs, took);
        const problems = [
          ...(took > budgetMs ? [`takes ${Math.round(took)} ms on a hostile line`] : []),
          ...staticProblems(rule, kind),
        ];
        complaints.push(...problems.map((problem) => `${place} ${problem}: ${rule.source}`));
      }
    }
  }
  return { rules: seen.size, complaints, slowestMs };
}

function optionSets(name: string): Record<string, string>[] {
  const path = new URL(`../fixtures/filters/${name}.log`, import.meta.url);
  const lines = readFileSync(path, 'utf8').split('\n');
  const sets = lines.filter((line) => line.startsWith('% ')).map((line) => line.slice(2));
  return [...new Set(sets)].map((text) => JSON.parse(text) as Record<string, string>);
}

function staticProblems(rule: Rule, kind: string): string[] {
  const problems: string[] = [];
  if (kind === 'failregex' && rule.regex.requiredLiterals === null) problems.push('has no required literal');
  if (kind === 'failregex' && !/^\(*(?:\?:|\?i\))?\(*\^/.test(rule.source)) problems.push('is not anchored');
  const verdict = recheckVerdict(expandTags(rule.source, 'warn'));
  if (verdict !== undefined) problems.push(`recheck: ${verdict}`);
  return problems;
}

/** What recheck has against a Python pattern; undefined if it is safe or at most quadratic. */
export function recheckVerdict(pattern: string): string | undefined {
  const { text, ignoreCase } = javascriptForm(pattern);
  const verdict = checkSync(text, ignoreCase ? 'i' : '', { timeout: recheckMs });
  if (verdict.status === 'safe') return undefined;
  if (verdict.status === 'unknown') return `unknown (${verdict.error.kind})`;
  const { complexity } = verdict;
  if (complexity.type === 'polynomial' && complexity.degree <= 2) return undefined;
  return complexity.summary;
}

/** The pattern in JavaScript's syntax, near enough for a judgement of its backtracking. */
function javascriptForm(pattern: string): { text: string; ignoreCase: boolean } {
  const ignoreCase = /\(\?i[):]/.test(pattern);
  const text = pattern
    .replaceAll(/\(\?P<\w+>/g, '(')
    .replaceAll(/\(\?P=\w+\)/g, '')
    .replaceAll(/\(\?[aimsux]+\)/g, '')
    .replaceAll(/\(\?[aimsux]*(?:-[ims]+)?:/g, '(?:')
    .replaceAll(/\(\?\(\w+\)/g, '(?:')
    .replaceAll('(?>', '(?:')
    .replaceAll(/([*+?}])\+/g, '$1')
    .replaceAll('\\A', '^')
    .replaceAll('\\Z', '$');
  return { text, ignoreCase };
}

/** How long the rule takes on the worst of some hostile lines, the best of two tries. */
function slowest(rule: Rule): number {
  return Math.max(...hostileLines(rule).map((line) => Math.min(elapsed(rule, line), elapsed(rule, line))));
}

function elapsed(rule: Rule, line: string): number {
  const startMs = performance.now();
  try {
    rule.regex.search(line);
  } catch {
    // The bound of our own matcher is what protects: its time counts.
  }
  return performance.now() - startMs;
}

/** Lines made of what the rule itself looks for, over and over, and of what catch-alls feed on. */
function hostileLines(rule: Rule): string[] {
  const literals = rule.source.match(/[A-Za-z][A-Za-z ]{2,}/g) ?? [];
  const start = rule.source.match(/\^([A-Za-z][A-Za-z :]*)/)?.[1] ?? '';
  const pumps = [
    ' ',
    'a',
    '1',
    '.',
    ':',
    '"',
    "'",
    '[',
    'a ',
    '1.',
    '1.2.3.4 ',
    'from 1.2.3.4 ',
    '::',
    'a=b ',
    '<a>',
    ...literals,
  ];
  return pumps.flatMap((pump) => {
    const body = pump.repeat(Math.ceil(hostileLength / pump.length)).slice(0, hostileLength);
    return [body, `${start}${body}`, `host daemon[1]: ${start}${body}!`];
  });
}
