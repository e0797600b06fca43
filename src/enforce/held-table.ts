import { RowTable } from '../base/index.ts';
import { type Ban, SharedFields } from '../track/index.ts';

/** What became of a ban in an action. `adopted`: an earlier run left it, and only its id is known. */
const states = ['made', 'failed', 'skipped', 'adopted'] as const;
export type HeldState = (typeof states)[number];

/** What is known of a ban in an action. */
export interface HeldEntry {
  readonly state: HeldState;
  readonly restored: boolean;
  /** The action's count of losses when it was made. */
  readonly losses: number;
  /** Start of the ban; NaN where only its id is known. */
  readonly timeSec: number;
}

const column = {
  timeSec: 0,
  banTimeSec: 1,
  banCount: 2,
  failures: 3,
  losses: 4,
  state: 5,
  restored: 6,
  fieldsNumber: 7,
} as const;
const columns = 8;

/**
 * The bans of one action, in the order in which it took them, kept small: there may be hundreds of thousands. Of each is kept what
 * ends it; the matches stay with the owner of the bans.
 */
export class HeldTable {
  readonly #table = new RowTable(columns);
  readonly #fields = new SharedFields();

  get size(): number {
    return this.#table.size;
  }

  get(id: string): HeldEntry | undefined {
    const row = this.#table.find(id);
    if (row === undefined) return undefined;
    const table = this.#table;
    return {
      state: states[table.get(row, column.state)] ?? 'made',
      restored: table.get(row, column.restored) === 1,
      losses: table.get(row, column.losses),
      timeSec: table.get(row, column.timeSec),
    };
  }

  has(id: string): boolean {
    return this.#table.find(id) !== undefined;
  }

  /** Notes what became of a ban; one that is known keeps its place in the order. */
  set(ban: Ban, { state, restored, losses }: Omit<HeldEntry, 'timeSec'>): void {
    const table = this.#table;
    const fields = this.#fields.pack(ban.fields, ban.id);
    const known = table.find(ban.id);
    const row = known ?? table.insert(ban.id, fields.text);
    if (known !== undefined) table.setText(known, fields.text);
    table.set(row, column.fieldsNumber, fields.number);
    table.set(row, column.timeSec, state === 'adopted' ? Number.NaN : ban.timeSec);
    table.set(row, column.banTimeSec, ban.banTimeSec);
    table.set(row, column.banCount, ban.banCount);
    table.set(row, column.failures, ban.failures);
    table.set(row, column.losses, losses);
    table.set(row, column.state, states.indexOf(state));
    table.set(row, column.restored, Number(restored));
  }

  /** The ban as the action knows it, without its matches; undefined where it knows no more than the id. */
  banOf(id: string, jail: string): Ban | undefined {
    const table = this.#table;
    const row = table.find(id);
    if (row === undefined || Number.isNaN(table.get(row, column.timeSec))) return undefined;
    return {
      jail,
      id,
      timeSec: table.get(row, column.timeSec),
      banTimeSec: table.get(row, column.banTimeSec),
      banCount: table.get(row, column.banCount),
      failures: table.get(row, column.failures),
      matches: [],
      fields: this.#fields.unpack(
        { text: table.textOf(row), number: table.get(row, column.fieldsNumber) },
        id,
      ),
    };
  }

  delete(id: string): void {
    const row = this.#table.find(id);
    if (row !== undefined) this.#table.remove(row);
  }

  clear(): void {
    this.#table.clear();
  }

  /** Every id, in the order. */
  ids(): string[] {
    return Array.from(this.#table.rows(), (row) => this.#table.idOf(row));
  }
}
