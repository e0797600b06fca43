import {
  Backoff,
  type ChildEnd,
  type Clock,
  type LogLevel,
  type RunningChild,
  type Spawn,
  startChild,
} from '../base/index.ts';
import { ChunkedLines } from './chunked-lines.ts';
import type { LineCodec } from './encoding.ts';
import type { FileSystem } from './file-system.ts';
import { expandGlob } from './glob.ts';
import {
  activeJournalFiles,
  checkJournalSettings,
  describeMatches,
  journalArguments,
  journalFiles,
} from './journal-arguments.ts';
import { type JournalEntry, parseJournalEntry } from './journal-entry.ts';
import type { JournalNudge } from './journal-nudge.ts';
import { JournalProgress } from './journal-progress.ts';
import { journalTrouble } from './journal-trouble.ts';
import type { JournalPosition, LogState, SourceSettings } from './types.ts';

/** Takes a jail's journal entries. */
export interface JournalSink {
  /** Processes an entry. `warmUp`: it was processed before, and only refreshes the memory. False: not now, offer it again. */
  take(entry: JournalEntry, warmUp: boolean): boolean;
  setInOperation(inOperation: boolean): void;
}

export interface JournalEvents {
  notice(level: LogLevel, message: string): void;
  stateChanged(state: LogState, reason: string): void;
  /** The first catch-up is over. */
  caughtUp(): void;
}

export interface JournalOptions {
  readonly settings: Pick<SourceSettings, 'journalMatch' | 'journalOptions'>;
  readonly codec: LineCodec;
  /** Where to go on; undefined for a first start. */
  readonly position: JournalPosition | undefined;
  /** An entry before that position, from which on the memory is to be refreshed. */
  readonly warmUpFrom?: string | undefined;
  /** The first catch-up was over before (the worker was replaced). */
  readonly inOperation: boolean;
  readonly active: boolean;
  findTimeSec(): number;
  readonly sink: JournalSink;
  readonly events: JournalEvents;
}

export interface JournalDeps {
  readonly clock: Clock;
  readonly spawn?: Spawn;
  /** The program, if not the one in PATH. */
  readonly journalctl?: string;
  /** To see whether there is a journal at all. */
  readonly fs?: FileSystem;
  /** Wakes journalctl as soon as there are entries; without it that may take half a second. */
  readonly nudge?: Pick<JournalNudge, 'want' | 'hurry'>;
  /** There is something to read: call `readNext` until it returns false. */
  onWork(): void;
}

/** Longer entries, in JSON, are dropped; a message in bytes takes four characters for each. */
const longestEntryBytes = 1 << 20;
/** The child is held back while so much waits. */
const mostPendingBytes = 1 << 18;
const entriesPerTurn = 100;

/**
 * Reads the journal for one jail through `journalctl`: first what is there already, to its end, then what is written,
 * as a child that is started again when it dies. Each entry arrives once, by its cursor.
 */
export class JournalReader {
  readonly #options: JournalOptions;
  readonly #deps: JournalDeps;
  readonly #lines = new ChunkedLines(longestEntryBytes);
  readonly #backoff = new Backoff(1, 60);
  #child: RunningChild | undefined;
  #phase: 'catch-up' | 'follow';
  /** The child has ended; what it wrote is still to be read. */
  #end: ChildEnd | undefined;
  #cancelRestart: (() => void) | undefined;
  #endNudge: (() => void) | undefined;
  #active = false;
  readonly #progress: JournalProgress;
  #sinceSec = 0;
  #offered: JournalEntry | undefined;
  #state: LogState | undefined;
  #reason = '';
  #startedAtSec = 0;

  /** Throws SOURCE_JOURNAL_OPTION or SOURCE_JOURNALMATCH; does nothing else before `start`. */
  constructor(options: JournalOptions, deps: JournalDeps) {
    checkJournalSettings(options.settings);
    this.#options = options;
    this.#deps = deps;
    this.#progress = new JournalProgress(options.position, options.warmUpFrom);
    this.#phase = options.inOperation ? 'follow' : 'catch-up';
  }

  get state(): LogState {
    return this.#state ?? 'missing';
  }

  get reason(): string {
    return this.#reason;
  }

  start(): void {
    const { settings, sink, inOperation, active, events, findTimeSec } = this.#options;
    if (settings.journalMatch.length === 0) {
      events.notice(
        'NOTICE',
        'Without journalmatch every entry of the journal is looked at, which costs time',
      );
    } else {
      events.notice('INFO', `Added journal match for: '${describeMatches(settings.journalMatch)}'`);
    }
    this.#sinceSec = this.#deps.clock.nowSec() - findTimeSec();
    if (inOperation) sink.setInOperation(true);
    this.setActive(active);
  }

  /** An idle journal is not read, and goes on where it was. */
  setActive(active: boolean): void {
    if (this.#active === active) return;
    this.#active = active;
    if (active) this.#run();
    else void this.#halt();
  }

  /** Ends the child; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#active = false;
    await this.#halt();
  }

  position(): JournalPosition | undefined {
    return this.#progress.position;
  }

  /** The cursor of an entry somewhat before the position, for the memory of a worker that replaces this one. */
  warmUpCursor(): string | undefined {
    return this.#progress.warmUpCursor;
  }

  /** Processes some entries. Returns false when none wait. */
  readNext(): boolean {
    for (let count = 0; count < entriesPerTurn; count += 1) {
      const entry = this.#offered ?? this.#nextEntry();
      if (entry === undefined) {
        this.#afterReading();
        return false;
      }
      this.#offered = entry;
      if (!this.#process(entry)) return true;
      this.#offered = undefined;
    }
    return true;
  }

  #nextEntry(): JournalEntry | undefined {
    for (let line = this.#lines.next(); line !== undefined; line = this.#lines.next()) {
      const entry = parseJournalEntry(line, this.#options.codec);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  #process(entry: JournalEntry): boolean {
    const kind = this.#progress.kindOf(entry);
    if (this.#progress.takeLostPlace()) {
      const message =
        'The last entry that was read is not there any more (removed, or journalmatch has changed), ' +
        'reading goes on by its time';
      this.#options.events.notice('NOTICE', message);
    }
    if (kind !== 'seen' && !this.#options.sink.take(entry, kind === 'warm-up')) return false;
    this.#progress.passed(entry, kind);
    this.#setState('reading', '');
    return true;
  }

  #afterReading(): void {
    const dropped = this.#lines.takeDropped();
    if (dropped > 0)
      this.#options.events.notice('WARNING', `Dropped ${dropped} journal entries that are too long`);
    if (this.#end !== undefined) this.#ended(this.#end);
    else this.#child?.stdout?.resume();
  }

  #run(): void {
    this.#cancelRestart = undefined;
    const follow = this.#phase === 'follow';
    const { settings } = this.#options;
    this.#startedAtSec = this.#deps.clock.nowSec();
    // While following, whatever was written since the position is wanted, however long ago.
    const oldestSec = follow && this.#progress.position !== undefined ? 0 : this.#sinceSec;
    const start = this.#progress.begin(oldestSec);
    const child = startChild(
      {
        command: this.#deps.journalctl ?? 'journalctl',
        args: journalArguments(settings, start, follow),
        env: { LC_ALL: 'C.UTF-8', SYSTEMD_COLORS: '0' },
      },
      this.#deps.spawn,
    );
    this.#child = child;
    if (follow) this.#endNudge = this.#deps.nudge?.want(activeJournalFiles(settings.journalOptions));
    child.stdout?.on('data', (chunk: Buffer) => {
      if (this.#child !== child) return;
      this.#deps.nudge?.hurry();
      this.#lines.push(chunk);
      if (this.#lines.pendingBytes > mostPendingBytes) child.stdout?.pause();
      this.#deps.onWork();
    });
    void child.ended.then((end) => {
      if (this.#child !== child) return;
      this.#end = end;
      this.#deps.onWork();
    });
  }

  #ended(end: ChildEnd): void {
    this.#forgetChild();
    if (!this.#active) return;
    if (this.#phase === 'catch-up' && end.code === 0) {
      this.#warnOfNoJournal();
      this.#phase = 'follow';
      this.#backoff.reset();
      this.#setState('reading', '');
      this.#options.sink.setInOperation(true);
      this.#options.events.caughtUp();
      this.#run();
      return;
    }
    this.#failed(end);
  }

  /** journalctl says nothing of it, and waits. */
  #warnOfNoJournal(): void {
    const { fs } = this.#deps;
    const patterns = journalFiles(this.#options.settings.journalOptions);
    if (fs === undefined || patterns.some((pattern) => expandGlob(pattern, fs, 1).paths.length > 0)) return;
    const message = `There is no journal (yet) in ${patterns.join(', ')}; without one, let the jail read files`;
    this.#options.events.notice('WARNING', message);
  }

  #failed(end: ChildEnd): void {
    const { state, reason } = journalTrouble(end);
    if (/seek to cursor/.test(end.errorText)) this.#progress.distrustCursor();
    // One that ran for long was all right.
    if (this.#deps.clock.nowSec() - this.#startedAtSec > 60) this.#backoff.reset();
    const pauseSec = this.#backoff.nextSec();
    this.#options.events.notice(
      'WARNING',
      `Reading the journal failed, next attempt in ${pauseSec} s: ${reason}`,
    );
    this.#setState(state, reason);
    this.#cancelRestart = this.#deps.clock.after(pauseSec, () => this.#run());
  }

  async #halt(): Promise<void> {
    this.#cancelRestart?.();
    this.#cancelRestart = undefined;
    const child = this.#child;
    this.#forgetChild();
    this.#offered = undefined;
    await child?.stop();
  }

  #forgetChild(): void {
    this.#endNudge?.();
    this.#endNudge = undefined;
    this.#child = undefined;
    this.#end = undefined;
    this.#lines.clear();
  }

  #setState(state: LogState, reason: string): void {
    if (this.#state === state && this.#reason === reason) return;
    this.#state = state;
    this.#reason = reason;
    this.#options.events.stateChanged(state, reason);
  }
}
