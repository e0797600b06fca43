import type { WarderError } from '../../base/index.ts';
import { unsupportedError } from '../syntax-error.ts';
import type { CategoryItem, Node, SetItem } from '../tree.ts';
import type { Reader } from './reader.ts';
import type { ParseState } from './state.ts';

const digits = '0123456789';
const octalDigits = '01234567';
const hexDigits = '0123456789abcdefABCDEF';
const highestByte = 0o377;
const highestCode = 0x10ffff;

const controls: ReadonlyMap<string, number> = new Map([
  ['\\a', 0x07],
  ['\\b', 0x08],
  ['\\f', 0x0c],
  ['\\n', 0x0a],
  ['\\r', 0x0d],
  ['\\t', 0x09],
  ['\\v', 0x0b],
  ['\\\\', 0x5c],
]);

const categories: ReadonlyMap<string, CategoryItem> = new Map([
  ['\\d', { kind: 'category', category: 'digit', negated: false }],
  ['\\D', { kind: 'category', category: 'digit', negated: true }],
  ['\\s', { kind: 'category', category: 'space', negated: false }],
  ['\\S', { kind: 'category', category: 'space', negated: true }],
  ['\\w', { kind: 'category', category: 'word', negated: false }],
  ['\\W', { kind: 'category', category: 'word', negated: true }],
]);

const assertions: ReadonlyMap<string, 'textStart' | 'textEnd' | 'boundary' | 'notBoundary'> = new Map([
  ['\\A', 'textStart'],
  ['\\b', 'boundary'],
  ['\\B', 'notBoundary'],
  ['\\Z', 'textEnd'],
]);

/** An escape outside of a set; its token is already taken. */
export function parseEscape(state: ParseState, token: string, flags: number): Node {
  const at = assertions.get(token);
  if (at !== undefined) return { kind: 'assertion', at, flags };
  const category = categories.get(token);
  if (category !== undefined) return { kind: 'set', negated: false, items: [category], flags };
  const letter = token[1]!;
  if (digits.includes(letter) && letter !== '0') return parseNumber(state, token, flags);
  const code =
    letter === '0'
      ? parseOctal(state.reader, token)
      : (controls.get(token) ?? parseCode(state.reader, token));
  return { kind: 'literal', code, negated: false, flags };
}

/** An escape inside a set; its token is already taken. */
export function parseSetEscape(reader: Reader, token: string): SetItem {
  const category = categories.get(token);
  if (category !== undefined) return category;
  const letter = token[1]!;
  const code = octalDigits.includes(letter)
    ? parseOctal(reader, token)
    : (controls.get(token) ?? parseCode(reader, token));
  return { kind: 'char', code };
}

/** `\12`: a group, or in octal a character if it is three octal digits. */
function parseNumber(state: ParseState, token: string, flags: number): Node {
  const { reader } = state;
  let text = token;
  if (reader.isNextOneOf(digits)) {
    text += reader.take();
    if (isOctal(text[1]!) && isOctal(text[2]!) && reader.isNextOneOf(octalDigits)) {
      text += reader.take();
      return { kind: 'literal', code: octalValue(reader, text), negated: false, flags };
    }
  }
  const group = Number(text.slice(1));
  if (group >= state.groupWidths.length) {
    throw reader.error(`invalid group reference ${group}`, text.length - 1);
  }
  if (!state.isClosed(group)) throw reader.error('cannot refer to an open group', text.length);
  state.checkLookbehindReference(group);
  return { kind: 'backreference', group, flags };
}

function parseOctal(reader: Reader, token: string): number {
  return octalValue(reader, token + reader.takeWhile(2, octalDigits));
}

function octalValue(reader: Reader, text: string): number {
  const code = Number.parseInt(text.slice(1), 8);
  if (code > highestByte) {
    throw reader.error(`octal escape value ${text} outside of range 0-0o377`, text.length);
  }
  return code;
}

function isOctal(char: string): boolean {
  return octalDigits.includes(char);
}

/** `\xHH`, `\uHHHH`, `\UHHHHHHHH`, `\N{name}`, or any character that is no ASCII letter or digit for itself. */
function parseCode(reader: Reader, token: string): number {
  const letter = token[1]!;
  if (letter === 'x') return parseHex(reader, token, 2);
  if (letter === 'u') return parseHex(reader, token, 4);
  if (letter === 'U') return parseHex(reader, token, 8);
  if (letter === 'N') throw refuseName(reader, token);
  if (/^[A-Za-z0-9]/.test(letter)) throw reader.error(`bad escape ${token}`, token.length);
  return token.codePointAt(1)!;
}

function parseHex(reader: Reader, token: string, count: number): number {
  const text = token + reader.takeWhile(count, hexDigits);
  if (text.length !== 2 + count) throw reader.error(`incomplete escape ${text}`, text.length);
  const code = Number.parseInt(text.slice(2), 16);
  if (code > highestCode) throw reader.error(`bad escape ${text}`, text.length);
  return code;
}

/** The names of all characters would be a table of a megabyte for what nobody writes in a rule. */
function refuseName(reader: Reader, token: string): WarderError {
  const index = reader.position - token.length;
  if (!reader.accept('{')) return reader.error('missing {');
  const name = reader.takeUntil('}', 'character name');
  return unsupportedError(
    reader.pattern,
    `characters by name (\\N{${name}}) are not supported`,
    index,
    'write the character itself or \\uXXXX',
  );
}
