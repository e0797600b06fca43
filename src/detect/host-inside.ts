import type { InsideLine } from './protocol.ts';

/** Lines from inside that wait for a worker, at most. */
const mostWaiting = 10_000;

/** Lines given from inside that no batch has told to be dealt with: a new worker gets them again. */
export class InsideLines {
  #nextId = 1;
  #waiting: InsideLine[] = [];

  /** The line with its number; undefined when there are too many. */
  add(jail: string, text: string, timeSec: number): InsideLine | undefined {
    if (this.#waiting.length >= mostWaiting) return undefined;
    const line = { id: this.#nextId, jail, text, timeSec };
    this.#nextId += 1;
    this.#waiting.push(line);
    return line;
  }

  get waiting(): readonly InsideLine[] {
    return this.#waiting;
  }

  /** Lines up to this number are dealt with. */
  doneUpTo(id: number): void {
    this.#waiting = this.#waiting.filter((line) => line.id > id);
  }

  leaveOut(id: number): void {
    this.#waiting = this.#waiting.filter((line) => line.id !== id);
  }

  /** Takes out those of one jail. */
  takeOf(jail: string): readonly InsideLine[] {
    const taken = this.#waiting.filter((line) => line.jail === jail);
    this.#waiting = this.#waiting.filter((line) => line.jail !== jail);
    return taken;
  }
}
