import type { DatabaseSync } from 'node:sqlite';
import { describeError, escapeControl, WarderError } from '../base/index.ts';
import { copyBack, type OpenParts, openDatabase, replaceDamaged } from './open-database.ts';
import { StoreReader } from './reader.ts';
import { identityOf, removeCompanions } from './set-aside.ts';
import { BatchWriter } from './writer.ts';

/** How often we look whether the file is still there. */
const fileCheckSec = 10;

/** An open database with what works on it. */
interface Connection {
  readonly db: DatabaseSync;
  readonly reader: StoreReader;
  readonly writer: BatchWriter;
  /** Which file it is; undefined in memory. */
  readonly identity: string | undefined;
  /** Which file its write-ahead log is. */
  readonly logIdentity: string | undefined;
}

/** The database file through its life: opened, found gone or damaged, made anew, closed. */
export class StoreFile {
  readonly #parts: OpenParts;
  #connection: Connection | undefined;
  #checkedAtSec = Number.NEGATIVE_INFINITY;

  constructor(parts: OpenParts) {
    this.#parts = parts;
  }

  get database(): DatabaseSync | undefined {
    return this.#connection?.db;
  }

  /** Throws `STATE_CLOSED` while it is not open. */
  get reader(): StoreReader {
    return this.#connected().reader;
  }

  /** Throws `STATE_CLOSED` while it is not open. */
  get writer(): BatchWriter {
    return this.#connected().writer;
  }

  /** Throws as `openDatabase`. */
  open(): void {
    this.#use(openDatabase(this.#parts));
  }

  close(): void {
    this.#connection?.db.close();
    this.#connection = undefined;
  }

  /** Sets the damaged file aside and opens a new one. Throws as `openDatabase`; it is closed then. */
  replace(reason: string): void {
    this.close();
    this.#use(replaceDamaged(this.#parts, reason));
  }

  /**
   * Looks now and then whether somebody deleted or replaced the file (purging fail2ban's old package does): what we
   * write would be lost with us. A deleted one is written anew. Returns true if there is another file now; throws as
   * `openDatabase`.
   */
  follow(): boolean {
    const { file, clock, logger } = this.#parts;
    const nowSec = clock.nowSec();
    const { identity, logIdentity, db } = this.#connected();
    if (identity === undefined || Math.abs(nowSec - this.#checkedAtSec) < fileCheckSec) return false;
    this.#checkedAtSec = nowSec;
    const found = identityOf(file);
    if (found === identity) return false;
    const what = found === undefined ? 'deleted' : 'replaced';
    logger.log('WARNING', 'fail2ban.database', `Database '${file}' was ${what}; going on with a new one`);
    if (found === undefined) this.#copyBack(db);
    this.close();
    // SQLite would take our log, which lies there still, for that of the other file, and mix them.
    if (found !== undefined && identityOf(`${file}-wal`) === logIdentity) removeCompanions(file);
    this.#use(openDatabase(this.#parts));
    return true;
  }

  #copyBack(db: DatabaseSync): void {
    try {
      copyBack(db, this.#parts.file);
    } catch (error) {
      const reason = escapeControl(describeError(error));
      this.#parts.logger.log(
        'ERROR',
        'fail2ban.database',
        `Cannot write the deleted database anew: ${reason}`,
      );
    }
  }

  #use(db: DatabaseSync): void {
    const { file, clock } = this.#parts;
    const inMemory = file === ':memory:';
    this.#connection = {
      db,
      reader: new StoreReader(db),
      writer: new BatchWriter(db),
      identity: inMemory ? undefined : identityOf(file),
      logIdentity: inMemory ? undefined : identityOf(`${file}-wal`),
    };
    this.#checkedAtSec = clock.nowSec();
  }

  #connected(): Connection {
    if (this.#connection !== undefined) return this.#connection;
    throw new WarderError('STATE_CLOSED', 'the database is not open', { file: this.#parts.file });
  }
}
