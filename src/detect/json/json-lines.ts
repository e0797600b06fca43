import { isSingle, parseIp } from '../../base/index.ts';
import type { JsonValue } from './json-path.ts';
import type { JsonFormat } from './log-format.ts';

/** The address of a line that has none that can be read. No prefregex for addresses matches it. */
const noAddress = '-';
const addressWithPort = /^(?:\[([^\]]*)\]|([0-9.]+))(?::\d{1,5})?$/;
/** From where on a number counts nanoseconds, microseconds, milliseconds; and how many of them a second has. */
const units = [
  [1e17, 1e9],
  [1e14, 1e6],
  [1e11, 1e3],
] as const;
/** The date patterns know fractions of up to six digits. */
const nanoseconds = /(\.\d{6})\d+/;

/**
 * Brings a line of a JSON log into the form that the rules see: the time, the address, and the fields as `label=value`
 * with the values in JSON, in this order:
 *
 *     2026-11-22T14:00:01Z 192.0.2.1 eventid="cowrie.login.failed" username="root"
 *
 * Values stay quoted and escaped, so that none of them can pass for another field. Undefined for a line that holds no
 * JSON object. What a logger puts before the object (`host program[1]: `) is left out, and so is the time where the
 * source tells it (`isTimed`).
 */
export function jsonLine(text: string, format: JsonFormat, isTimed: boolean): string | undefined {
  const value = parseObject(text);
  if (value === undefined) return undefined;
  const parts: string[] = [];
  if (format.time !== undefined && !isTimed) parts.push(timeText(format.time(value)));
  if (format.address !== undefined) parts.push(addressText(format.address(value)));
  for (const { label, path } of format.matches) parts.push(`${label}=${JSON.stringify(path(value) ?? null)}`);
  return parts.join(' ');
}

function parseObject(text: string): JsonValue | undefined {
  const start = text.indexOf('{');
  if (start < 0) return undefined;
  try {
    return JSON.parse(start === 0 ? text : text.slice(start)) as JsonValue;
  } catch {
    return undefined;
  }
}

/** A date as text, or a number of seconds since the epoch. */
function timeText(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value.trim().replace(nanoseconds, '$1');
  if (typeof value !== 'number' || !(value > 0)) return '';
  const perSecond = units.find(([from]) => value >= from)?.[1] ?? 1;
  return (value / perSecond).toFixed(6);
}

/** An address in canonical form; a port behind it is left out. */
function addressText(value: JsonValue | undefined): string {
  if (typeof value !== 'string') return noAddress;
  const text = value.trim();
  const match = addressWithPort.exec(text);
  const ip = parseIp(match?.[1] ?? match?.[2] ?? text);
  return ip !== undefined && isSingle(ip) ? ip.text : noAddress;
}
