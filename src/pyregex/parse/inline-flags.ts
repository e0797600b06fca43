import { flagBits, flagOfLetter, typeFlags } from '../flags.ts';
import type { Reader } from './reader.ts';

/** The flags of `(?i)` or `(?i-s:`, and which of the two it was. */
export interface InlineFlags {
  readonly added: number;
  readonly removed: number;
  /** `(?i)`: for the whole pattern, not for a group. */
  readonly isGlobal: boolean;
}

/** Reads inline flags whose first letter, or minus, is already taken, up to and with `)` or `:`. */
export function parseInlineFlags(reader: Reader, firstToken: string): InlineFlags {
  const added = firstToken === '-' ? { flags: 0, end: '-' } : parseAdded(reader, firstToken);
  if (added.end === ')') return { added: added.flags, removed: 0, isGlobal: true };
  if ((added.flags & flagBits.template) !== 0) throw turnOnGlobal(reader);
  const removed = added.end === '-' ? parseRemoved(reader) : 0;
  if ((removed & flagBits.template) !== 0) {
    throw reader.error('bad inline flags: cannot turn off global flag', 1);
  }
  if ((added.flags & removed) !== 0) throw reader.error('bad inline flags: flag turned on and off', 1);
  return { added: added.flags, removed, isGlobal: false };
}

export function turnOnGlobal(reader: Reader): Error {
  return reader.error('bad inline flags: cannot turn on global flag', 1);
}

function parseAdded(reader: Reader, firstToken: string): { flags: number; end: string } {
  let flags = 0;
  let letter = firstToken;
  for (;;) {
    if (letter === 'L') {
      throw reader.error("bad inline flags: cannot use 'L' flag with a str pattern");
    }
    const flag = flagOfLetter.get(letter)!;
    flags |= flag;
    if ((flag & typeFlags) !== 0 && (flags & typeFlags) !== flag) {
      throw reader.error("bad inline flags: flags 'a', 'u' and 'L' are incompatible");
    }
    const token = reader.take();
    if (token === undefined) throw reader.error('missing -, : or )');
    if (token === ')' || token === '-' || token === ':') return { flags, end: token };
    checkLetter(reader, token, 'missing -, : or )');
    letter = token;
  }
}

function parseRemoved(reader: Reader): number {
  let flags = 0;
  let letter = reader.take();
  if (letter === undefined) throw reader.error('missing flag');
  checkLetter(reader, letter, 'missing flag');
  for (;;) {
    const flag = flagOfLetter.get(letter)!;
    if ((flag & typeFlags) !== 0 || letter === 'L') {
      throw reader.error("bad inline flags: cannot turn off flags 'a', 'u' and 'L'");
    }
    flags |= flag;
    letter = reader.take();
    if (letter === undefined) throw reader.error('missing :');
    if (letter === ':') return flags;
    checkLetter(reader, letter, 'missing :');
  }
}

function checkLetter(reader: Reader, token: string, otherwise: string): void {
  if (flagOfLetter.has(token)) return;
  const isWord = Array.from(token).every((char) => /\p{L}/u.test(char));
  throw reader.error(isWord ? 'unknown flag' : otherwise, Array.from(token).length);
}
