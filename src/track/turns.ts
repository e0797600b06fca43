/** What bounds the turns. */
export interface TurnLimits {
  readonly maxActive: number;
  /** Of these so many are for the urgent only. */
  readonly reserved: number;
  /** Those who wait and are not urgent; the urgent are bounded by who they are. */
  readonly maxWaiting: number;
}

/** Lets so many work at a time; the others wait, the urgent in front of the rest. */
export class Turns {
  readonly #limits: TurnLimits;
  readonly #urgent = new Map<string, () => void>();
  readonly #ordinary = new Map<string, () => void>();
  #active = 0;

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  /** Settles when it is `key`'s turn; undefined if too many wait already. Whoever got a turn gives it back. */
  take(key: string, urgent: boolean): Promise<void> | undefined {
    const { maxWaiting } = this.#limits;
    const queue = urgent ? this.#urgent : this.#ordinary;
    if (!urgent && queue.size >= maxWaiting && !this.#hasRoom(false)) return undefined;
    const turn = new Promise<void>((begin) => queue.set(key, begin));
    this.#admit();
    return turn;
  }

  /** Somebody urgent waits for the same; puts it to the urgent ones, if it still waits. */
  hurry(key: string): void {
    const begin = this.#ordinary.get(key);
    if (begin === undefined) return;
    this.#ordinary.delete(key);
    this.#urgent.set(key, begin);
    this.#admit();
  }

  giveBack(): void {
    this.#active--;
    this.#admit();
  }

  #admit(): void {
    while (this.#urgent.size > 0 && this.#hasRoom(true)) this.#begin(this.#urgent);
    while (this.#ordinary.size > 0 && this.#hasRoom(false)) this.#begin(this.#ordinary);
  }

  #hasRoom(urgent: boolean): boolean {
    const { maxActive, reserved } = this.#limits;
    return this.#active < (urgent ? maxActive : maxActive - reserved);
  }

  #begin(queue: Map<string, () => void>): void {
    const [first] = queue;
    if (first === undefined) return;
    queue.delete(first[0]);
    this.#active++;
    first[1]();
  }
}
