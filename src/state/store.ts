import { describeError, escapeControl, type LogLevel, WarderError } from '../base/index.ts';
import type { Position } from '../source/index.ts';
import type { BanHistory, TrackMemory } from '../track/index.ts';
import { meaningOf } from './open-database.ts';
import { PendingBatch } from './pending-batch.ts';
import { Purger } from './purger.ts';
import type { StoreReader } from './reader.ts';
import { troubleOf } from './sqlite-errors.ts';
import { StoreFile } from './store-file.ts';
import {
  defaultLimits,
  type JailPosition,
  type LoadOptions,
  type MergedBan,
  type PastBan,
  type StoreBatch,
  type StoreHealth,
  type StoreLimits,
  type StoreOptions,
} from './types.ts';

/** After a failed write, the next try; doubled up to the longest. */
const firstRetrySec = 0.5;
const longestRetrySec = 30;

/** Why nothing is written just now, and when it is tried again. */
interface Trouble {
  readonly message: string;
  readonly retrySec: number;
  readonly retryAtSec: number;
  readonly cancel: () => void;
}

/**
 * What survives the daemon: bans, positions and pending counts, in fail2ban's database. A batch is written as a whole
 * or not at all. What cannot be written now waits, merged and bounded, and is tried again.
 */
export class Store {
  readonly #options: StoreOptions;
  readonly #limits: StoreLimits;
  readonly #storeFile: StoreFile;
  readonly #purger: Purger;
  readonly #pending = new PendingBatch();
  /** By jail and path, for a database that has to be made anew. */
  readonly #positions = new Map<string, JailPosition>();
  readonly #leftRunning = new Set<string>();
  #isOpen = false;
  #trouble: Trouble | undefined;
  #maxMatches: number;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#maxMatches = options.maxMatches;
    this.#storeFile = new StoreFile({ ...options, openTimeoutMs: this.#limits.openTimeoutMs });
    this.#purger = new Purger({
      clock: options.clock,
      purgeAgeSec: options.purgeAgeSec,
      maxFileBytes: this.#limits.maxFileBytes,
      database: () => this.#storeFile.database,
      log: (level, message) => this.#log(level, message),
    });
  }

  get file(): string {
    return this.#options.file;
  }

  /** `dbmaxmatches`. */
  get maxMatches(): number {
    return this.#maxMatches;
  }

  set maxMatches(count: number) {
    this.#maxMatches = count;
  }

  /** `dbpurgeage` in seconds. */
  get purgeAgeSec(): number {
    return this.#purger.purgeAgeSec;
  }

  set purgeAgeSec(ageSec: number) {
    this.#purger.purgeAgeSec = ageSec;
  }

  /**
   * Opens the file, creating it if need be, sets a damaged one aside, and marks every jail as not enabled. Throws
   * `STATE_LOCKED`, `STATE_UNUSABLE`, `STATE_SCHEMA_NEWER`, `STATE_MIGRATION` or `STATE_FOREIGN`; the daemon can go
   * on with `:memory:` then.
   */
  open(): void {
    this.#storeFile.open();
    try {
      for (const [jail, isEnabled] of this.#storeFile.reader.jails())
        if (isEnabled) this.#leftRunning.add(jail);
      this.#storeFile.writer.disableAllJails();
    } catch (error) {
      this.#storeFile.close();
      throw meaningOf(error, this.file);
    }
    this.#isOpen = true;
    this.#purger.start();
  }

  /** Writes what waits, if it can, and closes the file. Returns false if something could not be written. */
  close(): boolean {
    if (!this.#isOpen) return this.#pending.isEmpty;
    this.#purger.stop();
    if (!this.#pending.isEmpty) this.#write();
    this.#trouble?.cancel();
    this.#trouble = undefined;
    this.#isOpen = false;
    this.#storeFile.close();
    this.#log('INFO', 'Connection to database closed.');
    return this.#pending.isEmpty;
  }

  /**
   * Writes a batch in one transaction. Returns true when it is written; false when it waits, which the log has said:
   * nothing is lost, and the caller goes on. Never throws.
   */
  commit(batch: StoreBatch): boolean {
    for (const entry of batch.positions ?? []) this.#positions.set(positionKey(entry), entry);
    this.#pending.add(batch);
    return this.#flush();
  }

  /** A jail starts. Returns whether it was running when the file was last left: nobody stopped it, that run crashed. */
  enableJail(jail: string): boolean {
    this.#pending.setEnabled(jail, true);
    this.#flush();
    return this.#leftRunning.delete(jail);
  }

  /** A jail was stopped: what is stored of it goes once its bans are purged. */
  disableJail(jail: string): void {
    for (const [key, entry] of this.#positions) if (entry.jail === jail) this.#positions.delete(key);
    this.#pending.setEnabled(jail, false);
    this.#flush();
  }

  /** What a jail knew when it last ran, with today's settings applied to its bans. Throws `STATE_UNREADABLE`. */
  load(jail: string, options: LoadOptions): TrackMemory {
    const nowSec = this.#options.clock.nowSec();
    return this.read((reader) => ({
      bans: reader.currentBans(jail, nowSec, options),
      counts: reader.counts(jail, nowSec - options.findTimeSec),
      parked: reader.parked(jail),
    }));
  }

  /** Where reading the logs of a jail goes on. Throws `STATE_UNREADABLE`. */
  positions(jail: string): readonly Position[] {
    const positions = this.read((reader) => reader.positions(jail));
    for (const entry of positions.map((position) => ({ jail, position }))) {
      this.#positions.set(positionKey(entry), entry);
    }
    return positions;
  }

  /** The last ban of an id in each jail, also what waits to be written. Throws `STATE_UNREADABLE`. */
  bansOf(id: string): ReadonlyMap<string, BanHistory> {
    const bans = this.read((reader) => reader.bansOf(id));
    this.#pending.amend(bans, id);
    return bans;
  }

  /** The stored bans of an id in a jail, or in all, merged into one. Throws `STATE_UNREADABLE`. */
  merged(id: string, jail?: string): MergedBan | undefined {
    return this.read((reader) => reader.merged(id, jail, this.#maxMatches));
  }

  /** Bans of all jails since a time, oldest first, at most the newest 10,000. Throws `STATE_UNREADABLE`. */
  bansSince(timeSec: number): readonly PastBan[] {
    return this.read((reader) => reader.bansSince(timeSec));
  }

  /** The jails that the database knows, and whether they are enabled. Throws `STATE_UNREADABLE`. */
  jails(): ReadonlyMap<string, boolean> {
    return this.read((reader) => reader.jails());
  }

  health(): StoreHealth {
    const trouble = this.#trouble === undefined ? {} : { trouble: this.#trouble.message };
    return { file: this.file, ...trouble, waiting: this.#pending.recordCount };
  }

  /** Everything that a database in the place of this one has to be told. */
  known(): StoreBatch {
    return { positions: [...this.#positions.values()], changes: this.#options.remember?.() ?? [] };
  }

  /** Purges now, in short steps; settles when done (it does so by itself each hour). Never rejects. */
  purge(): Promise<void> {
    return this.#purger.purge();
  }

  #flush(): boolean {
    const waits = this.#trouble !== undefined && this.#options.clock.nowSec() < this.#trouble.retryAtSec;
    if (this.#isOpen && !waits) return this.#write();
    this.#boundPending();
    return false;
  }

  #write(): boolean {
    try {
      this.#connect();
      this.#writePending();
    } catch (error) {
      if (!this.#replaceIfDamaged(error)) return this.#fail(error);
    }
    if (this.#trouble !== undefined) {
      this.#trouble.cancel();
      this.#trouble = undefined;
      this.#log('NOTICE', `Database '${this.file}' is written again`);
    }
    return true;
  }

  /** Makes sure that we write into the file that the path names; a new one is told everything. */
  #connect(): void {
    if (this.#storeFile.database === undefined) {
      this.#storeFile.open();
      this.#rememberAll();
    } else if (this.#storeFile.follow()) {
      this.#rememberAll();
    }
  }

  #writePending(): void {
    const refused = this.#storeFile.writer.write(this.#pending, this.#maxMatches);
    this.#pending.clear();
    if (refused[0] === undefined) return;
    const reason = escapeControl(refused[0].message);
    this.#log('ERROR', `The database refused ${refused.length} rows, which are not stored: ${reason}`);
  }

  /** If the file is damaged a new one gets what the jails know. Returns false if it is not, or if that failed. */
  #replaceIfDamaged(error: unknown): boolean {
    if (troubleOf(error) !== 'damaged') return false;
    try {
      this.#storeFile.replace(describeError(error));
      this.#rememberAll();
      this.#writePending();
      return true;
    } catch (failure) {
      this.#log('ERROR', `Cannot replace the damaged database: ${escapeControl(describeError(failure))}`);
      return false;
    }
  }

  #rememberAll(): void {
    const known = this.known();
    this.#pending.add(known);
    for (const { jail } of known.changes ?? []) this.#pending.setEnabled(jail, true);
  }

  #fail(error: unknown): false {
    const { clock } = this.#options;
    const message = escapeControl(describeError(meaningOf(error, this.file)));
    const before = this.#trouble;
    before?.cancel();
    const retrySec = before === undefined ? firstRetrySec : Math.min(before.retrySec * 2, longestRetrySec);
    const cancel = clock.after(retrySec, () => this.#write());
    this.#trouble = { message, retrySec, retryAtSec: clock.nowSec() + retrySec, cancel };
    if (before?.message !== message)
      this.#log('ERROR', `Cannot write the database, changes wait: ${message}`);
    this.#boundPending();
    return false;
  }

  #boundPending(): void {
    const dropped = this.#pending.bound(this.#limits.maxWaiting);
    if (dropped > 0) this.#log('ERROR', `${dropped} bans and unbans were not stored, too many wait`);
  }

  /** Asks the database, also what has no question of its own here. Throws `STATE_UNREADABLE`. */
  read<T>(query: (reader: StoreReader) => T): T {
    try {
      return query(this.#storeFile.reader);
    } catch (error) {
      if (this.#replaceIfDamaged(error)) return query(this.#storeFile.reader);
      throw new WarderError('STATE_UNREADABLE', `cannot read the database: ${describeError(error)}`, {
        file: this.file,
        cause: error,
      });
    }
  }

  #log(level: LogLevel, message: string): void {
    this.#options.logger.log(level, 'fail2ban.database', message);
  }
}

function positionKey({ jail, position }: JailPosition): string {
  return `${jail}\0${position.kind === 'file' ? position.path : ''}`;
}
