import type { Clock } from '../../base/index.ts';

/** One timer for all that wait: it ticks once a second while anything waits, and not at all otherwise. */
export class Wheel<T> {
  readonly #clock: Clock;
  readonly #visit: (item: T) => void;
  readonly #slots: Set<T>[];
  readonly #slotOf = new Map<T, Set<T>>();
  #position = 0;
  #cancel: (() => void) | undefined;

  /** `longest`: the longest wait, in ticks. `visit` is called when an item's time has come; it waits no more then. */
  constructor(clock: Clock, longest: number, visit: (item: T) => void) {
    this.#clock = clock;
    this.#visit = visit;
    this.#slots = Array.from({ length: longest + 1 }, () => new Set<T>());
  }

  /** Whether the timer runs. */
  get isTurning(): boolean {
    return this.#cancel !== undefined;
  }

  /** Lets an item wait for so many ticks, at least one; an earlier wait of it is over. */
  add(item: T, ticks: number): void {
    this.#slotOf.get(item)?.delete(item);
    const ahead = Math.min(Math.max(Math.round(ticks), 1), this.#slots.length - 1);
    const slot = this.#slots[(this.#position + ahead) % this.#slots.length] as Set<T>;
    slot.add(item);
    this.#slotOf.set(item, slot);
    this.#cancel ??= this.#clock.after(1, () => this.#tick());
  }

  delete(item: T): void {
    this.#slotOf.get(item)?.delete(item);
    this.#slotOf.delete(item);
    if (this.#slotOf.size === 0) this.#rest();
  }

  #tick(): void {
    this.#cancel = this.#clock.after(1, () => this.#tick());
    this.#position = (this.#position + 1) % this.#slots.length;
    const due = [...(this.#slots[this.#position] as Set<T>)];
    for (const item of due) {
      // An earlier visit of this tick may have taken it out.
      if (this.#slotOf.get(item) !== this.#slots[this.#position]) continue;
      this.#slotOf.get(item)?.delete(item);
      this.#slotOf.delete(item);
      this.#visit(item);
    }
    if (this.#slotOf.size === 0) this.#rest();
  }

  #rest(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
