import { statSync } from 'node:fs';
import { escapeControl, type Logger } from '../base/index.ts';
import type { DetectionBatch } from '../detect/index.ts';

/** How far a jail has come with a large log at its start. */
export interface CatchUpReport {
  readonly path: string;
  /** Of what there was to read, 0 to 99. */
  readonly percent: number;
}

/** Less than this is read before anybody could ask. */
const largeBytes = 8 * 1024 * 1024;
const sayEverySec = 5;
const measureEverySec = 1;

/** One log that a jail has not read to its end yet. */
interface Reading {
  readonly sinceSec: number;
  readonly startOffset: number;
  offset: number;
  /** Of the file, when it was last measured. */
  size: number;
  measuredSec: number;
}

/** What was last said of a log. */
interface Saying {
  sec: number;
  bytes: number;
  /** Anything at all. */
  isBegun: boolean;
}

export interface CatchUpParts {
  readonly nowSec: () => number;
  readonly logger: Logger;
  /** Bytes of a file; undefined if it is not there. */
  readonly sizeOf?: (path: string) => number | undefined;
}

/**
 * Follows jails through the logs that were there when they started, and tells of large ones how far they have come: in
 * the log every few seconds, and to whoever asks. It costs a look at the file once a second, and nothing once the end was reached.
 */
export class CatchUp {
  readonly #parts: Required<CatchUpParts>;
  readonly #readings = new Map<string, Map<string, Reading>>();
  /** Jails that have reached the end of their logs. */
  readonly #done = new Set<string>();
  readonly #sayings = new Map<string, Saying>();

  constructor(parts: CatchUpParts) {
    this.#parts = { sizeOf: fileSize, ...parts };
  }

  batch({ positions, caughtUp }: Pick<DetectionBatch, 'positions' | 'caughtUp'>): void {
    for (const { jail, position } of positions) {
      if (position.kind === 'file' && !this.#done.has(jail)) this.#read(jail, position.path, position.offset);
    }
    for (const jail of caughtUp) {
      this.#done.add(jail);
      this.#readings.delete(jail);
    }
    this.#say();
  }

  /** The large logs that a jail is still reading for the first time. */
  of(jail: string): CatchUpReport[] {
    const readings = [...(this.#readings.get(jail) ?? [])].filter(([, reading]) => isLarge(reading));
    return readings.map(([path, reading]) => ({ path, percent: percentOf(reading) }));
  }

  /** The jail stopped, or begins anew. */
  forget(jail: string): void {
    const paths = this.#readings.get(jail)?.keys() ?? [];
    this.#done.delete(jail);
    this.#readings.delete(jail);
    const others = this.#slowestByPath();
    for (const path of paths) if (!others.has(path)) this.#sayings.delete(path);
  }

  #read(jail: string, path: string, offset: number): void {
    const sec = this.#parts.nowSec();
    const readings = this.#readings.get(jail) ?? new Map<string, Reading>();
    this.#readings.set(jail, readings);
    const known = readings.get(path);
    // Shorter than before: the log was rotated.
    if (known === undefined || offset < known.offset) {
      const size = this.#parts.sizeOf(path) ?? offset;
      readings.set(path, { sinceSec: sec, startOffset: offset, offset, size, measuredSec: sec });
      return;
    }
    known.offset = offset;
    if (sec - known.measuredSec < measureEverySec) return;
    known.measuredSec = sec;
    known.size = this.#parts.sizeOf(path) ?? offset;
  }

  /** One line for each large log every few seconds, whoever reads it, and one when all have read it. */
  #say(): void {
    const sec = this.#parts.nowSec();
    const slowest = this.#slowestByPath();
    for (const [path, { jail, reading }] of slowest) {
      const bytes = reading.offset - reading.startOffset;
      const said = this.#sayings.get(path) ?? { sec: reading.sinceSec, bytes: 0, isBegun: false };
      this.#sayings.set(path, said);
      if (sec - said.sec < sayEverySec) continue;
      const speed = Math.max(bytes - said.bytes, 0) / (sec - said.sec);
      const whole = reading.size - reading.startOffset;
      this.#log(
        `Catching up with ${path} for jail '${jail}': ${percentOf(reading)} % of ${mib(whole)} MiB, ${mib(speed)} MiB/s`,
      );
      Object.assign(said, { sec, bytes, isBegun: true });
    }
    for (const [path, { isBegun }] of this.#sayings) {
      if (slowest.has(path)) continue;
      this.#sayings.delete(path);
      if (isBegun) this.#log(`Caught up with ${path}`);
    }
  }

  #slowestByPath(): Map<string, { readonly jail: string; readonly reading: Reading }> {
    const slowest = new Map<string, { readonly jail: string; readonly reading: Reading }>();
    for (const [jail, readings] of this.#readings) {
      for (const [path, reading] of readings) {
        const other = slowest.get(path)?.reading;
        if (isLarge(reading) && (other === undefined || reading.offset < other.offset))
          slowest.set(path, { jail, reading });
      }
    }
    return slowest;
  }

  #log(message: string): void {
    this.#parts.logger.log('INFO', 'fail2ban.filter', escapeControl(message));
  }
}

function isLarge({ size, startOffset }: Reading): boolean {
  return size - startOffset >= largeBytes;
}

function percentOf({ offset, startOffset, size }: Reading): number {
  return Math.min(Math.floor(((offset - startOffset) / (size - startOffset)) * 100), 99);
}

function mib(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}

function fileSize(path: string): number | undefined {
  try {
    return statSync(path).size;
  } catch {
    return undefined;
  }
}
