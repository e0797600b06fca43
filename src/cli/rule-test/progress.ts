import type { Terminal } from '../terminal.ts';

/** Short waits need no word. */
const firstMs = 1000;
const everyMs = 500;

/** Tells a person at a terminal, on standard error, how far a long log is read. */
export class Progress {
  readonly #terminal: Terminal;
  #lines = 0;
  #nextMs = performance.now() + firstMs;
  #isShown = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  add(lines: number): void {
    this.#lines += lines;
    if (!this.#terminal.isTerminal || performance.now() < this.#nextMs) return;
    this.#nextMs = performance.now() + everyMs;
    this.#isShown = true;
    this.#terminal.err(`\r${this.#lines} lines …`);
  }

  /** Takes the line away again. */
  end(): void {
    if (this.#isShown) this.#terminal.err('\r\x1b[K');
  }
}
