export const space = 0x20;
export const quote = 0x22;
export const plus = 0x2b;
export const comma = 0x2c;
export const minus = 0x2d;
export const dot = 0x2e;
export const slash = 0x2f;
export const zero = 0x30;
export const colon = 0x3a;
export const less = 0x3c;
export const greater = 0x3e;
export const openBracket = 0x5b;
export const backslash = 0x5c;
export const closeBracket = 0x5d;

/** Whether a byte is an ASCII digit. Bytes beyond the line, which are undefined, are not. */
export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= 0x39;
}

/** The number in two digits; -1 where they are none. */
export function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - zero;
  const ones = bytes[at + 1]! - zero;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

/** Whether a byte belongs to a word for a regex. Beyond ASCII that is not known: those count as part of one. */
export function mayBeWord(byte: number): boolean {
  if (byte >= 0x80) return true;
  const letter = byte | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || (byte >= zero && byte <= 0x39) || byte === 0x5f;
}

/** Whether the date that ends here ends a word. */
export function wordEndsAt(bytes: Uint8Array, at: number, end: number): boolean {
  return at >= end || !mayBeWord(bytes[at]!);
}

/** Three letters in any case as one number; of bytes that are no letters another one. */
export function threeLetters(bytes: Uint8Array, at: number): number {
  const one = bytes[at]!;
  const two = bytes[at + 1]!;
  const three = bytes[at + 2]!;
  if (one < 0x41 || two < 0x41 || three < 0x41) return -1;
  return ((one | 0x20) << 16) | ((two | 0x20) << 8) | (three | 0x20);
}
