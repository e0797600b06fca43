import {
  type Clock,
  describeError,
  escapeControl,
  type Logger,
  type LogLevel,
  type PythonFloat,
} from '../base/index.ts';
import type { DatabaseOptions } from '../control/index.ts';
import type { BanHistory } from '../enforce/index.ts';
import {
  type JailPosition,
  type KeptBan,
  type PastBan,
  Store,
  type StoreHealth,
  type StoreOptions,
  type StoreReader,
} from '../state/index.ts';
import {
  type Ban,
  type BanHistory as EarlierBans,
  overallHistory,
  type TrackChanges,
  type TrackMemory,
} from '../track/index.ts';
import { CommitDelay } from './commit-delay.ts';
import { longestRestoredSec } from './increment.ts';
import type { JailMemory } from './jail-parts.ts';
import type { JailSettings } from './jail-settings.ts';
import { StandIn } from './stand-in.ts';

const usualMaxMatches = 10;
const usualPurgeAgeSec = 86_400;

/** What has something to store. */
export interface Changing {
  readonly name: string;
  takeChanges(): TrackChanges;
  /** There are bans among its changes, or there are a great many. */
  readonly isUrgent: boolean;
  snapshot(): TrackChanges;
  /** The last ban of an id that `takeChanges` has not told of yet; null: it is to be forgotten. */
  unsavedBan(id: string): Ban | null | undefined;
}

export interface PersistenceParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The running jails. */
  readonly jails: () => Iterable<Changing>;
}

/**
 * The daemon's memory beyond its own life. What the jails changed is committed together with the log positions that
 * belong to it: at once where there are bans among it, before the actions get them; counts alone wait a little for more of
 * them, and a killed daemon reads their lines again. Changes from elsewhere (commands, expiry) follow within the same turn of
 * the event loop. Whatever is committed holds all that was found so far, so it is always the state of one moment.
 */
export class Persistence implements JailMemory {
  readonly #parts: PersistenceParts;
  readonly #dirty = new Set<string>();
  /** By jail and path: positions that wait together with what was found up to them. */
  readonly #positions = new Map<string, JailPosition>();
  readonly #delay: CommitDelay;
  #store: Store | undefined;
  #standIn: StandIn | undefined;
  #scheduled = false;
  #unreadableWarnedSec = Number.NEGATIVE_INFINITY;
  /** As it was given, for answers. */
  #purgeAge: number | PythonFloat | undefined;

  constructor(parts: PersistenceParts) {
    this.#parts = parts;
    this.#delay = new CommitDelay(parts.clock, () => this.#commitChanges());
  }

  /**
   * Opens a database; `None` keeps nothing beyond this process. One that cannot be used is an error in the log, and the
   * daemon goes on in memory: bans matter more than their history.
   */
  open(file: string): void {
    this.close();
    if (file.toLowerCase() === 'none') return;
    const { clock } = this.#parts;
    this.#standIn = new StandIn({
      file,
      clock,
      create: (options) => this.#create(options),
      log: (level, message) => this.#log(level, message),
    });
    this.#store = this.#standIn.open((store) => {
      this.#commitChanges();
      this.#store = store;
    });
  }

  close(): void {
    this.#standIn?.stop();
    this.#standIn = undefined;
    this.#commitChanges();
    this.#store?.close();
    this.#store = undefined;
    this.#purgeAge = undefined;
  }

  /** The open database, as commands see it; undefined for none. */
  options(): DatabaseOptions | undefined {
    const store = this.#store;
    if (store === undefined) return undefined;
    return {
      file: store.file,
      maxMatches: () => store.maxMatches,
      setMaxMatches: (count) => {
        store.maxMatches = count;
      },
      purgeAgeSec: () => this.#purgeAge ?? store.purgeAgeSec,
      setPurgeAgeSec: (age) => {
        this.#purgeAge = age;
        store.purgeAgeSec = typeof age === 'number' ? age : age.value;
      },
    };
  }

  load(settings: JailSettings): ReturnType<JailMemory['load']> {
    const nothing = { memory: { bans: [], counts: [], parked: [] }, positions: [], afterCrash: false };
    const store = this.#store;
    if (store === undefined) {
      if (settings.banTimeExtra.get('increment') === true) this.#warnNoHistory(settings.name);
      return nothing;
    }
    const afterCrash = store.enableJail(settings.name);
    try {
      const positions = store.positions(settings.name);
      return { memory: this.#loadMemory(store, settings), positions, afterCrash };
    } catch (error) {
      this.#log('ERROR', `[${settings.name}] Starting without what was stored: ${describeError(error)}`);
      return nothing;
    }
  }

  changed(jail: string): void {
    this.#dirty.add(jail);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#commitChanges();
    });
  }

  /** Commits positions together with everything that changed, now. */
  commit(positions: readonly JailPosition[], jails: Iterable<string>): void {
    this.#note(positions, jails);
    this.#commitChanges();
  }

  /** As `commit`, but what is no ban may wait a little. */
  commitSoon(positions: readonly JailPosition[], jails: Iterable<string>): void {
    this.#note(positions, jails);
    const dirty = Array.from(this.#parts.jails()).filter(({ name }) => this.#dirty.has(name));
    if (dirty.some(({ isUrgent }) => isUrgent)) this.#commitChanges();
    else this.#delay.start();
  }

  /** A jail was stopped. */
  forget(jail: string): void {
    for (const [key, position] of this.#positions) if (position.jail === jail) this.#positions.delete(key);
    this.#store?.disableJail(jail);
  }

  get history(): BanHistory {
    return { merged: (ip, jail) => this.#store?.merged(ip, jail) };
  }

  earlierBans(id: string, jail: string | undefined): EarlierBans | undefined {
    if (this.#store === undefined) return undefined;
    const bans = new Map(this.#storedBansOf(this.#store, id));
    for (const changing of this.#parts.jails()) {
      const ban = changing.unsavedBan(id);
      if (ban === null) bans.delete(changing.name);
      else if (ban !== undefined) bans.set(changing.name, { ...ban, timeSec: Math.round(ban.timeSec) });
    }
    return jail === undefined ? overallHistory(bans.values()) : bans.get(jail);
  }

  /** Bans of all jails since a time. */
  bansSince(timeSec: number): readonly PastBan[] {
    try {
      return this.#store?.bansSince(timeSec) ?? [];
    } catch (error) {
      this.#log('ERROR', `Stored bans cannot be read: ${describeError(error)}`);
      return [];
    }
  }

  /** The newest bans of an id, the newest first; none where the database cannot be read. */
  keptBans(id: string): readonly KeptBan[] {
    return this.#ask([], (reader) => reader.keptBans(id, 50));
  }

  /** Who was banned since a time, among the newest `most` bans; in no order. */
  banTimes(sinceSec: number, most: number): readonly Pick<PastBan, 'jail' | 'id' | 'timeSec'>[] {
    return this.#ask([], (reader) => reader.banTimes(sinceSec, most));
  }

  /** How the database is doing; undefined for none. */
  health(): StoreHealth | undefined {
    return this.#store?.health();
  }

  /** Whether the database has bans of a jail that may still be in force. */
  hasBans(jail: string): boolean {
    const anyBanTime = { banTimeSec: -1, findTimeSec: 0, maxMatches: 0 };
    try {
      return (this.#store?.load(jail, anyBanTime).bans.length ?? 0) > 0;
    } catch {
      return false;
    }
  }

  #ask<T>(otherwise: T, query: (reader: StoreReader) => T): T {
    try {
      return this.#store?.read(query) ?? otherwise;
    } catch (error) {
      this.#log('ERROR', `Stored bans cannot be read: ${describeError(error)}`);
      return otherwise;
    }
  }

  #loadMemory(store: Store, settings: JailSettings): TrackMemory {
    const { banTimeSec, findTimeSec, maxMatches, banTimeExtra } = settings;
    return store.load(settings.name, {
      banTimeSec,
      findTimeSec,
      maxMatches,
      ...(banTimeExtra.get('increment') === true
        ? { increment: { maxTimeSec: longestRestoredSec(settings) } }
        : {}),
    });
  }

  #warnNoHistory(jail: string): void {
    const message = 'ban time increment is not available as long jail database is not set';
    this.#parts.logger.log('WARNING', 'fail2ban.jail', `[${jail}] ${message}`);
  }

  /** One that cannot be read costs the increment, not the ban; said once a minute, since every failure asks. */
  #storedBansOf(store: Store, id: string): ReadonlyMap<string, EarlierBans> {
    try {
      return store.bansOf(id);
    } catch (error) {
      const nowSec = this.#parts.clock.nowSec();
      if (Math.abs(nowSec - this.#unreadableWarnedSec) >= 60) {
        this.#unreadableWarnedSec = nowSec;
        this.#log(
          'ERROR',
          `Earlier bans cannot be read, so that new ones are not longer: ${describeError(error)}`,
        );
      }
      return new Map();
    }
  }

  #create(options: Pick<StoreOptions, 'file' | 'seedFile' | 'limits'>): Store {
    const { clock, logger } = this.#parts;
    return new Store({
      ...options,
      clock,
      logger,
      maxMatches: usualMaxMatches,
      purgeAgeSec: usualPurgeAgeSec,
      remember: () => Array.from(this.#parts.jails(), (jail) => jail.snapshot()),
    });
  }

  #note(positions: readonly JailPosition[], jails: Iterable<string>): void {
    for (const jail of jails) this.#dirty.add(jail);
    for (const entry of positions) {
      const path = entry.position.kind === 'file' ? entry.position.path : '';
      this.#positions.set(`${entry.jail}\0${path}`, entry);
    }
  }

  #commitChanges(): void {
    this.#delay.stop();
    const dirty = [...this.#parts.jails()].filter((jail) => this.#dirty.has(jail.name));
    const changes = dirty.map((jail) => jail.takeChanges());
    this.#dirty.clear();
    const positions = [...this.#positions.values()];
    this.#positions.clear();
    if (positions.length + changes.length === 0) return;
    this.#delay.write(() => this.#store?.commit({ positions, changes }));
  }

  #log(level: LogLevel, message: string): void {
    this.#parts.logger.log(level, 'fail2ban.database', escapeControl(message));
  }
}
