// Runs the benchmarks that are named, or all, and puts their figures into one table and one file: each file here is one, and
// says itself what it needs.
//
//   npm run bench                            all of them
//   npm run bench -- NAME[,NAME…] [OPTION…]  some; options of their own go along
//   npm run bench -- --save                  all, and keeps the figures as bench/baseline.json
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { readEnvironment } from './support/environment.ts';
import { optionsUsage } from './support/options.ts';
import { buildPrograms, environmentWith, type Programs } from './support/programs.ts';
import { readReport, type ScenarioReport, writeReport } from './support/report.ts';
import { formatTable } from './support/rows.ts';

const folder = import.meta.dirname;
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== basename(import.meta.filename))
  .map((file) => basename(file, '.ts'))
  .sort();

const ended = 'the run was ended';
process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof Error) || error.message !== ended) throw error;
  return 1;
});

async function main(args: readonly string[]): Promise<number> {
  const [first] = args;
  const asked = first === undefined || first.startsWith('-') ? undefined : first.split(',');
  if (args.includes('--help') && asked === undefined) {
    console.log(`npm run bench -- [NAME[,NAME…]] [OPTION…]\n\n${names.join(' ')}\n\n${optionsUsage}`);
    console.log('  --save        keeps the figures as bench/baseline.json');
    return 0;
  }
  const unknown = asked?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    console.error(`there is no benchmark ${unknown}; there are ${names.join(', ')}`);
    return 2;
  }
  const { kept, rest } = takeFiles(asked === undefined ? args : args.slice(1));
  const programs = buildPrograms(commitOf(rest));
  const environment = readEnvironment(programs.commit);
  const { reports, failed } = await runAll(asked ?? names, rest, programs);
  if (reports.length > 1) {
    for (const report of reports) console.log(`\n${report.name}\n${formatTable(report.figures)}`);
  }
  for (const path of kept) writeReport(path, { environment, scenarios: reports });
  return failed ? 1 : 0;
}

/** Where the figures of all go, and the arguments that each scenario is given. */
function takeFiles(args: readonly string[]): { kept: readonly string[]; rest: readonly string[] } {
  const kept: string[] = [];
  const rest: string[] = [];
  for (const [index, word] of args.entries()) {
    if (word === '--save') kept.push(join(folder, 'baseline.json'));
    else if (word === '--json' && args[index + 1] !== undefined) kept.push(args[index + 1]!);
    else if (args[index - 1] !== '--json') rest.push(word);
  }
  return { kept, rest };
}

function commitOf(args: readonly string[]): string | undefined {
  const index = args.indexOf('--commit');
  return index < 0 ? undefined : args[index + 1];
}

/** Each in a process of its own, one after the other, all with the same programs. */
async function runAll(
  wanted: readonly string[],
  args: readonly string[],
  programs: Programs,
): Promise<{ reports: readonly ScenarioReport[]; failed: boolean }> {
  const reports: ScenarioReport[] = [];
  let failed = false;
  const scratch = mkdtempSync(join(tmpdir(), 'warder-bench-'));
  try {
    for (const name of wanted) {
      console.log(`\n${name}`);
      const json = join(scratch, `${name}.json`);
      const command = [join(folder, `${name}.ts`), ...args, '--json', json];
      if ((await runScenarioFile(command, programs)) !== 0) failed = true;
      if (existsSync(json)) reports.push(...readReport(json).scenarios);
    }
  } finally {
    programs.remove();
    rmSync(scratch, { recursive: true, force: true });
  }
  return { reports, failed };
}

/** Passes on what is to end us, so that a scenario can end its servers first. Returns the exit code. */
async function runScenarioFile(command: readonly string[], programs: Programs): Promise<number> {
  const child = spawn(process.execPath, command, { stdio: 'inherit', env: environmentWith(programs) });
  let signalled = false;
  const passOn = (signal: NodeJS.Signals): void => {
    signalled = true;
    child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, passOn);
  const [code] = (await once(child, 'exit')) as [number | null];
  for (const signal of signals) process.off(signal, passOn);
  if (signalled) throw new Error(ended);
  return code ?? 1;
}
