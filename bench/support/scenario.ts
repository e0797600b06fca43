import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LogKind, type LogShape, writeLog } from '../data/logs.ts';
import { readEnvironment } from './environment.ts';
import { type BenchOptions, optionsUsage, parseOptions } from './options.ts';
import { buildPrograms, type Programs } from './programs.ts';
import { writeReport } from './report.ts';
import { type Figure, formatTable, type Row, toFigure } from './rows.ts';

/** A file in bench/: what is measured, and how. */
export interface Scenario {
  readonly name: string;
  readonly about: string;
  run(bench: Bench): Promise<void>;
}

/** What a scenario works with. */
export class Bench {
  readonly options: BenchOptions;
  /** For its files; gone after the run. */
  readonly folder: string;
  readonly programs: Programs;
  readonly figures: Figure[] = [];
  readonly #releasers: (() => Promise<void> | void)[] = [];

  constructor(options: BenchOptions, folder: string, programs: Programs) {
    this.options = options;
    this.folder = folder;
    this.programs = programs;
  }

  /** A line of the table. */
  add(row: Row): Figure {
    const figure = toFigure(row);
    this.figures.push(figure);
    return figure;
  }

  /** Calls `measure` once a round. What is to be compared belongs into the same call. */
  async rounds(measure: (round: number) => Promise<void>): Promise<void> {
    for (let round = 0; round < this.options.rounds; round += 1) await measure(round);
  }

  /** So many lines, scaled as the command line asks for. */
  lines(count: number): number {
    return Math.max(100, Math.round(count * this.options.scale));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Writes a log into the folder, up to now, and returns its path. */
  log(kind: LogKind, lines: number, shape: Partial<LogShape> = {}): string {
    const path = this.path(`${kind}-${lines}-${shape.attackers ?? 'usual'}.log`);
    writeLog(path, kind, { lines, seed: 1, endSec: Math.floor(Date.now() / 1000), ...shape });
    return path;
  }

  /** Is called when the scenario ends, however it ends; the last first. */
  onEnd(release: () => Promise<void> | void): void {
    this.#releasers.push(release);
  }

  async end(): Promise<void> {
    for (const release of this.#releasers.splice(0).reverse()) await release();
  }
}

/** Runs a scenario as a program: takes the options from the command line, prints the table, writes the JSON file. */
export async function runScenario(scenario: Scenario): Promise<void> {
  if (process.argv.includes('--help')) {
    console.log(`${scenario.name}: ${scenario.about}\n\n${optionsUsage}`);
    return;
  }
  const options = parseOptions(process.argv.slice(2));
  const startedMs = performance.now();
  const folder = mkdtempSync(join(tmpdir(), `warder-bench-${scenario.name}-`));
  const programs = buildPrograms(options.commit);
  const environment = readEnvironment(programs.commit);
  const bench = new Bench(options, folder, programs);
  const release = async (): Promise<void> => {
    await bench.end();
    programs.remove();
    rmSync(folder, { recursive: true, force: true });
  };
  // Servers would go on for ever, and they are busy ones.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => release().finally(() => process.exit(1)));
  }
  try {
    await scenario.run(bench);
  } finally {
    await release();
  }
  const { figures } = bench;
  console.log(formatTable(figures));
  const { name, about } = scenario;
  const seconds = (performance.now() - startedMs) / 1000;
  if (options.json !== undefined) {
    writeReport(options.json, { environment, scenarios: [{ name, about, seconds, figures }] });
  }
  if (options.strict && figures.some(({ met }) => met === false)) process.exitCode = 1;
}
