import type { Position } from '../source/index.ts';
import { FailurePacker } from './packed-failures.ts';
import type { WorkerBatch } from './protocol.ts';
import type { Failure } from './types.ts';

/** Counts what was read for a jail: bytes, and the lines among them that its rules were tried on. */
export class LineCount {
  #lines = 0;
  #bytes = 0;

  add(): void {
    this.#lines += 1;
  }

  read(bytes: number): void {
    this.#bytes += bytes;
  }

  /** How much there was since the last call. */
  take(): { readonly lines: number; readonly bytes: number } {
    const counted = { lines: this.#lines, bytes: this.#bytes };
    this.#lines = 0;
    this.#bytes = 0;
    return counted;
  }
}

/** What a jail tells of its positions when a batch leaves. */
export interface PositionSource {
  readonly name: string;
  /** Where the log stands; the journal is the empty path. */
  positionOf(path: string): Position | undefined;
  warmUpCursor(): string | undefined;
  readonly lines: LineCount;
}

/** A batch holds about so many failures, and so many characters of their lines. */
const mostFailures = 2000;
const mostCharacters = 1 << 20;

/** Gathers what was found and how far was read, until it can be sent. */
export class BatchCollector {
  readonly #failures = new FailurePacker();
  #moved = new Map<PositionSource, Set<string>>();
  #caughtUp: string[] = [];
  #insideUpTo = 0;
  #insideMoved = false;
  #turnSec = 0;
  #sinceSec: number | undefined;

  /** No more is to be read before this one was sent. */
  get isFull(): boolean {
    return this.#failures.count >= mostFailures || this.#failures.characters >= mostCharacters;
  }

  /** There is something that should not wait. */
  get isUrgent(): boolean {
    return this.#failures.count > 0 || this.#caughtUp.length > 0;
  }

  get isEmpty(): boolean {
    return !this.isUrgent && this.#moved.size === 0 && !this.#insideMoved;
  }

  /** From now on is read, seconds since the epoch. */
  turn(nowSec: number): void {
    this.#turnSec = nowSec;
  }

  add(failures: readonly Failure[]): void {
    this.#sinceSec ??= this.#turnSec;
    for (const failure of failures) this.#failures.add(failure);
  }

  /** A log of the jail was read on. */
  moved(jail: PositionSource, path: string): void {
    const paths = this.#moved.get(jail);
    if (paths === undefined) this.#moved.set(jail, new Set([path]));
    else paths.add(path);
  }

  caughtUp(jail: string): void {
    this.#caughtUp.push(jail);
  }

  insideUpTo(id: number): void {
    this.#insideUpTo = id;
    this.#insideMoved = true;
  }

  /** The batch, with the positions of this moment; the next one begins. */
  take(): WorkerBatch {
    const moved = [...this.#moved];
    const positions = moved.flatMap(([jail, paths]) =>
      [...paths].flatMap((path) => {
        const position = jail.positionOf(path);
        return position === undefined ? [] : [{ jail: jail.name, position }];
      }),
    );
    const warmUpFrom = moved.flatMap(([jail, paths]) => {
      const cursor = paths.has('') ? jail.warmUpCursor() : undefined;
      return cursor === undefined ? [] : [{ jail: jail.name, cursor }];
    });
    const lines = moved.map(([jail]) => ({ jail: jail.name, ...jail.lines.take() }));
    const batch: WorkerBatch = {
      kind: 'batch',
      failures: this.#failures.take(),
      positions,
      warmUpFrom,
      caughtUp: this.#caughtUp,
      insideUpTo: this.#insideUpTo,
      lines,
      ...(this.#sinceSec === undefined ? {} : { readSec: this.#sinceSec }),
    };
    this.#sinceSec = undefined;
    this.#moved = new Map();
    this.#caughtUp = [];
    this.#insideMoved = false;
    return batch;
  }
}
