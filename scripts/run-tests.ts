// Runs the tests with node:test in phases, and reports them as one run.
//
// The phases keep heavy suites away from tests that watch the clock: first everything small, two files at a time,
// then the comparisons with the reference, which want both cores, and last the end-to-end tests, one after the other.
//
// Many tests drive real daemons, kernels and clocks on whatever machine there is. A file that failed is run once more,
// alone: failing again is a failure, passing then is said as loudly as one.
import { existsSync, globSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { PassThrough } from 'node:stream';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const root = join(import.meta.dirname, '..');

interface Phase {
  readonly folders: readonly string[] | 'all others';
  readonly concurrency: number;
}

const phases: readonly Phase[] = [
  { folders: 'all others', concurrency: 2 },
  { folders: ['compat', 'fuzz'], concurrency: 2 },
  { folders: ['e2e'], concurrency: 1 },
];

/** A file that hangs is a failure, not the end of the run. */
const fileTimeoutMs = 300_000;

/** The lines that node:test closes a run with, in its order. */
const totalNames = [
  'tests',
  'suites',
  'pass',
  'fail',
  'cancelled',
  'skipped',
  'todo',
  'duration_ms',
] as const;
type TotalName = (typeof totalNames)[number];

/** More files than this are not run again: so many do not fail by accident. */
const mostSecondTries = 3;

interface Outcome {
  readonly totals: Map<TotalName, number>;
  /** Failed tests by file. */
  readonly failures: Map<string, number>;
}

process.exitCode = await main(process.argv.slice(2));

async function main(patterns: readonly string[]): Promise<number> {
  const files = findFiles(patterns.length === 0 ? ['test/**/*.test.ts'] : patterns);
  if (files.length === 0) {
    process.stderr.write(`run-tests: no test file matches ${patterns.join(' ')}\n`);
    return 1;
  }
  const events = new PassThrough({ objectMode: true });
  const reporter = events.pipe(new spec());
  reporter.pipe(process.stdout);
  const outcome = freshOutcome();
  const { totals } = outcome;
  for (const phase of phases) {
    const chosen = files.filter((file) => belongsTo(phase, file));
    if (chosen.length > 0) await runPhase(chosen, phase.concurrency, events, outcome);
  }
  const unsteady = await tryAgain(outcome, events);
  for (const name of totalNames) events.write(totalEvent(name, totals.get(name) ?? 0));
  events.end();
  await new Promise((resolve) => reporter.once('end', resolve));
  for (const file of unsteady)
    process.stdout.write(
      `run-tests: UNSTEADY: ${relative(root, file)} failed, and passed when it ran alone\n`,
    );
  return totals.get('fail') === 0 && totals.get('cancelled') === 0 && totals.get('tests') !== 0 ? 0 : 1;
}

function freshOutcome(): Outcome {
  return { totals: new Map(totalNames.map((name) => [name, 0])), failures: new Map() };
}

/** Runs the files that failed once more, alone. Those that pass now no longer count as failures; they are returned. */
async function tryAgain({ totals, failures }: Outcome, events: PassThrough): Promise<string[]> {
  if (failures.size > mostSecondTries) return [];
  const unsteady: string[] = [];
  for (const [file, count] of failures) {
    const second = freshOutcome();
    await runPhase([file], 1, events, second);
    const good = second.totals.get('pass') ?? 0;
    if (second.failures.size > 0 || second.totals.get('cancelled') !== 0 || good < count) continue;
    unsteady.push(file);
    totals.set('fail', (totals.get('fail') ?? 0) - count);
    totals.set('pass', (totals.get('pass') ?? 0) + count);
  }
  return unsteady;
}

function findFiles(patterns: readonly string[]): string[] {
  const found = patterns.flatMap((pattern) =>
    existsSync(resolve(root, pattern)) && pattern.endsWith('.ts')
      ? [pattern]
      : globSync(pattern, { cwd: root }),
  );
  return [...new Set(found)].map((file) => resolve(root, file)).sort();
}

function belongsTo(phase: Phase, file: string): boolean {
  const folder = relative(join(root, 'test'), file).split(sep)[0] ?? '';
  if (phase.folders !== 'all others') return phase.folders.includes(folder);
  return !phases.some((other) => other.folders !== 'all others' && other.folders.includes(folder));
}

/** Passes the events of one run on, but keeps its closing totals back and adds them up. */
async function runPhase(
  files: readonly string[],
  concurrency: number,
  events: PassThrough,
  { totals, failures }: Outcome,
): Promise<void> {
  for await (const event of run({ files: [...files], concurrency, cwd: root, timeout: fileTimeoutMs })) {
    const total = event.type === 'test:diagnostic' ? parseTotal(event.data) : undefined;
    if (event.type === 'test:fail' && event.data.details.type !== 'suite') {
      const { file = '' } = event.data;
      failures.set(file, (failures.get(file) ?? 0) + 1);
    }
    if (total !== undefined) totals.set(total.name, (totals.get(total.name) ?? 0) + total.value);
    else if (event.type !== 'test:summary' && !events.write(event)) {
      await new Promise((resolve) => events.once('drain', resolve));
    }
  }
}

/** A closing total has no file, unlike what a test says by `context.diagnostic`. */
function parseTotal(data: {
  message: string;
  nesting: number;
  file?: string;
}): { name: TotalName; value: number } | undefined {
  if (data.file !== undefined || data.nesting !== 0) return undefined;
  const [word, number] = data.message.split(' ');
  const name = totalNames.find((candidate) => candidate === word);
  return name === undefined ? undefined : { name, value: Number(number) };
}

function totalEvent(name: TotalName, value: number): object {
  const message = `${name} ${name === 'duration_ms' ? value.toFixed(3) : value}`;
  return { type: 'test:diagnostic', data: { nesting: 0, message, level: 'info' } };
}
