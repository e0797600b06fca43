import { WarderError } from '../../base/index.ts';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * UTF-8 as Python's pickle writes it: a lone surrogate is allowed (`surrogatepass`), since Python keeps bytes of a
 * path that are no UTF-8 as such. Throws `PICKLE_BROKEN` for anything else that is malformed.
 */
export function decodePythonUtf8(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return decodeWithSurrogates(bytes);
  }
}

/** Code by code, since there may be millions of surrogates. */
function decodeWithSurrogates(bytes: Uint8Array): string {
  const text = new CodeUnits(bytes.length);
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at] as number;
    const length =
      lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (length === 0 || at + length > bytes.length) throw notUtf8();
    let code = length === 1 ? lead : lead & (0x7f >> length);
    for (let next = at + 1; next < at + length; next += 1) {
      const byte = bytes[next] as number;
      if (byte >> 6 !== 2) throw notUtf8();
      code = (code << 6) | (byte & 0x3f);
    }
    if (code < (shortestOf[length] as number) || code > 0x10ffff) throw notUtf8();
    text.add(code);
    at += length;
  }
  return text.toString();
}

/** The lowest code that needs so many bytes. */
const shortestOf: readonly number[] = [0, 0, 0x80, 0x800, 0x10000];

function notUtf8(): WarderError {
  return new WarderError('PICKLE_BROKEN', 'A text in the pickle is not UTF-8');
}

/** The reverse of `decodePythonUtf8`. */
export function encodePythonUtf8(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  if (text.isWellFormed()) return bytes;
  // Node writes U+FFFD, of three bytes as well, for each lone surrogate.
  let at = 0;
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    if (code >= 0xd800 && code <= 0xdfff) {
      bytes[at] = 0xed;
      bytes[at + 1] = 0x80 | ((code >> 6) & 0x3f);
      bytes[at + 2] = 0x80 | (code & 0x3f);
    }
    at += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** Python's `raw-unicode-escape`: Latin-1 with `\uXXXX` and `\UXXXXXXXX`; protocol 0 writes texts so. */
export function decodeRawUnicodeEscape(latin1: string): string {
  if (!/\\[uU]/.test(latin1)) return latin1;
  const text = new CodeUnits(latin1.length);
  for (let at = 0; at < latin1.length; at += 1) {
    const code = latin1.charCodeAt(at);
    text.add(code);
    if (code !== backslash || at + 1 === latin1.length) continue;
    at += 1;
    const digits = { u: 4, U: 8 }[latin1[at] as string];
    if (digits === undefined) text.add(latin1.charCodeAt(at));
    else {
      text.replaceLast(hexOf(latin1, at + 1, digits));
      at += digits;
    }
  }
  return text.toString();
}

const backslash = 0x5c;

function hexOf(text: string, start: number, digits: number): number {
  const hex = text.slice(start, start + digits);
  const code = hex.length === digits && /^[0-9a-fA-F]+$/.test(hex) ? Number.parseInt(hex, 16) : Number.NaN;
  if (code <= 0x10ffff) return code;
  throw new WarderError(
    'PICKLE_BROKEN',
    'A text in the pickle has an escape that is malformed or beyond Unicode',
  );
}

/** Gathers a text of known greatest length. */
class CodeUnits {
  readonly #units: Uint16Array;
  #length = 0;

  constructor(most: number) {
    this.#units = new Uint16Array(most);
  }

  add(code: number): void {
    if (code >= 0x10000) {
      this.#units[this.#length] = 0xd800 + ((code - 0x10000) >> 10);
      this.#units[this.#length + 1] = 0xdc00 + (code & 0x3ff);
      this.#length += 2;
    } else {
      this.#units[this.#length] = code;
      this.#length += 1;
    }
  }

  replaceLast(code: number): void {
    this.#length -= 1;
    this.add(code);
  }

  toString(): string {
    return Buffer.from(this.#units.buffer, 0, this.#length * 2).toString('utf16le');
  }
}

const simpleEscapes: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** The quoted string of protocol 0's STRING opcode, as Python's `repr` of bytes writes it; ASCII only, as Python 3 reads it. */
export function decodeQuoted(line: string): string {
  const quote = line[0];
  if (line.length < 2 || (quote !== "'" && quote !== '"') || !line.endsWith(quote)) {
    throw new WarderError('PICKLE_BROKEN', 'A string in the pickle has no quotes');
  }
  const inner = line.slice(1, -1);
  if (!inner.includes('\\')) return assertAscii(inner);
  const text = new CodeUnits(inner.length);
  for (let at = 0; at < inner.length; ) {
    const code = inner.charCodeAt(at);
    at += code === backslash ? addEscaped(text, inner, at) : 1;
    if (code !== backslash) text.add(code);
  }
  return assertAscii(text.toString());
}

/** Adds what an escape stands for, and returns its length. */
function addEscaped(text: CodeUnits, inner: string, at: number): number {
  const char = inner[at + 1];
  const simple = char === undefined ? undefined : simpleEscapes[char];
  if (simple !== undefined) {
    text.add(simple.charCodeAt(0));
    return 2;
  }
  const [digits] = /^(?:x[0-9a-fA-F]{2}|[0-7]{1,3})/.exec(inner.slice(at + 1, at + 4)) ?? [];
  if (digits !== undefined) {
    text.add(digits[0] === 'x' ? Number.parseInt(digits.slice(1), 16) : Number.parseInt(digits, 8) & 0xff);
    return 1 + digits.length;
  }
  if (char === undefined || char === 'x') {
    throw new WarderError('PICKLE_BROKEN', 'A string in the pickle has a broken escape');
  }
  // Python leaves an escape that it does not know as it stands.
  text.add(backslash);
  text.add(char.charCodeAt(0));
  return 2;
}

/** Python 3 reads the strings of Python 2 as ASCII, and fails on anything else. */
export function assertAscii(text: string): string {
  if (/[^\x00-\x7f]/.test(text)) {
    throw new WarderError('PICKLE_BROKEN', 'A byte string of Python 2 in the pickle is not ASCII');
  }
  return text;
}
