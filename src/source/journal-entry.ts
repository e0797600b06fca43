import { isUtf8 } from 'node:buffer';
import type { LineCodec } from './encoding.ts';
import { longestLineBytes } from './log-file.ts';

/** One entry of the journal as a line. */
export interface JournalEntry {
  /** `host ident[pid]: message`, line feeds within as `\n`; at most 64 Ki characters. */
  readonly text: string;
  /** When it was written, seconds since the epoch. */
  readonly timeSec: number;
  /** journald's name for the entry. */
  readonly cursor: string;
}

/** A field: text, or bytes where it is not plain UTF-8, or several of them. */
type Field = unknown;

/**
 * Reads one line of `journalctl --output=json`. Undefined for what is no entry. The line is put together as fail2ban
 * 1.0.2 does: host, identifier or command with the process id, for the kernel its uptime, and the message.
 */
export function parseJournalEntry(json: Buffer, codec: LineCodec): JournalEntry | undefined {
  const entry = parseObject(json);
  if (entry === undefined) return undefined;
  const cursor = entry.__CURSOR;
  const timeUs = Number(single(entry._SOURCE_REALTIME_TIMESTAMP) ?? entry.__REALTIME_TIMESTAMP);
  if (typeof cursor !== 'string' || !Number.isFinite(timeUs)) return undefined;
  const text = formatEntry(entry, codec).replaceAll('\n', '\\n');
  return { text: text.slice(0, longestLineBytes), timeSec: timeUs / 1e6, cursor };
}

function formatEntry(entry: Readonly<Record<string, Field>>, codec: LineCodec): string {
  const parts: string[] = [];
  const host = textOf(single(entry._HOSTNAME), codec);
  if (host !== '') parts.push(host);
  const program = textOf(single(entry.SYSLOG_IDENTIFIER), codec) || textOf(single(entry._COMM), codec);
  if (program !== '') {
    const pid = pidOf(entry.SYSLOG_PID, codec) || pidOf(entry._PID, codec);
    const name = `${program}${pid === '' ? '' : `[${pid}]`}:`;
    parts.push(name);
    if (name === 'kernel:') parts.push(`[${uptime(entry)}]`);
  }
  parts.push(
    values(entry.MESSAGE)
      .map((value) => textOf(value, codec))
      .join(' '),
  );
  return parts.join(' ');
}

/** A number without what may surround it (`012`, ` 12`, `0xc`), any other text as it is; empty where it is 0. */
function pidOf(field: Field, codec: LineCodec): string {
  const text = textOf(single(field), codec);
  if (text.trim() === '') return text;
  try {
    return String(BigInt(text) || '');
  } catch {
    return text;
  }
}

/** Seconds since boot as the kernel's own log has them: twelve wide, six decimals. */
function uptime(entry: Readonly<Record<string, Field>>): string {
  const us = Number(single(entry._SOURCE_MONOTONIC_TIMESTAMP) ?? entry.__MONOTONIC_TIMESTAMP);
  return (us / 1e6).toFixed(6).padStart(12);
}

/** A field that an entry has several times comes as a list; bytes are a list of numbers. */
function values(field: Field): Field[] {
  if (field === null || field === undefined) return [];
  return Array.isArray(field) && !isBytes(field) ? field : [field];
}

function single(field: Field): Field {
  return values(field)[0];
}

function textOf(value: Field, codec: LineCodec): string {
  if (typeof value === 'string') return value;
  if (!isBytes(value)) return '';
  const bytes = Buffer.from(value);
  // Control characters make bytes of good UTF-8 too.
  if (isUtf8(bytes)) return bytes.toString('utf8');
  return codec.decode(bytes, 0, bytes.length);
}

function isBytes(value: Field): value is number[] {
  return Array.isArray(value) && value.every((byte) => typeof byte === 'number');
}

function parseObject(json: Buffer): Readonly<Record<string, Field>> | undefined {
  try {
    const value: unknown = JSON.parse(json.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, Field>) : undefined;
  } catch {
    return undefined;
  }
}
