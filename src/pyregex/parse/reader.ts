import type { WarderError } from '../../base/index.ts';
import { syntaxError } from '../syntax-error.ts';
import { type PatternToken, tokenize } from '../tokenize.ts';

/**
 * Walks over the tokens of a pattern, one token ahead.
 *
 * A pattern that ends in a lone backslash fails as soon as that comes into sight, as in Python.
 */
export class Reader {
  readonly pattern: string;
  readonly #tokens: readonly PatternToken[];
  readonly #length: number;
  #at = 0;

  constructor(pattern: string) {
    this.pattern = pattern;
    this.#tokens = tokenize(pattern);
    const last = this.#tokens.at(-1);
    this.#length = last === undefined ? 0 : last.index + Array.from(last.text).length;
    this.#refuseLoneBackslash();
  }

  /** The token ahead: a character or a backslash with its character; undefined at the end. */
  get next(): string | undefined {
    return this.#tokens[this.#at]?.text;
  }

  /** Index of the token ahead, in code points. */
  get position(): number {
    return this.#tokens[this.#at]?.index ?? this.#length;
  }

  take(): string | undefined {
    const token = this.#tokens[this.#at]?.text;
    if (token !== undefined) this.#at += 1;
    this.#refuseLoneBackslash();
    return token;
  }

  /** Takes the token ahead if it is this one. */
  accept(text: string): boolean {
    if (this.next !== text) return false;
    this.take();
    return true;
  }

  /** Takes up to `limit` tokens that are characters of `chars`. */
  takeWhile(limit: number, chars: string): string {
    let taken = '';
    for (let count = 0; count < limit && this.isNextOneOf(chars); count += 1) taken += this.take();
    return taken;
  }

  /** Takes a name and its terminator; `what` is what the error calls it. */
  takeUntil(terminator: string, what: string): string {
    let taken = '';
    for (;;) {
      const token = this.take();
      if (token === undefined) {
        if (taken === '') throw this.error(`missing ${what}`);
        throw this.error(`missing ${terminator}, unterminated name`, Array.from(taken).length);
      }
      if (token === terminator) {
        if (taken === '') throw this.error(`missing ${what}`, 1);
        return taken;
      }
      taken += token;
    }
  }

  /** Whether the token ahead is one character of `chars`. */
  isNextOneOf(chars: string): boolean {
    const next = this.next;
    return next !== undefined && next.length === 1 && chars.includes(next);
  }

  /** The text of the next `count` tokens, without taking them. */
  peek(count: number): string {
    return this.#tokens
      .slice(this.#at, this.#at + count)
      .map((token) => token.text)
      .join('');
  }

  /** A place to `reset` to. */
  mark(): number {
    return this.#at;
  }

  reset(mark: number): void {
    this.#at = mark;
  }

  /** A syntax error `back` code points before the token ahead. */
  error(message: string, back = 0): WarderError {
    return syntaxError(this.pattern, message, this.position - back);
  }

  #refuseLoneBackslash(): void {
    if (this.next === '\\') throw syntaxError(this.pattern, 'bad escape (end of pattern)', this.#length - 1);
  }
}
