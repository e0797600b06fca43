import { type Clock, describeError, silentLogger, systemClock, WarderError } from '../../base/index.ts';
import { sharedCompiler } from '../../detect/index.ts';
import { Resolver } from '../../track/index.ts';
import { shippedConfig } from '../paths.ts';
import { failure, shownVersion, success } from '../program.ts';
import type { Terminal } from '../terminal.ts';
import { BufferedOutput } from './buffered-output.ts';
import { regexHelp, regexUsage } from './help.ts';
import { isJournal, openTestLog } from './lines.ts';
import { machinePlan, type PartPlan } from './log-parts.ts';
import { levelNumber, messageLogger } from './messages.ts';
import { machineNames } from './names.ts';
import { parseRegexCommandLine, type RegexOptions } from './options.ts';
import type { NameLookup } from './out.ts';
import { collectRules, logOptions, makeSettings, type RulesVoice } from './settings.ts';
import { isCounted, makeSink } from './sinks.ts';
import { type ResolveName, TestRun } from './test-run.ts';
import { tryLines } from './try-lines.ts';

const usageError = 2;
/** What Python ends with where fail2ban-regex stumbles over an error that it does not expect. */
const unexpected = 1;

/** What the rule tester needs of the world around it; a test brings its own. */
export interface RegexDeps {
  readonly clock: Clock;
  readonly resolve: ResolveName;
  readonly names: NameLookup;
  /** Somebody looks at the output: control characters in log lines are shown instead of sent to the terminal. */
  readonly isWatched: boolean;
  /** How a large log is divided among threads; absent: it is not. */
  readonly parts?: PartPlan;
}

/** fail2ban-regex: tries rules on a log. Returns the exit code. */
export async function runRegex(
  name: string,
  args: readonly string[],
  terminal: Terminal,
  deps: RegexDeps = machineDeps(),
): Promise<number> {
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
    default: {
      const output = new BufferedOutput(terminal, deps.isWatched);
      try {
        return await tryRules(line.words, line.options, output, deps);
      } finally {
        output.flush();
      }
    }
  }
}

function machineDeps(): RegexDeps {
  const resolver = new Resolver(systemClock, silentLogger);
  return {
    clock: systemClock,
    resolve: (host) => resolver.resolve(host),
    names: machineNames(),
    isWatched: process.stdout.isTTY,
    parts: machinePlan(),
  };
}

async function tryRules(
  words: readonly string[],
  options: RegexOptions,
  terminal: BufferedOutput,
  { clock, resolve, names, parts }: RegexDeps,
): Promise<number> {
  const isQuiet = options.out !== undefined || options.json;
  const fail = (text: string): void => terminal.out(`${text}\n`);
  const say = (text: string): void => {
    if (!isQuiet) fail(text);
  };
  for (const text of ['', 'Running tests', '=============', '']) say(text);
  try {
    const logger = messageLogger(options, terminal);
    const voice: RulesVoice = { say, fail };
    const [log, regex, ignoreRegex] = words as [string, string, string | undefined];
    const layers = [shippedConfig(), options.config];
    const compile = sharedCompiler();
    const rules = collectRules({ log, regex, ignoreRegex, layers, options, compile }, voice);
    if (rules === undefined) return failure;
    const readWith = logOptions(rules, options, false);
    const testLog = openTestLog(log, readWith);
    for (const text of [...testLog.description, '']) say(text);
    const settings = makeSettings(rules);
    const lookAt = {
      allRules: options.checkAll && options.out === undefined,
      keepPending: options.out === undefined,
      rawHosts: options.rawHosts,
    };
    const run = new TestRun(
      { ...lookAt, settings, countsOnly: isCounted(options) },
      { clock, resolve, logger, compile },
    );
    const sink = makeSink(run, { options, rules, isJournal: isJournal(log), names, clock }, terminal);
    const { encoding } = readWith;
    const shownLevel = levelNumber(options.logLevel);
    const divide =
      parts === undefined || sink.counting === undefined
        ? undefined
        : { plan: parts, request: { encoding, settings, lookAt, shownLevel }, counting: sink.counting };
    sink.end(await tryLines(run, testLog, sink, terminal, undefined, divide));
    return success;
  } catch (error) {
    fail(`ERROR: ${describeError(error)}`);
    return error instanceof WarderError && unexpectedCodes.has(error.code) ? unexpected : failure;
  }
}

/** Mistakes that end fail2ban-regex with an exception of Python. */
const unexpectedCodes: ReadonlySet<string> = new Set([
  'CLI_LOG_LEVEL',
  'CLI_TAG',
  'SOURCE_ENCODING',
  'SOURCE_JOURNAL_OPTION',
  'SOURCE_JOURNALMATCH',
]);
