import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { ManualClock } from '../../src/base/index.ts';
import {
  type FilePosition,
  type FileSystem,
  LogFollower,
  type LogPath,
  type LogSink,
  type LogSubscription,
  lineCodec,
  lineEndAfter,
  nodeFileSystem,
  trimLineEnd,
} from '../../src/source/index.ts';

/** A directory that goes with the test. */
export function temporaryDirectory(context: { after: TestContext['after'] }): string {
  const directory = mkdtempSync(join(tmpdir(), 'warder-source-'));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Appends, making the directory if need be. */
export function write(path: string, text: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, text);
}

/** The real file system without the kernel's notifications, so that a test decides when to look. */
export const unwatchedFileSystem: FileSystem = { ...nodeFileSystem, watch: () => () => undefined };

export interface JailOptions {
  readonly paths: readonly (string | LogPath)[];
  readonly positions?: readonly FilePosition[];
  readonly encoding?: string;
  readonly polling?: boolean;
  readonly active?: boolean;
  readonly inOperation?: readonly string[];
  readonly warmUpBytes?: number;
  readonly findTimeSec?: number;
  /** How a line tells its date, for the first read. */
  readonly dateOf?: (line: string) => number | undefined;
  /** Stops a block after so many lines. */
  readonly linesPerTake?: number;
}

/** A jail that remembers every line it was given. */
export class TestJail {
  /** `text` of every line, in order. */
  readonly lines: string[] = [];
  /** Lines that were only to refresh the memory. */
  readonly warmUp: string[] = [];
  /** `path offset` of every line. */
  readonly places: string[] = [];
  /** Lines that came before the first catch-up was over. */
  readonly old: string[] = [];
  readonly notices: string[] = [];
  readonly states: string[] = [];
  /** Offsets whose date was asked for. */
  readonly dated: number[] = [];
  caughtUp = 0;
  subscription: LogSubscription;
  readonly #follower: LogFollower;

  constructor(follower: LogFollower, options: JailOptions) {
    this.#follower = follower;
    this.subscription = follower.subscribe({
      paths: options.paths.map(asLogPath),
      polling: options.polling ?? false,
      codec: lineCodec(options.encoding ?? 'utf-8'),
      positions: options.positions ?? [],
      active: options.active ?? true,
      inOperation: new Set(options.inOperation ?? []),
      warmUpBytes: options.warmUpBytes ?? 0,
      findTimeSec: () => options.findTimeSec ?? 600,
      openSink: (path) => this.#sink(path, options),
      events: {
        notice: (level, message) => this.notices.push(`${level} ${message}`),
        stateChanged: (path, state, reason) =>
          this.states.push(`${path} ${state}${reason && ` (${reason})`}`),
        removed: (path) => this.states.push(`${path} removed`),
        caughtUp: () => undefined,
        allCaughtUp: () => {
          this.caughtUp += 1;
        },
      },
    });
  }

  setPaths(...paths: (string | LogPath)[]): void {
    this.#follower.setPaths(this.subscription, paths.map(asLogPath));
  }

  positions(): FilePosition[] {
    return this.subscription.positions();
  }

  #sink(path: string, options: JailOptions): LogSink {
    let inOperation = false;
    const { dateOf } = options;
    return {
      setInOperation: (value) => {
        inOperation = value;
      },
      take: (block) => {
        const { bytes, codec } = block;
        let start = 0;
        for (let count = 0; start < bytes.length; count += 1) {
          if (count === (options.linesPerTake ?? Number.POSITIVE_INFINITY)) return block.offset + start;
          const found = lineEndAfter(bytes, start, codec.lineFeed);
          const end = found < 0 ? bytes.length : found;
          const text = codec.decode(bytes, start, trimLineEnd(bytes, start, end, codec.lineFeed));
          if (block.warmUp) this.warmUp.push(text);
          else {
            this.lines.push(text);
            this.places.push(`${path} ${block.offset + start}`);
            if (!inOperation) this.old.push(text);
          }
          start = end;
        }
        return block.endOffset;
      },
      ...(dateOf === undefined
        ? {}
        : {
            dateOf: (bytes: Buffer, start: number, end: number, offset: number) => {
              this.dated.push(offset);
              return dateOf(bytes.toString('utf8', start, end));
            },
          }),
    };
  }
}

/** A follower that looks when it is told to, at a time that stands still. */
export class TestFollower {
  readonly clock: ManualClock;
  readonly follower: LogFollower;

  constructor(
    context: { after: TestContext['after'] },
    fs: FileSystem = unwatchedFileSystem,
    nowSec?: number,
  ) {
    this.clock = new ManualClock(nowSec);
    this.follower = new LogFollower({
      fs,
      clock: this.clock,
      buffer: Buffer.alloc(262_144),
      onWork: () => undefined,
    });
    context.after(() => this.follower.stop());
  }

  jail(...paths: (string | LogPath)[]): TestJail {
    return this.jailWith({ paths });
  }

  jailWith(options: JailOptions): TestJail {
    const jail = new TestJail(this.follower, options);
    this.drain();
    return jail;
  }

  /** Looks at everything, and reads all there is. */
  look(): void {
    this.follower.lookAtAll();
    this.drain();
  }

  /** Lets time go by, working all the while. */
  pass(sec: number): void {
    for (let passed = 0; passed < sec; passed += 1) {
      this.clock.advance(1);
      this.drain();
    }
  }

  drain(): void {
    while (this.follower.readNext());
  }
}

function asLogPath(path: string | LogPath): LogPath {
  return typeof path === 'string' ? { pattern: path, tail: false } : path;
}
