import type { JournalStart } from './journal-arguments.ts';
import type { JournalEntry } from './journal-entry.ts';
import type { JournalPosition } from './types.ts';

/** The memory is refreshed from one to two times so many entries. */
const entriesPerMark = 100;

/** What an entry is to a reader: new; processed before; or that, and wanted again for the memory. */
export type EntryKind = 'new' | 'seen' | 'warm-up';

/** How far a journal was read, so that each entry counts once although journalctl begins at or before the last one. */
export class JournalProgress {
  #position: JournalPosition | undefined;
  #warmUpFrom: string | undefined;
  /** Entries up to this one were processed before. */
  #seen: JournalPosition | undefined;
  #marks: { readonly older: string; readonly newer: string } | undefined;
  #sinceMark = 0;
  #hasLostPlace = false;

  /** `warmUpFrom`: the cursor of an entry before the position, from which on entries are wanted again. */
  constructor(position: JournalPosition | undefined, warmUpFrom: string | undefined) {
    this.#position = position;
    this.#warmUpFrom = warmUpFrom;
  }

  get position(): JournalPosition | undefined {
    return this.#position;
  }

  /** The cursor of an entry some way before the position. */
  get warmUpCursor(): string | undefined {
    return this.#marks?.older;
  }

  /** Where journalctl is to begin; entries older than `oldestSec` do not matter. */
  begin(oldestSec: number): JournalStart {
    const position = this.#position;
    this.#seen = undefined;
    if (position === undefined || position.timeSec < oldestSec) return { sinceSec: oldestSec };
    this.#seen = position;
    const cursor = this.#warmUpFrom ?? position.cursor;
    return cursor === '' ? { sinceSec: position.timeSec } : { cursor };
  }

  /** A cursor that journald does not take: the time of its entry is left. */
  distrustCursor(): void {
    if (this.#position !== undefined) this.#position = { ...this.#position, cursor: '' };
    this.#warmUpFrom = undefined;
  }

  /** Whether the entry at which reading was to go on turned out to be gone; once. */
  takeLostPlace(): boolean {
    const hasLost = this.#hasLostPlace;
    this.#hasLostPlace = false;
    return hasLost;
  }

  kindOf(entry: JournalEntry): EntryKind {
    if (!this.#wasSeen(entry)) return 'new';
    return this.#warmUpFrom === undefined ? 'seen' : 'warm-up';
  }

  /** The entry was processed. */
  passed(entry: JournalEntry, kind: EntryKind): void {
    if (kind !== 'new') {
      if (isSameEntry(entry.cursor, this.#seen?.cursor ?? '')) this.#endOfSeen();
      return;
    }
    this.#position = { kind: 'journal', cursor: entry.cursor, timeSec: entry.timeSec };
    this.#marks ??= { older: entry.cursor, newer: entry.cursor };
    this.#sinceMark += 1;
    if (this.#sinceMark < entriesPerMark) return;
    this.#sinceMark = 0;
    this.#marks = { older: this.#marks.newer, newer: entry.cursor };
  }

  #wasSeen(entry: JournalEntry): boolean {
    const seen = this.#seen;
    if (seen === undefined) return false;
    if (isSameEntry(seen.cursor, entry.cursor)) return true;
    // journald may have removed the very entry; by a cursor we then begin behind it.
    const byTime = seen.cursor === '' || this.#warmUpFrom !== undefined;
    if (byTime && entry.timeSec <= seen.timeSec) return true;
    this.#hasLostPlace = !byTime;
    this.#endOfSeen();
    return false;
  }

  #endOfSeen(): void {
    this.#seen = undefined;
    this.#warmUpFrom = undefined;
  }
}

/**
 * Whether two cursors name one entry. Its file (`s`) and number in it (`i`) change when journald moves entries from
 * memory to the disk; boot, times and the sum of its content stay.
 */
function isSameEntry(one: string, other: string): boolean {
  return one === other || (one !== '' && withoutPlace(one) === withoutPlace(other));
}

function withoutPlace(cursor: string): string {
  return cursor.replace(/^s=[^;]*;i=[^;]*;/, '');
}
