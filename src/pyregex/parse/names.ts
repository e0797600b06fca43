import { pythonRepr } from '../../base/index.ts';
import { digitValue, unicodeSpace } from '../charset/categories.ts';
import { contains } from '../charset/charset.ts';
import type { Reader } from './reader.ts';

const identifier = /^[\p{XID_Start}_]\p{XID_Continue}*$/u;
/** `sys.int_info`: Python refuses to read longer numbers. */
const longestNumber = 4300;

export function isIdentifier(name: string): boolean {
  return identifier.test(name);
}

/** Refuses a group name that is no Python identifier; `back`: what was read after the name. */
export function checkGroupName(reader: Reader, name: string, back: number): void {
  if (isIdentifier(name)) return;
  throw reader.error(`bad character in group name ${pythonRepr(name)}`, Array.from(name).length + back);
}

/**
 * Python's `int(text)`: white space around, a sign, digits of any script, single underscores between them.
 * Undefined if the text is no number.
 */
export function pythonInt(text: string): number | undefined {
  const [, sign, body] = /^([+-]?)(.*)$/su.exec(stripSpace(text))!;
  let number = 0;
  let length = 0;
  for (const part of body!.split('_')) {
    if (part === '') return undefined;
    for (const char of part) {
      const value = digitValue(char.codePointAt(0)!);
      if (value === undefined) return undefined;
      number = number * 10 + value;
      length += 1;
    }
  }
  if (length > longestNumber) return undefined;
  return sign === '-' ? -number : number;
}

function stripSpace(text: string): string {
  const chars = Array.from(text);
  const isText = (char: string): boolean => !contains(unicodeSpace, char.codePointAt(0)!);
  return chars.slice(chars.findIndex(isText), chars.findLastIndex(isText) + 1).join('');
}
