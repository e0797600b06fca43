import type { SurveyedFilter, WrittenRule } from '../config/index.ts';
import type { RegexJudge, RegexReport } from './regexes.ts';
import { attackExample } from './regexes.ts';
import { namesAddress, unknownTag } from './tags.ts';
import type { Finding } from './types.ts';

/**
 * From this degree on, a line as long as services write them (8 KiB) takes seconds; a quadratic rule takes some
 * milliseconds for it, and is found in nearly every filter.
 */
const highDegree = 3;
/** Of long alternatives only the beginning is shown. */
const longestPart = 60;

/** What is wrong with the rules of one filter. `name`: the filter with its settings, as a jail names it. */
export function checkRuleTexts(
  name: string,
  { filter, rules }: SurveyedFilter,
  judge: RegexJudge,
): Finding[] {
  const severalLines = (filter.maxLines ?? 1) > 1;
  const reports = new Map(rules.map((rule) => [rule, judge.judge(rule, severalLines)]));
  const prefix = rules.find(({ kind }) => kind === 'prefregex');
  const prefixReport = prefix === undefined ? undefined : reports.get(prefix);
  const findings: Finding[] = [];
  for (const [rule, report] of reports) {
    const tag = unknownTag(rule.text);
    if (tag !== undefined) findings.push(unknown(tag, rule));
    else if (report !== undefined) findings.push(...findingsOn({ rule, report, prefixReport, severalLines }));
  }
  return findings.map((finding) => ({ ...finding, filter: name }));
}

interface Judged {
  readonly rule: WrittenRule;
  readonly report: RegexReport;
  readonly prefixReport: RegexReport | undefined;
  readonly severalLines: boolean;
}

function findingsOn(judged: Judged): Finding[] {
  const { rule, report } = judged;
  const isFailure = rule.kind === 'failregex';
  return [
    ...slowness(rule, report),
    ...(rule.kind === 'ignoreregex' ? [] : openStart(judged)),
    ...movable(rule, report),
    ...(isFailure ? withoutLiteral(judged) : []),
  ];
}

function slowness(rule: WrittenRule, { backtracking, pattern }: RegexReport): Finding[] {
  const { kind, degree, parts, attack } = backtracking;
  if (kind === 'safe') return [];
  if (kind === 'unknown') {
    const message = `the ${rule.kind} is too large to be judged for backtracking`;
    return [{ ...at(rule), code: 'LINT_BACKTRACKING_UNKNOWN', severity: 'info', message }];
  }
  const shown = [...new Set(parts.map(({ start, end }) => quote(pattern.slice(start, end))))].join(' and ');
  const example = attackExample(backtracking);
  const details = { ...(attack && { attack }), ...(example === undefined ? {} : { example }) };
  const where = shown === '' ? '' : ` in ${shown}`;
  const hint =
    'let neighbouring repetitions have no characters in common, or exclude what ends them ([^"]* for .*)';
  if (kind === 'exponential') {
    const message = `a crafted line takes this ${rule.kind} exponentially long${where}`;
    return [
      { ...at(rule), code: 'LINT_BACKTRACKING_EXPONENTIAL', severity: 'error', message, hint, ...details },
    ];
  }
  const message = `a crafted line takes this ${rule.kind} time as its length to the power of ${degree}${where}`;
  return degree >= highDegree
    ? [{ ...at(rule), code: 'LINT_BACKTRACKING_POLYNOMIAL', severity: 'warning', message, hint, ...details }]
    : [{ ...at(rule), code: 'LINT_BACKTRACKING_QUADRATIC', severity: 'info', message, ...details }];
}

/** With a rule that may match anywhere, whoever writes any part of the line writes the whole match. */
function openStart({ rule, report, prefixReport, severalLines }: Judged): Finding[] {
  if (report.isAnchored !== false || severalLines) return [];
  const isHarmless = rule.kind === 'failregex' && prefixReport !== undefined && !namesAddress(rule.text);
  if (isHarmless) return [];
  const message = `the ${rule.kind} may match anywhere in a line, so that a stranger's text in the line can imitate it`;
  const hint = 'begin it with ^ and what the service writes first, for instance ^%(__prefix_line)s';
  return [{ ...at(rule), code: 'LINT_UNANCHORED', severity: 'warning', message, hint }];
}

function movable(rule: WrittenRule, { movable: place, groups, isAnchored }: RegexReport): Finding[] {
  // A rule that only tells of a success counts nobody.
  if (place === undefined || groups.has('mlfgained') || isAnchored === false) return [];
  const { text, first, second, taken, what } = place;
  const shown = quote(place.swallower);
  const how =
    taken === 'first' ? `is taken from the first place that fits behind ${shown}` : `follows ${shown}`;
  const hint =
    taken === 'first'
      ? 'end the rule with $ and the exact text behind the address, or exclude what ends the text before it'
      : 'say exactly what follows the address, up to the end ($)';
  const message = `the ${what} ${how}, and text that a stranger writes can decide where that is`;
  const example = `${text} (${what} at ${first} or ${second}, taken: the ${taken})`;
  return [{ ...at(rule), code: 'LINT_ADDRESS_MOVABLE', severity: 'warning', message, hint, example }];
}

function withoutLiteral({ rule, report, prefixReport }: Judged): Finding[] {
  if (report.requiredLiterals !== null || (prefixReport?.requiredLiterals ?? null) !== null) return [];
  const message = 'the failregex has no word that each match contains, so it has to be tried on every line';
  const hint = 'write a word of the message into it';
  return [{ ...at(rule), code: 'LINT_NO_LITERAL', severity: 'warning', message, hint }];
}

function unknown(tag: string, rule: WrittenRule): Finding {
  const message = `a ${rule.kind} consists of the tag <${tag}>, which is not defined`;
  const hint = 'this may be the value of a parameter that the filter does not have';
  return { ...at(rule), code: 'LINT_UNKNOWN_TAG', severity: 'warning', message, hint };
}

function at({ origin, option }: WrittenRule): Pick<Finding, 'file' | 'line' | 'option'> {
  return { ...origin, option };
}

function quote(text: string): string {
  const short = text.length > longestPart ? `${text.slice(0, longestPart)}…` : text;
  return `"${short}"`;
}
