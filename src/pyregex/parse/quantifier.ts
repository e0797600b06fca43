import type { RepeatMode } from '../tree.ts';
import type { Reader } from './reader.ts';
import { maxRepeat } from './width.ts';

const digits = '0123456789';

export interface Quantifier {
  readonly min: number;
  /** Infinity for no bound. */
  readonly max: number;
}

/**
 * The counts of a quantifier whose first token is already taken; undefined if a brace turns out to be a plain
 * character (`{}`, `{a`, `{1`).
 */
export function parseQuantifier(reader: Reader, token: string): Quantifier | undefined {
  if (token === '?') return { min: 0, max: 1 };
  if (token === '*') return { min: 0, max: Number.POSITIVE_INFINITY };
  if (token === '+') return { min: 1, max: Number.POSITIVE_INFINITY };
  return parseBraces(reader);
}

function parseBraces(reader: Reader): Quantifier | undefined {
  if (reader.next === '}') return undefined;
  const start = reader.position;
  const mark = reader.mark();
  const low = reader.takeWhile(Number.POSITIVE_INFINITY, digits);
  const high = reader.accept(',') ? reader.takeWhile(Number.POSITIVE_INFINITY, digits) : low;
  if (!reader.accept('}')) {
    reader.reset(mark);
    return undefined;
  }
  const min = low === '' ? 0 : readCount(reader, low, start);
  const max = high === '' ? Number.POSITIVE_INFINITY : readCount(reader, high, start);
  if (max < min) throw reader.error('min repeat greater than max repeat', reader.position - start);
  return { min, max };
}

function readCount(reader: Reader, text: string, start: number): number {
  const count = Number(text);
  if (count >= maxRepeat) {
    throw reader.error('the repetition number is too large', reader.position - start);
  }
  return count;
}

/** The suffix of a quantifier. */
export function parseMode(reader: Reader): RepeatMode {
  if (reader.accept('?')) return 'lazy';
  return reader.accept('+') ? 'possessive' : 'greedy';
}
