import { isDeepStrictEqual } from 'node:util';
import type { Clock, Logger, LogLevel, Spawn } from '../base/index.ts';
import {
  type FilePosition,
  type FileSystem,
  type JournalNudge,
  type JournalPosition,
  JournalReader,
  type LogFollower,
  type LogSubscription,
  lineCodec,
  type Position,
  type SourceSettings,
} from '../source/index.ts';
import type { BlockScans } from './block-scans.ts';
import type { CreateDetector } from './detector.ts';
import type { Answer, InsideLine, JailChange, JailSpec } from './protocol.ts';
import type { CompileRegex } from './regex-cache.ts';
import type { Detector, Failure, FilterSettings } from './types.ts';
import type { WatchdogMemory } from './watchdog-memory.ts';
import { type BatchCollector, LineCount, type PositionSource } from './worker-batch.ts';
import { DetectingJournalSink } from './worker-journal-sink.ts';
import { DetectingLogSink, freshMemory, type LineJail } from './worker-log-sink.ts';
import { checkSource, isJournal } from './worker-source.ts';

/** What all jails of a worker share. */
export interface JailDeps {
  readonly clock: Clock;
  readonly lineClock: Clock;
  readonly logger: Logger;
  readonly createDetector: CreateDetector;
  readonly compile?: CompileRegex;
  readonly spawn?: Spawn;
  readonly fs: FileSystem;
  readonly follower: LogFollower;
  readonly nudge: JournalNudge;
  readonly watch: WatchdogMemory;
  readonly scans: BlockScans;
  readonly batch: BatchCollector;
  /** There is something to do: a turn is wanted. */
  onWork(): void;
  send(answer: Answer): void;
}

/** So much before its position a file is read again by a worker that replaces another. */
const warmUpBytes = 16_384;
/** A line from inside that is older than this counts by its own date. */
const freshSec = 60;

/** One jail in the worker: its detector, and the files or the journal that feed it. */
export class WorkerJail implements PositionSource, LineJail {
  readonly name: string;
  readonly index: number;
  readonly lines = new LineCount();
  readonly #deps: JailDeps;
  /** Of a worker that this one replaces; but for the lines to skip it counts at the first start only. */
  #resume: JailSpec['resume'];
  readonly #insideMemory = freshMemory(true);
  #warmUpBytes: number;
  #spec: JailSpec;
  #detector: Detector;
  #active: boolean;
  #logs: LogSubscription | undefined;
  #journal: JournalReader | undefined;
  /** Positions for the logs of a backend that is not in use now. */
  #kept: readonly Position[];

  /** Compiles the rules and checks the settings; throws what is wrong with them, and then nothing has happened. */
  constructor(spec: JailSpec, deps: JailDeps) {
    this.name = spec.filter.jail;
    this.index = spec.index;
    this.#spec = spec;
    this.#deps = deps;
    this.#resume = spec.resume;
    this.#active = !spec.idle;
    this.#kept = spec.positions;
    this.#warmUpBytes = spec.resume === undefined ? 0 : warmUpBytes;
    checkSource(spec.source);
    this.#detector = this.#compile(spec.filter);
  }

  get detector(): Detector {
    return this.#detector;
  }

  get isActive(): boolean {
    return this.#active;
  }

  get isFull(): boolean {
    return this.#deps.batch.isFull;
  }

  /** Begins to read. */
  start(): void {
    const { source } = this.#spec;
    if (isJournal(source)) this.#startJournal();
    else this.#startLogs();
    if (this.#resume === undefined) return;
    const { skips } = this.#resume;
    this.#resume = { filesInOperation: [], journalInOperation: false, warmUpFrom: undefined, skips };
    this.#warmUpBytes = 0;
  }

  /** Changes settings in place, without losing a line; throws, and changes nothing, when they cannot be used. */
  update(change: JailChange): void {
    const { filter, source } = change;
    if (source !== undefined) checkSource(source);
    // The same rules go on with what they remember.
    if (filter !== undefined && !isDeepStrictEqual(filter, this.#spec.filter)) {
      this.#detector = this.#compile(filter, this.#detector);
    }
    const before = this.#spec;
    this.#spec = {
      ...before,
      ...(filter === undefined ? {} : { filter }),
      ...(source === undefined ? {} : { source }),
    };
    // First idle, so that what is started now need not be stopped again.
    if (change.idle !== undefined) this.#setActive(!change.idle);
    if (source !== undefined) this.#changeSource(before.source, source);
  }

  /** Ends reading; returns where each log stands. */
  stop(): Position[] {
    const positions = this.#positions();
    this.#stopSource();
    return positions;
  }

  /** Processes some entries of the journal; false when none wait. */
  readNext(): boolean {
    return this.#journal?.readNext() ?? false;
  }

  feedInside(line: InsideLine): void {
    // Bans of the past, given at a start, count by their own dates; the jail's log has no part in this.
    this.#insideMemory.inOperation = this.nowSec() - line.timeSec < freshSec;
    this.#deps.watch.enterInside(this.index, line.id, line.text);
    this.found(this.#detector.feed(line.text, undefined, this.#insideMemory));
  }

  positionOf(path: string): Position | undefined {
    return path === '' ? this.#journal?.position() : this.#logs?.positionOf(path);
  }

  warmUpCursor(): string | undefined {
    return this.#journal?.warmUpCursor();
  }

  found(failures: readonly Failure[]): void {
    if (failures.length > 0) this.#deps.batch.add(failures);
  }

  moved(path: string): void {
    this.#deps.batch.moved(this, path);
  }

  notice(level: LogLevel, message: string): void {
    this.#log(level, 'fail2ban.filter', message);
  }

  nowSec(): number {
    return this.#deps.lineClock.nowSec();
  }

  #log(level: LogLevel, logger: string, message: string): void {
    this.#deps.logger.log(level, logger, `[${this.name}] ${message}`);
  }

  /** `before`: whose sessions and lines the new detector takes over, so that no failure of them is lost. */
  #compile(filter: FilterSettings, before?: Detector): Detector {
    const { lineClock, logger, watch, compile, createDetector, send } = this.#deps;
    return createDetector(filter, {
      clock: lineClock,
      logger,
      pulse: { begin: (rule) => watch.beginRule(rule), end: () => watch.endRule() },
      onOverrun: (text) => send({ kind: 'overrun', jail: this.name, ...watch.last, text }),
      onTooManyErrors: () => this.#giveUp(),
      ...(compile === undefined ? {} : { compile }),
      memory: before?.memory,
    });
  }

  #giveUp(): void {
    this.#setActive(false);
    this.#deps.send({ kind: 'idle', jail: this.name });
  }

  #setActive(active: boolean): void {
    this.#active = active;
    this.#logs?.setActive(active);
    this.#journal?.setActive(active);
  }

  #changeSource(before: SourceSettings, source: SourceSettings): void {
    const sameReader =
      isJournal(before) === isJournal(source) &&
      before.backend === source.backend &&
      before.logEncoding === source.logEncoding;
    if (sameReader && this.#logs !== undefined) {
      this.#deps.follower.setPaths(this.#logs, source.logPaths);
      return;
    }
    const sameJournal =
      isDeepStrictEqual(before.journalMatch, source.journalMatch) &&
      isDeepStrictEqual(before.journalOptions, source.journalOptions);
    if (sameReader && sameJournal) return;
    this.#kept = this.#positions();
    this.#stopSource();
    this.start();
  }

  #positions(): Position[] {
    const now: Position[] = this.#logs?.positions() ?? [];
    const journal = this.#journal?.position();
    if (journal !== undefined) now.push(journal);
    const isKnown = (position: Position): boolean => now.some((other) => keyOf(other) === keyOf(position));
    return [...now, ...this.#kept.filter((position) => !isKnown(position))];
  }

  #stopSource(): void {
    if (this.#logs !== undefined) this.#deps.follower.unsubscribe(this.#logs);
    this.#logs = undefined;
    void this.#journal?.stop();
    this.#journal = undefined;
  }

  #startLogs(): void {
    const { source } = this.#spec;
    const skips = this.#resume?.skips ?? [];
    this.#logs = this.#deps.follower.subscribe({
      paths: source.logPaths,
      polling: source.backend === 'polling',
      codec: lineCodec(source.logEncoding),
      positions: this.#kept.filter((position): position is FilePosition => position.kind === 'file'),
      active: this.#active,
      inOperation: new Set(this.#resume?.filesInOperation),
      warmUpBytes: this.#warmUpBytes,
      openSink: (path) => {
        const offsets = skips.flatMap((skip) =>
          skip.kind === 'file' && skip.path === path ? skip.offset : [],
        );
        return new DetectingLogSink(path, this, this.#deps, new Set(offsets));
      },
      findTimeSec: () => this.#spec.filter.findTimeSec,
      events: this.#logEvents(),
    });
    // Where reading begins is known before the first line: it must survive a crash too.
    for (const { path } of this.#logs.positions()) this.moved(path);
  }

  #logEvents(): Parameters<LogFollower['subscribe']>[0]['events'] {
    const { send, batch } = this.#deps;
    const jail = this.name;
    return {
      notice: (level, message) => this.notice(level, message),
      stateChanged: (path, state, reason) => send({ kind: 'report', jail, path, state, reason }),
      removed: (path) => send({ kind: 'report', jail, path, state: 'removed', reason: '' }),
      caughtUp: (path) => send({ kind: 'operating', jail, path }),
      allCaughtUp: () => {
        batch.caughtUp(jail);
        this.#deps.onWork();
      },
    };
  }

  #startJournal(): void {
    const { clock, fs, spawn, nudge, send, batch, onWork, watch } = this.#deps;
    const { source, filter } = this.#spec;
    const jail = this.name;
    const cursors = this.#resume?.skips.flatMap((skip) => (skip.kind === 'journal' ? skip.cursor : []));
    this.#journal = new JournalReader(
      {
        settings: source,
        codec: lineCodec(source.logEncoding),
        position: this.#kept.find((position): position is JournalPosition => position.kind === 'journal'),
        warmUpFrom: this.#resume?.warmUpFrom,
        inOperation: this.#resume?.journalInOperation ?? false,
        active: this.#active,
        findTimeSec: () => filter.findTimeSec,
        sink: new DetectingJournalSink(this, watch, new Set(cursors)),
        events: {
          notice: (level, message) => this.#log(level, 'fail2ban.filtersystemd', message),
          stateChanged: (state, reason) => send({ kind: 'report', jail, path: undefined, state, reason }),
          caughtUp: () => {
            send({ kind: 'operating', jail, path: undefined });
            batch.caughtUp(jail);
          },
        },
      },
      { clock, onWork, nudge, fs, ...(spawn === undefined ? {} : { spawn }) },
    );
    this.#journal.start();
  }
}

function keyOf(position: Position): string {
  return position.kind === 'file' ? position.path : '';
}
