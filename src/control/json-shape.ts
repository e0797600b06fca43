import { PythonFloat, PythonTuple, type PythonValue, pythonStr } from '../base/index.ts';

/** A value of JSON. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/**
 * The answer of a command as JSON, stable and documented in docs/protocol.md.
 *
 * Where fail2ban nests pairs or leaves it to the reader what a position means, this has names; everything else is the plain
 * value. It works on the answer alone, so that it serves for a foreign server too.
 */
export function jsonResult(words: readonly PythonValue[], value: PythonValue): JsonValue {
  const [verb, first, second] = words;
  if (verb === 'status') return words.length === 1 ? serverStatus(value) : jailStatus(value, first);
  if (verb === 'stats' || verb === 'statistic' || verb === 'statistics') return namedJails(value, statistics);
  if (verb === 'banned' && words.length === 1) return bannedByJail(value);
  if (verb === 'banned') return jailsOfIds(words.slice(1), value);
  if (second === 'banip' && verb === 'get' && words[3] === '--with-time') return bansWithTimes(value);
  if (second === 'datepattern') return datePattern(value);
  if (second === 'ignorecache') return ignoreCache(value);
  return plainJson(value);
}

/** The value itself: tuples and sets as arrays, dicts as objects, bytes as Base64, integers beyond 2^53 as text. */
export function plainJson(value: PythonValue): JsonValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'bigint') return String(value);
  if (value instanceof PythonFloat) return plainJson(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof PythonTuple) return value.items.map(plainJson);
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, item]) => [pythonStr(key), plainJson(item)]));
  }
  return [...value].map(plainJson);
}

/** `('Total failed', 3)` and its neighbours as `{ totalFailed: 3 }`. */
function fields(value: PythonValue): Record<string, JsonValue> {
  const entries = items(value).map((entry): [string, JsonValue] => {
    const [name, content] = items(entry);
    return [camelCase(pythonStr(name ?? '')), plainJson(content ?? null)];
  });
  return Object.fromEntries(entries);
}

function serverStatus(value: PythonValue): JsonValue {
  const { numberOfJail, jailList } = fields(value);
  const names = String(jailList ?? '');
  return { jailCount: numberOfJail ?? 0, jails: names === '' ? [] : names.split(', ') };
}

function jailStatus(value: PythonValue, jail: PythonValue | undefined): JsonValue {
  if (jail === '--all') {
    const details = value instanceof Map ? value : items(value).find((item) => item instanceof Map);
    return details === undefined ? {} : namedJails(details, oneStatus);
  }
  return oneStatus(value);
}

function oneStatus(value: PythonValue): JsonValue {
  const [first, second] = items(value);
  if (typeof first === 'string') return statistics(value);
  return { filter: renamed(items(first ?? null)[1]), actions: renamed(items(second ?? null)[1]) };
}

const clearNames: Readonly<Record<string, string>> = {
  bannedIPList: 'banned',
  bannedASNList: 'asns',
  bannedCountryList: 'countries',
  bannedRIRList: 'registries',
  fileList: 'files',
};

function renamed(value: PythonValue | undefined): JsonValue {
  if (value === undefined) return {};
  return Object.fromEntries(
    Object.entries(fields(value)).map(([name, item]) => [clearNames[name] ?? name, item]),
  );
}

function statistics(value: PythonValue): JsonValue {
  const [backend, failed, banned] = items(value);
  const [currentlyFailed, totalFailed] = items(failed ?? null).map(plainJson);
  const [currentlyBanned, totalBanned] = items(banned ?? null).map(plainJson);
  return {
    backend: plainJson(backend ?? null),
    currentlyFailed: currentlyFailed ?? null,
    totalFailed: totalFailed ?? null,
    currentlyBanned: currentlyBanned ?? null,
    totalBanned: totalBanned ?? null,
  };
}

function namedJails(value: PythonValue, shape: (status: PythonValue) => JsonValue): JsonValue {
  if (!(value instanceof Map)) return plainJson(value);
  return Object.fromEntries([...value].map(([name, status]) => [pythonStr(name), shape(status)]));
}

/** fail2ban answers with one dict per jail; here they are one. */
function bannedByJail(value: PythonValue): JsonValue {
  const dicts = items(value).map(plainJson);
  return Object.assign({}, ...dicts.filter((dict) => typeof dict === 'object' && dict !== null));
}

function jailsOfIds(ids: readonly PythonValue[], value: PythonValue): JsonValue {
  const jails = items(value).map(plainJson);
  return Object.fromEntries(ids.map((id, index) => [pythonStr(id), jails[index] ?? []]));
}

const banLine = /^(.*?) \t(.+?) \+ (-?\d+) = (.+)$/;

function bansWithTimes(value: PythonValue): JsonValue {
  return items(value).map((line) => {
    const match = banLine.exec(pythonStr(line));
    if (match === null) return plainJson(line);
    return {
      id: match[1]!,
      since: match[2]!,
      banTimeSec: Number(match[3]),
      until: match[3] === '-1' ? null : match[4]!,
    };
  });
}

function datePattern(value: PythonValue): JsonValue {
  const [pattern, name] = items(value);
  return value === null ? null : { pattern: plainJson(pattern ?? null), name: plainJson(name ?? null) };
}

function ignoreCache(value: PythonValue): JsonValue {
  const [key, maxCount, maxTimeSec] = items(value).map(plainJson);
  return value === null
    ? null
    : { key: key ?? null, maxCount: maxCount ?? null, maxTimeSec: maxTimeSec ?? null };
}

function items(value: PythonValue): readonly PythonValue[] {
  if (value instanceof PythonTuple) return value.items;
  return Array.isArray(value) ? value : [];
}

/** `Currently failed` becomes `currentlyFailed`, `Banned IP list` `bannedIPList`. */
function camelCase(name: string): string {
  return name
    .split(' ')
    .map((word, index) => (index === 0 ? word.toLowerCase() : word.slice(0, 1).toUpperCase() + word.slice(1)))
    .join('');
}
