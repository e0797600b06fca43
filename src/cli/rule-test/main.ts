import { describeError, silentLogger, systemClock } from '../../base/index.ts';
import { sharedCompiler, type UseDns } from '../../detect/index.ts';
import { Resolver } from '../../track/index.ts';
import { shippedConfig } from '../paths.ts';
import type { Program } from '../program.ts';
import { BufferedOutput } from '../regex/buffered-output.ts';
import { jsonLine, jsonSummary } from '../regex/json.ts';
import { openTestLog } from '../regex/lines.ts';
import { parseRegexCommandLine, type RegexOptions } from '../regex/options.ts';
import { collectRules, logOptions, makeSettings } from '../regex/settings.ts';
import { type VerdictSink, wantsVerdicts } from '../regex/sinks.ts';
import { Tally } from '../regex/tally.ts';
import { TestRun } from '../regex/test-run.ts';
import { tryLines } from '../regex/try-lines.ts';
import { NearRules } from './near-rules.ts';
import { makePainter } from './paint.ts';
import { Progress } from './progress.ts';
import { Viewer } from './viewer.ts';

/** At least one line is a failure, none is, or it could not be tried. */
const [matched, unmatched, trouble] = [0, 1, 2];

/** `warder test LOG FILTER [IGNOREREGEX]`: what a filter makes of a log, for people or (`--json`) programs. */
export async function testRules(
  program: Program,
  words: readonly string[],
  extra: readonly string[],
): Promise<number> {
  const { options } = program;
  const config = options.conf === undefined ? [] : [`--config=${options.conf}`];
  const line = parseRegexCommandLine([...config, ...extra, '--', ...words]);
  if (line.kind !== 'run') {
    program.log.error(line.kind === 'error' ? line.message : 'test needs LOG FILTER [IGNOREREGEX]');
    return trouble;
  }
  const output = new BufferedOutput(program.terminal);
  try {
    return await tryLog(program, line.words, line.options, output);
  } catch (error) {
    output.flush();
    program.log.error(describeError(error));
    return trouble;
  } finally {
    output.flush();
  }
}

async function tryLog(
  program: Program,
  words: readonly string[],
  options: RegexOptions,
  output: BufferedOutput,
): Promise<number> {
  const [log, regex, ignoreRegex] = words as [string, string, string | undefined];
  const layers = [shippedConfig(), options.config];
  const compile = sharedCompiler();
  const fail = (text: string): void => program.terminal.err(`${text}\n`);
  const rules = collectRules(
    { log, regex, ignoreRegex, layers, options, compile },
    { say: () => undefined, fail },
  );
  if (rules === undefined) return trouble;
  const resolver = new Resolver(systemClock, silentLogger);
  const settings = makeSettings(rules);
  const run = new TestRun(
    { settings, allRules: options.checkAll, keepPending: true, rawHosts: options.rawHosts },
    { resolve: (host) => resolver.resolve(host), compile },
  );
  const testLog = openTestLog(log, logOptions(rules, options, true));
  const progress = new Progress(program.terminal);
  const view =
    program.options.json || options.json
      ? jsonView(run, output)
      : textView(run, settings.useDns, program, output);
  const elapsedSec = await tryLines(run, testLog, view, output, (lines) => progress.add(lines));
  progress.end();
  view.end(elapsedSec);
  return view.hasMatches() ? matched : unmatched;
}

interface View extends VerdictSink {
  hasMatches(): boolean;
}

function textView(
  run: TestRun,
  useDns: UseDns,
  { options, terminal }: Program,
  output: BufferedOutput,
): View {
  const { inspector } = run;
  const near = new NearRules(inspector.rules, useDns);
  const viewer = new Viewer(output, makePainter(terminal.isTerminal), near, {
    shownAll: options.verbosity > 1,
  });
  return {
    add: (verdict) => {
      viewer.add(verdict);
      return undefined;
    },
    get takesMissed() {
      return viewer.takesMissed;
    },
    addMissed: () => {
      viewer.addMissed();
      return false;
    },
    addCounted: () => false,
    keep: () => undefined,
    addSkipped: () => viewer.addSkipped(),
    end: (elapsedSec) => viewer.end(inspector, elapsedSec),
    hasMatches: () => viewer.hasMatches,
  };
}

function jsonView(run: TestRun, output: BufferedOutput): View {
  const { fail, ignore } = run.inspector.rules;
  const tally = new Tally(
    { fail: fail.length, ignore: ignore.length },
    {
      limit: 0,
      printMatched: false,
      printMissed: 'no',
      printIgnored: 'no',
      listsHits: false,
      listsPrefix: false,
      forLinks: false,
    },
  );
  const print = (value: unknown): void => output.out(`${JSON.stringify(value)}\n`);
  return {
    add: (verdict) => {
      tally.add(verdict);
      print(jsonLine(verdict));
      return undefined;
    },
    ...wantsVerdicts,
    end: (elapsedSec) => print(jsonSummary(tally, run.inspector, elapsedSec)),
    hasMatches: () => tally.counts.matched > 0,
  };
}
