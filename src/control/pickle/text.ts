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

function decodeWithSurrogates(bytes: Uint8Array): string {
  let text = '';
  let start = 0;
  for (let at = bytes.indexOf(0xed); at >= 0; at = bytes.indexOf(0xed, at + 1)) {
    const second = bytes[at + 1];
    const third = bytes[at + 2];
    if (second === undefined || third === undefined || second < 0xa0 || second > 0xbf || third >> 6 !== 2)
      continue;
    text += decodePiece(bytes.subarray(start, at));
    text += String.fromCharCode(0xd000 | ((second & 0x3f) << 6) | (third & 0x3f));
    start = at + 3;
    at = start - 1;
  }
  return text + decodePiece(bytes.subarray(start));
}

function decodePiece(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch (cause) {
    throw new WarderError('PICKLE_BROKEN', 'A text in the pickle is not UTF-8', { cause });
  }
}

/** The reverse of `decodePythonUtf8`. */
export function encodePythonUtf8(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8');
  return Buffer.concat(
    Array.from(text, (char) => {
      const code = char.codePointAt(0)!;
      const isSurrogate = code >= 0xd800 && code <= 0xdfff;
      return isSurrogate
        ? Buffer.from([0xed, 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)])
        : Buffer.from(char, 'utf8');
    }),
  );
}

/** Python's `raw-unicode-escape`: Latin-1 with `\uXXXX` and `\UXXXXXXXX`; protocol 0 writes texts so. */
export function decodeRawUnicodeEscape(latin1: string): string {
  return latin1.replace(/(\\+)(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/g, (whole, slashes, four, eight) => {
    if (slashes.length % 2 === 0) return whole;
    const code = Number.parseInt(four ?? eight, 16);
    if (code > 0x10ffff)
      throw new WarderError('PICKLE_BROKEN', 'A text in the pickle has an escape beyond Unicode');
    return slashes.slice(1) + String.fromCodePoint(code);
  });
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
  '\n': '',
};

/** The quoted string of protocol 0's STRING opcode, as Python's `repr` of bytes writes it; ASCII only, as Python 3 reads it. */
export function decodeQuoted(line: string): string {
  const quote = line[0];
  if (line.length < 2 || (quote !== "'" && quote !== '"') || !line.endsWith(quote)) {
    throw new WarderError('PICKLE_BROKEN', 'A string in the pickle has no quotes');
  }
  const text = line
    .slice(1, -1)
    .replace(/\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|([\s\S]))/g, (whole, hex, octal, simple) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
      return simpleEscapes[simple] ?? whole;
    });
  return assertAscii(text);
}

/** Python 3 reads the strings of Python 2 as ASCII, and fails on anything else. */
export function assertAscii(text: string): string {
  if (/[^\x00-\x7f]/.test(text)) {
    throw new WarderError('PICKLE_BROKEN', 'A byte string of Python 2 in the pickle is not ASCII');
  }
  return text;
}
