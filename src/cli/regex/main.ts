import { describeError, type Logger, logLevels, silentLogger, systemClock } from '../../base/index.ts';
import { createInspector, type FilterSettings, type Inspector } from '../../detect/index.ts';
import { Resolver } from '../../track/index.ts';
import { shippedConfig } from '../paths.ts';
import { failure, shownVersion, success } from '../program.ts';
import type { Terminal } from '../terminal.ts';
import { regexHelp, regexUsage } from './help.ts';
import { testLines } from './lines.ts';
import { parseRegexCommandLine, type RegexOptions } from './options.ts';
import { makeReport } from './report.ts';
import { type RulesReport, readRules, type TestedRules } from './rules.ts';
import { Tally } from './tally.ts';

const usageError = 2;

/** fail2ban-regex: tries rules on a log. Returns the exit code. */
export async function runRegex(name: string, args: readonly string[], terminal: Terminal): Promise<number> {
  const line = parseRegexCommandLine(args);
  switch (line.kind) {
    case 'help':
      terminal.out(regexHelp(name));
      return success;
    case 'version':
      terminal.out(line.short ? `${shownVersion}\n` : `${name} ${shownVersion}\n`);
      return success;
    case 'error':
      terminal.err(`${regexUsage(name)}\n${name}: error: ${line.message}\n`);
      return usageError;
    case 'misuse':
      terminal.out(regexHelp(name));
      terminal.err(`\n${line.messages.join('\n')}\n`);
      return failure;
    default:
      return (await tryRules(line.words, line.options, terminal)) ? success : failure;
  }
}

async function tryRules(
  words: readonly string[],
  options: RegexOptions,
  terminal: Terminal,
): Promise<boolean> {
  const say = (text: string): void => terminal.out(`${text}\n`);
  const [log, regex, ignoreRegex] = words as [string, string, string | undefined];
  const layers = [shippedConfig(), options.config];
  for (const text of ['', 'Running tests', '=============', '']) say(text);
  const rules: TestedRules = {
    prefRegex: undefined,
    failRegex: [],
    ignoreRegex: [],
    maxLines: undefined,
    datePattern: undefined,
  };
  try {
    const report = { say, sayDatePattern: (pattern: string) => sayDatePattern(pattern, options, say) };
    sayOptions(options, rules, report);
    if (!readRules(regex, 'fail', rules, { ...options, layers }, report)) return false;
    if (
      ignoreRegex !== undefined &&
      !readRules(ignoreRegex, 'ignore', rules, { ...options, layers }, report)
    ) {
      return false;
    }
    const inspector = makeInspector(rules, options, terminal);
    const { lines, description } = testLines(log, options.encoding, rules.maxLines ?? 1);
    for (const text of [...description, '']) say(text);
    const resolver = new Resolver(systemClock, silentLogger);
    const tally = new Tally(inspector, options, rules.maxLines ?? 1, (host) => resolver.resolve(host));
    const startMs = performance.now();
    for (const text of lines) await tally.add(text);
    const elapsedSec = (performance.now() - startMs) / 1000;
    say(makeReport({ inspector, tally, options, elapsedSec }).join('\n'));
    return true;
  } catch (error) {
    say(`ERROR: ${describeError(error)}`);
    return false;
  }
}

/** What the command line says goes before the filter, and is said first. */
function sayOptions(options: RegexOptions, rules: TestedRules, report: RulesReport): void {
  if (options.maxLines > 0) {
    rules.maxLines = options.maxLines;
    report.say(`Use         maxlines : ${options.maxLines}`);
  }
  if (options.datePattern !== undefined) {
    rules.datePattern = options.datePattern;
    report.sayDatePattern(options.datePattern);
  }
}

/** The name of a date pattern is known once it is compiled. More than two templates are the built-in ones. */
function sayDatePattern(pattern: string, options: RegexOptions, say: (text: string) => void): void {
  const settings = { ...emptySettings(options), datePattern: pattern };
  const templates = createInspector(settings, {}, silentDeps).dateTemplates;
  const name = templates.length === 0 || templates.length > 2 ? 'Default Detectors' : templates[0]!.spec.name;
  say(`Use      datepattern : ${pattern} : ${name}`);
}

const noPulse = { begin: () => undefined, end: () => undefined };
const silentDeps = { clock: systemClock, pulse: noPulse, logger: silentLogger };

function emptySettings(options: RegexOptions): FilterSettings {
  return {
    jail: 'fail2ban-regex-jail',
    failRegex: [],
    ignoreRegex: [],
    useDns: useDnsOf(options),
    maxLines: 1,
    findTimeSec: 600,
    ...(options.timeZone === undefined ? {} : { logTimeZone: options.timeZone }),
  };
}

function useDnsOf({ useDns }: RegexOptions): FilterSettings['useDns'] {
  const mode = useDns?.toLowerCase() ?? 'warn';
  return mode === 'yes' || mode === 'warn' || mode === 'raw' ? mode : 'no';
}

function makeInspector(rules: TestedRules, options: RegexOptions, terminal: Terminal): Inspector {
  const { prefRegex, failRegex, ignoreRegex, maxLines, datePattern } = rules;
  const settings: FilterSettings = {
    ...emptySettings(options),
    failRegex,
    ignoreRegex,
    maxLines: maxLines ?? 1,
    ...(prefRegex === undefined ? {} : { prefRegex }),
    ...(datePattern === undefined ? {} : { datePattern }),
  };
  const lookAt = { allRules: options.checkAll, rawHosts: options.rawHosts };
  return createInspector(settings, lookAt, { ...silentDeps, logger: messageLogger(options, terminal) });
}

/** Messages of detection on standard output, each after the first letter of its level. */
function messageLogger(options: RegexOptions, terminal: Terminal): Logger {
  const known: Readonly<Record<string, number>> = logLevels;
  const threshold = known[options.logLevel.toUpperCase()] ?? Number(options.logLevel);
  return {
    log(level, _logger, message) {
      if (logLevels[level] >= threshold) terminal.out(`${level[0]}: ${message}\n`);
    },
  };
}
