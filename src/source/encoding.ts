import { isAscii, isUtf8 } from 'node:buffer';
import { WarderError } from '../base/index.ts';
import { encodingLabel } from './encoding-names.ts';
import type { LineFeed } from './line-feed.ts';

/** Turns the bytes of a line into text. Never fails: bytes that are invalid in the encoding become U+FFFD. */
export interface LineCodec {
  /** The name as configured. */
  readonly name: string;
  readonly lineFeed: LineFeed;
  /** The byte order is told by a mark at the start of the file. */
  readonly hasByteOrderMark: boolean;
  decode(bytes: Buffer, start: number, end: number): string;
  isValid(bytes: Buffer, start: number, end: number): boolean;
  /**
   * How a text that stands in a line stands in its bytes, so that it can be looked for there; undefined for a text of which
   * that cannot be told. Absent where a text may stand in bytes of other texts.
   */
  literalBytes?(text: string): Buffer | undefined;
}

/** Encodings in units of more than one byte, by their names without any punctuation. */
const wideNames: Readonly<Record<string, (name: string) => LineCodec>> = {
  u16: (name) => utf16Codec(name, 'utf16le', true),
  utf16: (name) => utf16Codec(name, 'utf16le', true),
  utf16le: (name) => utf16Codec(name, 'utf16le', false),
  utf16be: (name) => utf16Codec(name, 'utf16be', false),
  unicodebigunmarked: (name) => utf16Codec(name, 'utf16be', false),
  unicodelittleunmarked: (name) => utf16Codec(name, 'utf16le', false),
  u32: (name) => utf32Codec(name, 'utf32le', true),
  utf32: (name) => utf32Codec(name, 'utf32le', true),
  utf32le: (name) => utf32Codec(name, 'utf32le', false),
  utf32be: (name) => utf32Codec(name, 'utf32be', false),
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

/** So many first bytes of a file settle its byte order. */
export const byteOrderMarkBytes = 4;

const bigEndianMark16 = Buffer.from([0xfe, 0xff]);
const bigEndianMark32 = Buffer.from([0, 0, 0xfe, 0xff]);

/** The codec for a file that begins with these bytes: settles the byte order of `utf-16` and `utf-32`. */
export function codecForFile(codec: LineCodec, firstBytes: Buffer): LineCodec {
  if (!codec.hasByteOrderMark) return codec;
  if (codec.lineFeed === 'utf32le' || codec.lineFeed === 'utf32be') {
    const isBig = firstBytes.subarray(0, 4).equals(bigEndianMark32);
    return utf32Codec(codec.name, isBig ? 'utf32be' : 'utf32le', true);
  }
  const isBig = firstBytes.subarray(0, 2).equals(bigEndianMark16);
  return utf16Codec(codec.name, isBig ? 'utf16be' : 'utf16le', true);
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
  if (key === '' || encodingLabel(key) === 'ascii') return utf8Codec('UTF-8');
  return findCodec(codeset, key) ?? utf8Codec('UTF-8');
}

function findCodec(name: string, key: string): LineCodec | undefined {
  if (key === 'utf_8_sig') return { ...utf8Codec(name), decode: decodeWithoutMark };
  const wide = wideNames[key.replaceAll('_', '')];
  if (wide !== undefined) return wide(name);
  const label = encodingLabel(key);
  if (label === undefined) return undefined;
  if (label === 'utf-8') return utf8Codec(name);
  if (label === 'latin1') return latin1Codec(name);
  if (label === 'ascii') return asciiCodec(name);
  try {
    return tableCodec(name, new TextDecoder(label), new TextDecoder(label, { fatal: true }));
  } catch {
    return undefined;
  }
}

function utf8Codec(name: string): LineCodec {
  return {
    name,
    lineFeed: 'byte',
    hasByteOrderMark: false,
    decode: (bytes, start, end) => bytes.toString('utf8', start, end),
    isValid: (bytes, start, end) => isUtf8(bytes.subarray(start, end)),
    // U+FFFD stands for bytes that are invalid, and so do halves of surrogate pairs.
    literalBytes: (text) => (/[\ufffd\ud800-\udfff]/u.test(text) ? undefined : Buffer.from(text)),
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
    literalBytes: (text) => (/[^\x00-\xff]/.test(text) ? undefined : Buffer.from(text, 'latin1')),
  };
}

function asciiCodec(name: string): LineCodec {
  return {
    name,
    lineFeed: 'byte',
    hasByteOrderMark: false,
    decode: (bytes, start, end) => bytes.toString('latin1', start, end).replace(/[\u0080-\u00ff]/g, '\ufffd'),
    isValid: (bytes, start, end) => isAscii(bytes.subarray(start, end)),
    literalBytes: (text) => (/[^\x00-\x7f]/.test(text) ? undefined : Buffer.from(text, 'latin1')),
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

function utf32Codec(name: string, lineFeed: 'utf32le' | 'utf32be', hasByteOrderMark: boolean): LineCodec {
  const isLittle = lineFeed === 'utf32le';
  return {
    name,
    lineFeed,
    hasByteOrderMark,
    decode: (bytes, start, end) => {
      const text = decodeUtf32(bytes, start, end, isLittle);
      return hasByteOrderMark && text.startsWith('\ufeff') ? text.slice(1) : text;
    },
    isValid: (bytes, start, end) => {
      if ((end - start) % 4 !== 0) return false;
      for (let at = start; at < end; at += 4) if (!isScalar(unitAt(bytes, at, isLittle))) return false;
      return true;
    },
  };
}

function decodeUtf32(bytes: Buffer, start: number, end: number, isLittle: boolean): string {
  const parts: string[] = [];
  for (let at = start; at < end; at += 4) {
    const unit = at + 4 <= end ? unitAt(bytes, at, isLittle) : -1;
    parts.push(isScalar(unit) ? String.fromCodePoint(unit) : '\ufffd');
  }
  return parts.join('');
}

function unitAt(bytes: Buffer, at: number, isLittle: boolean): number {
  return isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
}

/** Whether a number is that of a character. */
function isScalar(unit: number): boolean {
  return unit >= 0 && unit <= 0x10ffff && (unit < 0xd800 || unit > 0xdfff);
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
    hint: "use utf-8, latin-1, a Windows or ISO code page, utf-16, utf-32, or 'auto'",
  });
}
