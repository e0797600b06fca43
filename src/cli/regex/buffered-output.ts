import type { Terminal } from '../terminal.ts';

const bufferedChars = 64 * 1024;

/** Collects what a program says, so that many short lines do not cost as many writes. Ends with `flush`. */
export class BufferedOutput implements Terminal {
  readonly isTerminal: boolean;
  readonly #terminal: Terminal;
  #text = '';

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.isTerminal = terminal.isTerminal;
  }

  out(text: string): void {
    this.#text += text;
    if (this.#text.length >= bufferedChars) this.flush();
  }

  err(text: string): void {
    this.flush();
    this.#terminal.err(text);
  }

  flush(): void {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.#terminal.out(text);
  }
}
