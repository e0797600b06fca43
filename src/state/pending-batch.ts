import type { Failure } from '../detect/index.ts';
import type { Position } from '../source/index.ts';
import type { Ban, BanHistory, BanRecord, FailureCount } from '../track/index.ts';
import type { StoreBatch } from './types.ts';

/** A ban or an unban of one jail. */
export interface JailRecord {
  readonly jail: string;
  readonly record: BanRecord;
}

/** What is to be written for one jail besides bans; null means: delete. */
export interface JailNotes {
  readonly counts: Map<string, FailureCount | null>;
  readonly parked: Map<number, Failure | null>;
  /** By path; the journal has the empty one. */
  readonly positions: Map<string, Position>;
  enabled: boolean | undefined;
}

/**
 * Everything that has not been written yet, batches merged: of counts and positions the newest, of bans and unbans all,
 * in their order. So it stays small however long the database cannot be written.
 */
export class PendingBatch {
  #records: JailRecord[] = [];
  readonly #jails = new Map<string, JailNotes>();
  /** What the records come to, by jail and id: the newest ban, or null for forgotten. */
  readonly #outcome = new Map<string, Map<string, Ban | null>>();
  readonly #forgotten = new Set<string>();

  get isEmpty(): boolean {
    return this.#records.length === 0 && this.#jails.size === 0;
  }

  /** Bans and unbans that wait. */
  get recordCount(): number {
    return this.#records.length;
  }

  get records(): readonly JailRecord[] {
    return this.#records;
  }

  /** Notes by jail. */
  get jails(): ReadonlyMap<string, JailNotes> {
    return this.#jails;
  }

  /** Adds a batch behind what waits. */
  add(batch: StoreBatch): void {
    for (const { jail, position } of batch.positions ?? []) {
      this.#notes(jail).positions.set(position.kind === 'file' ? position.path : '', position);
    }
    for (const { jail, records, counts, dropped, parked, settled } of batch.changes ?? []) {
      for (const record of records) this.#addRecord(jail, record);
      const notes = this.#notes(jail);
      for (const count of counts) notes.counts.set(count.id, count);
      for (const id of dropped) notes.counts.set(id, null);
      for (const { seq, failure } of parked) notes.parked.set(seq, failure);
      for (const seq of settled) notes.parked.set(seq, null);
    }
  }

  setEnabled(jail: string, enabled: boolean): void {
    this.#notes(jail).enabled = enabled;
  }

  /** Drops the oldest bans and unbans beyond `max`. Returns how many. */
  bound(max: number): number {
    const surplus = this.#records.length - max;
    if (surplus <= 0) return 0;
    // A tenth more than needed, so that this does not happen for each ban.
    const dropped = Math.min(this.#records.length, surplus + Math.ceil(max / 10));
    this.#records = this.#records.slice(dropped);
    return dropped;
  }

  clear(): void {
    this.#records = [];
    this.#jails.clear();
    this.#outcome.clear();
    this.#forgotten.clear();
  }

  /** Brings what the database knows of an id, by jail, to what it will know when this is written. */
  amend(bans: Map<string, BanHistory>, id: string): void {
    for (const jail of this.#forgotten) bans.delete(jail);
    for (const [jail, outcome] of this.#outcome) {
      const ban = outcome.get(id);
      if (ban === null) bans.delete(jail);
      else if (ban !== undefined) bans.set(jail, { ...ban, timeSec: Math.round(ban.timeSec) });
    }
  }

  #addRecord(jail: string, record: BanRecord): void {
    this.#records.push({ jail, record });
    if (record.kind === 'forget-all') {
      this.#outcome.set(jail, new Map());
      this.#forgotten.add(jail);
      return;
    }
    const bans = this.#outcome.get(jail) ?? new Map<string, Ban | null>();
    this.#outcome.set(jail, bans);
    if (record.kind === 'ban') bans.set(record.ban.id, record.ban);
    else bans.set(record.id, null);
  }

  #notes(jail: string): JailNotes {
    const known = this.#jails.get(jail);
    if (known !== undefined) return known;
    const notes: JailNotes = {
      counts: new Map(),
      parked: new Map(),
      positions: new Map(),
      enabled: undefined,
    };
    this.#jails.set(jail, notes);
    return notes;
  }
}
