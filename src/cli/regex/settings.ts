import { silentLogger, systemClock, WarderError } from '../../base/index.ts';
import { shellWords } from '../../config/index.ts';
import { type CompileRegex, createInspector, type FilterSettings, type UseDns } from '../../detect/index.ts';
import { journalAlternatives } from './journal-argument.ts';
import { isJournal, type LogOptions } from './lines.ts';
import { isDebugLevel } from './messages.ts';
import type { RegexOptions } from './options.ts';
import { describeRuleError } from './rule-error.ts';
import { noRules, type RulesReport, readRules, type TestedRules } from './rules.ts';

/** What the command line says about the rules. */
export interface RulesInput {
  readonly log: string;
  readonly regex: string;
  readonly ignoreRegex: string | undefined;
  readonly layers: readonly string[];
  readonly options: RegexOptions;
  readonly compile: CompileRegex;
}

/** `say`: what the report begins with; `fail`: what is wrong, said in any case. */
export type RulesVoice = Pick<RulesReport, 'say' | 'fail'>;

const noPulse = { begin: () => undefined, end: () => undefined };
const silentDeps = { clock: systemClock, pulse: noPulse, logger: silentLogger };

/**
 * Collects the rules of REGEX and IGNOREREGEX, says what it found, and checks that they work. Undefined when they do not;
 * what is wrong was said.
 */
export function collectRules(input: RulesInput, voice: RulesVoice): TestedRules | undefined {
  const { log, regex, ignoreRegex, layers, options } = input;
  const rules = noRules();
  const report: RulesReport = {
    ...voice,
    sayDatePattern: (pattern) =>
      voice.say(`Use      datepattern : ${pattern} : ${datePatternName(pattern, rules)}`),
  };
  takeOptions(rules, options, report);
  const request = {
    config: options.config,
    layers,
    isJournal: isJournal(log),
    isGiven: (option: string): boolean => given(option, options),
    showsRealOptions: options.verbosity > 1 || isDebugLevel(options.logLevel),
  };
  for (const [argument, kind] of [
    [regex, 'fail'],
    [ignoreRegex, 'ignore'],
  ] as const) {
    if (argument === undefined) continue;
    if (!readRules(argument, kind, rules, request, report)) return undefined;
    const problem = describeRuleError(makeSettings(rules), input.compile);
    if (problem === undefined) continue;
    voice.fail(`ERROR: ${problem}`);
    return undefined;
  }
  return rules;
}

/** What the command line says goes before the filter, and is said first. */
function takeOptions(rules: TestedRules, options: RegexOptions, report: RulesReport): void {
  if (options.maxLines < 0) {
    throw new WarderError('CLI_MAX_LINES', 'maxlines must be integer greater than zero', {
      hint: 'say how many lines a rule may look at together',
    });
  }
  if (options.maxLines > 0) {
    rules.maxLines = options.maxLines;
    report.say(`Use         maxlines : ${options.maxLines}`);
  }
  if (options.journalMatch !== undefined) {
    const words = shellWords(options.journalMatch);
    if (words === undefined) {
      throw new WarderError('SOURCE_JOURNALMATCH', `journalmatch has an open quote: ${options.journalMatch}`);
    }
    rules.journalMatch = journalAlternatives(words);
  }
  rules.timeZone = options.timeZone;
  rules.useDns = options.useDns;
  rules.encoding = options.encoding;
  // A zone that does not exist is told before anything else.
  createInspector(makeSettings(rules), {}, silentDeps);
  if (options.datePattern !== undefined) {
    rules.datePattern = options.datePattern;
    report.sayDatePattern(options.datePattern);
  }
}

function given(option: string, options: RegexOptions): boolean {
  switch (option) {
    case 'datepattern':
      return options.datePattern !== undefined;
    case 'maxlines':
      return options.maxLines > 0;
    case 'usedns':
      return options.useDns !== undefined;
    case 'logtimezone':
      return options.timeZone !== undefined;
    case 'logencoding':
      return options.encoding !== undefined;
    default:
      return options.journalMatch !== undefined;
  }
}

/** The name of a date pattern is known once it is compiled. More than two templates are the built-in ones. */
function datePatternName(pattern: string, { timeZone }: TestedRules): string {
  const settings = makeSettings({ ...noRules(), timeZone, datePattern: pattern });
  const templates = createInspector(settings, {}, silentDeps).dateTemplates;
  const isDefault = /^\s*\{DEFAULT\}\s*$/i.test(pattern);
  return isDefault || templates.length === 0 || templates.length > 2
    ? 'Default Detectors'
    : templates[0]!.spec.name;
}

/** The settings of a filter that does what the rules say. */
export function makeSettings(rules: TestedRules): FilterSettings {
  const { prefRegex, failRegex, ignoreRegex, maxLines, datePattern, logFormat, useDns, timeZone } = rules;
  return {
    jail: 'fail2ban-regex-jail',
    failRegex,
    ignoreRegex,
    useDns: useDnsOf(useDns),
    maxLines: maxLines ?? 1,
    findTimeSec: 600,
    ...(timeZone === undefined ? {} : { logTimeZone: timeZone }),
    ...(prefRegex === undefined ? {} : { prefRegex }),
    ...(datePattern === undefined ? {} : { datePattern }),
    ...(logFormat === undefined ? {} : { logFormat }),
  };
}

/** A word that is no mode counts as `no`, the safe one. */
export function useDnsOf(text: string | undefined): UseDns {
  const mode = text?.toLowerCase() ?? 'warn';
  return mode === 'yes' || mode === 'warn' || mode === 'raw' ? mode : 'no';
}

/** What a log is read with: the command line goes before the filter. */
export function logOptions(rules: TestedRules, options: RegexOptions, takesOpenLine: boolean): LogOptions {
  return {
    encoding: options.encoding ?? rules.encoding ?? 'auto',
    maxLines: rules.maxLines ?? 1,
    journalMatch: rules.journalMatch,
    takesOpenLine,
  };
}
