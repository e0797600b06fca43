import { readFileSync, writeFileSync } from 'node:fs';
import type { Environment } from './environment.ts';
import type { Figure } from './rows.ts';

/** What one scenario found. */
export interface ScenarioReport {
  readonly name: string;
  readonly about: string;
  readonly seconds: number;
  readonly figures: readonly Figure[];
}

/** The JSON file of a run. */
export interface BenchReport {
  readonly environment: Environment;
  readonly scenarios: readonly ScenarioReport[];
}

export function writeReport(path: string, report: BenchReport): void {
  writeFileSync(path, `${JSON.stringify(report, roundedNumber, 2)}\n`);
}

export function readReport(path: string): BenchReport {
  return JSON.parse(readFileSync(path, 'utf8')) as BenchReport;
}

/** More digits than a measurement has only make the file long. */
function roundedNumber(_key: string, value: unknown): unknown {
  return typeof value === 'number' && Number.isFinite(value) ? Number(value.toPrecision(5)) : value;
}
