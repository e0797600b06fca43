import type { Node, SetItem } from '../tree.ts';
import { parseSetEscape } from './escape.ts';
import type { Reader } from './reader.ts';

/** A set `[…]`; the opening bracket is already taken. */
export function parseSet(reader: Reader, flags: number): Node {
  const start = reader.position - 1;
  const negated = reader.accept('^');
  const items = readItems(reader, start);
  const [first] = items;
  if (items.length === 1 && first?.kind === 'char') {
    return { kind: 'literal', code: first.code, negated, flags };
  }
  return { kind: 'set', negated, items, flags };
}

function readItems(reader: Reader, start: number): SetItem[] {
  const items: SetItem[] = [];
  for (;;) {
    const token = takeFromSet(reader, start);
    // A bracket that comes first stands for itself.
    if (token === ']' && items.length > 0) return uniqueItems(items);
    const item = readItem(reader, token);
    if (!reader.accept('-')) {
      items.push(item);
      continue;
    }
    const upperToken = takeFromSet(reader, start);
    if (upperToken === ']') {
      items.push(item, { kind: 'char', code: 0x2d });
      return uniqueItems(items);
    }
    items.push(makeRange(reader, token, item, upperToken, readItem(reader, upperToken)));
  }
}

function takeFromSet(reader: Reader, start: number): string {
  const token = reader.take();
  if (token === undefined) throw reader.error('unterminated character set', reader.position - start);
  return token;
}

function readItem(reader: Reader, token: string): SetItem {
  if (token.startsWith('\\')) return parseSetEscape(reader, token);
  return { kind: 'char', code: token.codePointAt(0)! };
}

function makeRange(
  reader: Reader,
  lowToken: string,
  low: SetItem,
  highToken: string,
  high: SetItem,
): SetItem {
  if (low.kind !== 'char' || high.kind !== 'char' || high.code < low.code) {
    const text = `${lowToken}-${highToken}`;
    throw reader.error(`bad character range ${text}`, Array.from(text).length);
  }
  return { kind: 'range', low: low.code, high: high.code };
}

/** The items without repetition; a set of `[aa]` is a single character to Python. */
export function uniqueItems(items: readonly SetItem[]): SetItem[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
