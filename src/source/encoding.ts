import { isAscii, isUtf8 } from 'node:buffer';
import { WarderError } from '../base/index.ts';

/** How a file marks the end of a line: the byte 0x0A, or the 16-bit unit 0x000A. */
export type LineFeed = 'byte' | 'utf16le' | 'utf16be';

/** Turns the bytes of a line into text. Never fails: bytes that are invalid in the encoding become U+FFFD. */
export interface LineCodec {
  /** The name as configured. */
  readonly name: string;
  readonly lineFeed: LineFeed;
  /** The byte order is told by a mark at the start of the file. */
  readonly hasByteOrderMark: boolean;
  decode(bytes: Buffer, start: number, end: number): string;
  isValid(bytes: Buffer, start: number, end: number): boolean;
}

const utf8Names = new Set(['utf_8', 'utf8', 'u8', 'utf', 'cp65001']);
const asciiNames = new Set(['ascii', 'us_ascii', '646', 'iso646_us']);
const latin1Names = new Set(['latin_1', 'latin1', 'latin', 'l1', 'iso_8859_1', 'iso8859_1', '8859', 'cp819']);

/** Python's names (lower case, `_` for all punctuation) whose WHATWG label differs from the name with `-` for `_`. */
const whatwgLabels: Readonly<Record<string, string>> = {
  koi8_r: 'koi8-r',
  koi8_u: 'koi8-u',
  cp866: 'ibm866',
  cp874: 'windows-874',
  cp932: 'shift_jis',
  cp936: 'gbk',
  cp949: 'euc-kr',
  cp950: 'big5',
  shift_jis: 'shift_jis',
  shiftjis: 'shift_jis',
  sjis: 'shift_jis',
  mac_roman: 'macintosh',
  mac_cyrillic: 'x-mac-cyrillic',
  euc_jp: 'euc-jp',
  euc_kr: 'euc-kr',
  gb2312: 'gbk',
  big5hkscs: 'big5',
};

/**
 * The codec for an encoding as Python spells it (`utf-8`, `latin-1`, `cp1252`, `UTF_16LE`, …); `auto` is the one of the
 * locale, or UTF-8 where the locale names none or plain ASCII (as fail2ban does).
 * Throws WarderError SOURCE_ENCODING for a name that is unknown here.
 */
export function lineCodec(name: string, env: NodeJS.ProcessEnv = process.env): LineCodec {
  const key = normalise(name);
  if (key === 'auto' || key === '') return localeCodec(env);
  return findCodec(name, key) ?? unknownEncoding(name);
}

/** The codec for a file that begins with these bytes: settles the byte order of `utf-16`. */
export function codecForFile(codec: LineCodec, firstBytes: Buffer): LineCodec {
  if (!codec.hasByteOrderMark) return codec;
  const bigEndian = firstBytes.length >= 2 && firstBytes[0] === 0xfe && firstBytes[1] === 0xff;
  return utf16Codec(codec.name, bigEndian ? 'utf16be' : 'utf16le', true);
}

/** Index behind the first line feed at or after `from`, or -1. `bytes` begins at a whole unit of the file. */
export function lineEndAfter(bytes: Buffer, from: number, lineFeed: LineFeed): number {
  if (lineFeed === 'byte') return bytes.indexOf(10, from) + 1 || -1;
  const low = lineFeed === 'utf16le' ? 0 : 1;
  for (let at = bytes.indexOf(10, from); at >= 0; at = bytes.indexOf(10, at + 1)) {
    if (at % 2 !== low) continue;
    const start = at - low;
    if (start + 1 < bytes.length && bytes[start + 1 - low] === 0) return start + 2;
  }
  return -1;
}

/** Index behind the last line feed in `bytes`, or -1. */
export function lastLineEnd(bytes: Buffer, lineFeed: LineFeed): number {
  if (lineFeed === 'byte') return bytes.lastIndexOf(10) + 1 || -1;
  const low = lineFeed === 'utf16le' ? 0 : 1;
  for (let at = bytes.lastIndexOf(10); at >= 0; at = at === 0 ? -1 : bytes.lastIndexOf(10, at - 1)) {
    if (at % 2 !== low) continue;
    const start = at - low;
    if (start + 1 < bytes.length && bytes[start + 1 - low] === 0) return start + 2;
  }
  return -1;
}

/** `end` without the carriage returns and line feeds before it. */
export function trimLineEnd(bytes: Buffer, start: number, end: number, lineFeed: LineFeed): number {
  let at = end;
  if (lineFeed === 'byte') {
    while (at > start && (bytes[at - 1] === 10 || bytes[at - 1] === 13)) at -= 1;
    return at;
  }
  const low = lineFeed === 'utf16le' ? 0 : 1;
  while (at - 2 >= start && bytes[at - 1 - low] === 0) {
    const unit = bytes[at - 2 + low];
    if (unit !== 10 && unit !== 13) break;
    at -= 2;
  }
  return at;
}

function normalise(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_');
}

function localeCodec(env: NodeJS.ProcessEnv): LineCodec {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  const codeset = /\.([^@]+)/.exec(locale)?.[1] ?? '';
  const key = normalise(codeset);
  if (key === '' || asciiNames.has(key)) return utf8Codec('UTF-8');
  return findCodec(codeset, key) ?? utf8Codec('UTF-8');
}

function findCodec(name: string, key: string): LineCodec | undefined {
  if (utf8Names.has(key)) return utf8Codec(name);
  if (key === 'utf_8_sig') return { ...utf8Codec(name), decode: decodeWithoutMark };
  if (latin1Names.has(key)) return latin1Codec(name);
  if (asciiNames.has(key)) return asciiCodec(name);
  if (key === 'utf_16' || key === 'utf16' || key === 'u16') return utf16Codec(name, 'utf16le', true);
  if (key === 'utf_16_le' || key === 'utf_16le' || key === 'utf16le')
    return utf16Codec(name, 'utf16le', false);
  if (key === 'utf_16_be' || key === 'utf_16be' || key === 'utf16be')
    return utf16Codec(name, 'utf16be', false);
  const label = whatwgLabels[key] ?? labelByRule(key);
  try {
    return tableCodec(name, new TextDecoder(label), new TextDecoder(label, { fatal: true }));
  } catch {
    return undefined;
  }
}

function labelByRule(key: string): string {
  const windows = /^(?:cp|windows_)(125\d)$/.exec(key);
  if (windows) return `windows-${windows[1]}`;
  const iso = /^iso_?8859_(\d{1,2})$/.exec(key);
  if (iso) return `iso-8859-${iso[1]}`;
  return key.replaceAll('_', '-');
}

function utf8Codec(name: string): LineCodec {
  return {
    name,
    lineFeed: 'byte',
    hasByteOrderMark: false,
    decode: (bytes, start, end) => bytes.toString('utf8', start, end),
    isValid: (bytes, start, end) => isUtf8(bytes.subarray(start, end)),
  };
}

function decodeWithoutMark(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end);
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

function latin1Codec(name: string): LineCodec {
  return {
    name,
    lineFeed: 'byte',
    hasByteOrderMark: false,
    decode: (bytes, start, end) => bytes.toString('latin1', start, end),
    isValid: () => true,
  };
}

function asciiCodec(name: string): LineCodec {
  return {
    name,
    lineFeed: 'byte',
    hasByteOrderMark: false,
    decode: (bytes, start, end) => bytes.toString('latin1', start, end).replace(/[\u0080-\u00ff]/g, '\ufffd'),
    isValid: (bytes, start, end) => isAscii(bytes.subarray(start, end)),
  };
}

function tableCodec(name: string, lenient: TextDecoder, strict: TextDecoder): LineCodec {
  return {
    name,
    lineFeed: 'byte',
    hasByteOrderMark: false,
    // TextDecoder refuses memory that is shared between threads, so it gets a copy.
    decode: (bytes, start, end) => lenient.decode(Buffer.from(bytes.subarray(start, end))),
    isValid: (bytes, start, end) => decodes(strict, Buffer.from(bytes.subarray(start, end))),
  };
}

function utf16Codec(name: string, lineFeed: 'utf16le' | 'utf16be', hasByteOrderMark: boolean): LineCodec {
  const label = lineFeed === 'utf16le' ? 'utf-16le' : 'utf-16be';
  const lenient = new TextDecoder(label, { ignoreBOM: !hasByteOrderMark });
  const strict = new TextDecoder(label, { fatal: true });
  return { ...tableCodec(name, lenient, strict), lineFeed, hasByteOrderMark };
}

function decodes(decoder: TextDecoder, bytes: Buffer): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function unknownEncoding(name: string): never {
  throw new WarderError('SOURCE_ENCODING', `unknown log encoding '${name.slice(0, 60)}'`, {
    hint: "use utf-8, latin-1, a Windows or ISO code page, utf-16, or 'auto'",
  });
}
