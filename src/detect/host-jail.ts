import type { LogState, Position } from '../source/index.ts';
import { isEnough, nameOfRule, patterns, without } from './host-suspension.ts';
import type { DetectionStatus } from './host-types.ts';
import type { Pattern } from './pattern.ts';
import type { InsideLine, JailChange, JailSpec, LineKey, LogReport } from './protocol.ts';

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

/** A jail on its way from one worker to another. */
export interface MovedJail {
  readonly jail: HostJail;
  readonly inside: readonly InsideLine[];
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

  get status(): DetectionStatus {
    return {
      backend: this.#spec.source.backend.replace(/^(?:auto|gamin)$/, 'pyinotify'),
      files: [...this.#logs].map(([path, status]) => ({ path, ...status })),
      journal: this.#journal,
      suspendedRules: this.suspendedRules.map(nameOfRule),
      suspended: this.isSuspended,
    };
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
      filter: without(this.#spec.filter, this.#suspended),
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

  /** What a worker is told that runs the jail, once another rule is suspended. */
  changeWithout(rule: number): JailChange {
    const suspended = new Set([...this.#suspended, rule]);
    return {
      filter: without(this.#spec.filter, suspended),
      idle: this.#spec.idle || isEnough(this.#spec.filter, suspended),
    };
  }

  /** No failregex is left, or a rule is suspended without which the others would mean something else. */
  get isSuspended(): boolean {
    return isEnough(this.#spec.filter, this.#suspended);
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

  /** What a configured rule is for the engine. One ignoreregex is not told from another, and date patterns have a language of their own. */
  patternsOf(rule: number): Pattern[] {
    const { filter } = this.#spec;
    if (rule >= 0) {
      const flags = filter.maxLines > 1 ? 'm' : '';
      return patterns(filter, filter.failRegex.slice(rule, rule + 1), flags);
    }
    if (rule === -1) return patterns(filter, filter.prefRegex === undefined ? [] : [filter.prefRegex], '');
    return rule === -2 ? patterns(filter, filter.ignoreRegex, '') : [];
  }

  /** A configured rule held a line; true if it has done so too often. */
  strike(rule: number, nowSec: number): boolean {
    const recent = (this.#strikes.get(rule) ?? []).filter((timeSec) => timeSec > nowSec - strikeWindowSec);
    recent.push(nowSec);
    this.#strikes.set(rule, recent);
    return recent.length >= strikesToSuspend && !this.#suspended.has(rule);
  }

  /** The configured rule does not run until the jail gets rules again. */
  suspend(rule: number): void {
    this.#suspended.add(rule);
  }
}

function keyOf(position: Position): string {
  return position.kind === 'file' ? position.path : '';
}

/** Whether reading has gone so far beyond a line that not even a refresh of the memory comes by again. */
function isFarBehind(skip: LineKey, position: Position): boolean {
  if (skip.kind !== 'file' || position.kind !== 'file') return false;
  return skip.path === position.path && skip.offset < position.offset - farBytes;
}
