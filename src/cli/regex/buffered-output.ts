import { escapeControl } from '../../base/index.ts';
import type { Terminal } from '../terminal.ts';

const bufferedChars = 64 * 1024;

/** A log line of an attacker could move the cursor of a terminal; line ends and tabs are the program's own too. */
const betweenLines = /[^\n\t]+/g;

/**
 * Collects what a program says, so that many short lines do not cost as many writes. Ends with `flush`.
 * `escapes`: control characters are shown as `\x1b`; for a terminal.
 */
export class BufferedOutput implements Terminal {
  readonly isTerminal: boolean;
  readonly #terminal: Terminal;
  readonly #escapes: boolean;
  #text = '';
  #isHeld = false;

  constructor(terminal: Terminal, escapes = false) {
    this.#terminal = terminal;
    this.#escapes = escapes;
    this.isTerminal = terminal.isTerminal;
  }

  out(text: string): void {
    this.#text += this.#escapes ? text.replace(betweenLines, escapeControl) : text;
    if (this.#text.length >= bufferedChars && !this.#isHeld) this.flush();
  }

  /** Nothing is written until `release`, however much there is. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
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
