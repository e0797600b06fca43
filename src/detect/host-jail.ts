import type { LogState, Position } from '../source/index.ts';
import type { JailChange, JailSpec, LineKey, LogReport, WorkerBatch } from './protocol.ts';
import type { FilterSettings } from './types.ts';

/** A rule that holds so many lines within so many seconds is suspended. */
export const strikesToSuspend = 5;
export const strikeWindowSec = 600;

/** Lines to leave out are remembered up to this number. */
const mostSkips = 1000;
const farBytes = 1 << 20;
/** A line at which the worker died so often is left out. */
const deathsToSkip = 2;

export interface LogStatus {
  readonly state: LogState;
  readonly reason: string;
}

/** What the host knows of one jail, so that any worker can go on with it. */
export class HostJail {
  readonly name: string;
  readonly index: number;
  #spec: Omit<JailSpec, 'index' | 'positions' | 'resume'>;
  readonly #positions = new Map<string, Position>();
  readonly #logs = new Map<string, LogStatus>();
  #journal: LogStatus | undefined;
  readonly #filesInOperation = new Set<string>();
  #journalInOperation = false;
  #warmUpFrom: string | undefined;
  #skips: LineKey[] = [];
  readonly #deaths = new Map<string, number>();
  /** When rules held a line, by rule. */
  readonly #strikes = new Map<number, number[]>();
  readonly #suspended = new Set<number>();

  constructor(index: number, spec: Omit<JailSpec, 'index' | 'resume'>) {
    this.name = spec.filter.jail;
    this.index = index;
    this.#spec = spec;
    for (const position of spec.positions) this.#positions.set(keyOf(position), position);
  }

  get source(): JailSpec['source'] {
    return this.#spec.source;
  }

  get positions(): Position[] {
    return [...this.#positions.values()];
  }

  get logs(): ReadonlyMap<string, LogStatus> {
    return this.#logs;
  }

  get journal(): LogStatus | undefined {
    return this.#journal;
  }

  /** Suspended rules: index in failRegex, or as RulePulse has it. */
  get suspendedRules(): readonly number[] {
    return [...this.#suspended];
  }

  /** The settings in force. Given rules are tried anew, suspended ones too. */
  change(change: JailChange): void {
    if (change.filter !== undefined) {
      this.#suspended.clear();
      this.#strikes.clear();
    }
    this.#spec = { ...this.#spec, ...change };
  }

  setIdle(): void {
    this.#spec = { ...this.#spec, idle: true };
  }

  /** What a worker is told that goes on with the jail. */
  specForNext(): JailSpec {
    return {
      index: this.index,
      filter: this.filterInForce(this.#spec.filter),
      source: this.#spec.source,
      positions: this.positions,
      idle: this.#spec.idle || this.isSuspended,
      resume: {
        filesInOperation: [...this.#filesInOperation],
        journalInOperation: this.#journalInOperation,
        warmUpFrom: this.#warmUpFrom,
        skips: this.#skips,
      },
    };
  }

  /** Without the suspended failregexes. */
  filterInForce(filter: FilterSettings): FilterSettings {
    if (this.#suspended.size === 0) return filter;
    return { ...filter, failRegex: filter.failRegex.filter((_, index) => !this.#suspended.has(index)) };
  }

  /** No failregex is left, or a rule is suspended without which the others would mean something else. */
  get isSuspended(): boolean {
    if (this.#suspended.size === 0) return false;
    const others = this.#spec.filter.failRegex.some((_, index) => !this.#suspended.has(index));
    return !others || [...this.#suspended].some((rule) => rule < 0);
  }

  moved(position: Position): void {
    this.#positions.set(keyOf(position), position);
    this.#skips = this.#skips.filter((skip) => !isFarBehind(skip, position));
  }

  warmUpFrom(cursor: string): void {
    this.#warmUpFrom = cursor;
  }

  caughtUp(path: string | undefined): void {
    if (path === undefined) this.#journalInOperation = true;
    else this.#filesInOperation.add(path);
  }

  /** Returns what was known before. */
  reported(report: LogReport): LogStatus | undefined {
    const { path, state, reason } = report;
    const before = path === undefined ? this.#journal : this.#logs.get(path);
    if (state === 'removed') {
      if (path !== undefined) this.#logs.delete(path);
      return before;
    }
    if (path === undefined) this.#journal = { state, reason };
    else this.#logs.set(path, { state, reason });
    return before;
  }

  skip(line: LineKey): void {
    this.#skips = [...this.#skips, line].slice(-mostSkips);
  }

  /** A worker died at this line; true if it is left out from now on. */
  died(line: LineKey): boolean {
    const key = JSON.stringify(line);
    const deaths = (this.#deaths.get(key) ?? 0) + 1;
    this.#deaths.clear();
    this.#deaths.set(key, deaths);
    if (deaths < deathsToSkip) return false;
    this.skip(line);
    return true;
  }

  /** The rule as configured, for one of the filter that the worker has. */
  configuredRule(rule: number): number {
    if (rule < 0) return rule;
    const inForce = this.#spec.filter.failRegex
      .map((_, index) => index)
      .filter((index) => !this.#suspended.has(index));
    return inForce[rule] ?? rule;
  }

  /** A configured rule held a line; true if it is suspended by that. */
  strike(rule: number, nowSec: number): boolean {
    const recent = (this.#strikes.get(rule) ?? []).filter((timeSec) => timeSec > nowSec - strikeWindowSec);
    recent.push(nowSec);
    this.#strikes.set(rule, recent);
    if (recent.length < strikesToSuspend) return false;
    this.#suspended.add(rule);
    return true;
  }
}

/** `failregex 3`, as the errors of the rules have it. */
export function nameOfRule(rule: number): string {
  if (rule >= 0) return `failregex ${rule + 1}`;
  return rule === -1 ? 'prefregex' : rule === -2 ? 'ignoreregex' : 'datepattern';
}

export function positionsOf(batch: WorkerBatch, jail: string): Position[] {
  return batch.positions.filter((entry) => entry.jail === jail).map(({ position }) => position);
}

function keyOf(position: Position): string {
  return position.kind === 'file' ? position.path : '';
}

/** Whether reading has gone so far beyond a line that not even a refresh of the memory comes by again. */
function isFarBehind(skip: LineKey, position: Position): boolean {
  if (skip.kind !== 'file' || position.kind !== 'file') return false;
  return skip.path === position.path && skip.offset < position.offset - farBytes;
}
