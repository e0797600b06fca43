import { isSingle, PythonFloat, PythonTuple, type PythonValue, parseIp } from '../../base/index.ts';
import type { JailApi } from '../server-api.ts';
import { describeDatePattern, expanded, usualEncoding } from './filter-words.ts';
import { timeSpanValue } from './values.ts';

/** How a jail's settings look in an answer: what `get` returns, and `set` after the change. */
export const shown = {
  idle: (jail: JailApi): PythonValue => jail.option('idle'),
  ignoreSelf: (jail: JailApi): PythonValue => jail.option('ignoreSelf'),
  dryRun: (jail: JailApi): PythonValue => jail.option('dryRun'),
  banPrefix4: (jail: JailApi): PythonValue => jail.option('banPrefix4') ?? null,
  banPrefix6: (jail: JailApi): PythonValue => jail.option('banPrefix6') ?? null,
  escalateAfter: (jail: JailApi): PythonValue => jail.option('escalateAfter') ?? null,
  ignoreIp,
  /** False until one is set. */
  ignoreCommand: (jail: JailApi): PythonValue => jail.option('ignoreCommand') ?? false,
  ignoreCache,
  logPath: (jail: JailApi): PythonValue => [...jail.logPaths()],
  logEncoding,
  journalMatch: (jail: JailApi): PythonValue => jail.journalMatch().map((terms) => [...terms]),
  prefRegex,
  failRegex: (jail: JailApi): Promise<PythonValue> => expanded(jail, jail.failRegex()),
  ignoreRegex: (jail: JailApi): Promise<PythonValue> => expanded(jail, jail.ignoreRegex()),
  useDns: (jail: JailApi): PythonValue => jail.option('useDns'),
  findTime,
  banTime: (jail: JailApi): PythonValue => jail.option('banTimeSec'),
  maxRetry: (jail: JailApi): PythonValue => jail.option('maxRetry'),
  maxMatches: (jail: JailApi): PythonValue => jail.option('maxMatches'),
  maxLines: (jail: JailApi): PythonValue => jail.option('maxLines'),
  logTimeZone: (jail: JailApi): PythonValue => jail.option('logTimeZone') ?? null,
  logFormat: (jail: JailApi): PythonValue => jail.option('logFormat'),
  datePattern,
} as const;

/** Networks and names come before single addresses, each in the order in which they were added. */
function ignoreIp(jail: JailApi): PythonValue {
  const isAddress = (entry: string): boolean => {
    const ip = parseIp(entry);
    return ip !== undefined && isSingle(ip);
  };
  const { true: addresses = [], false: others = [] } = Object.groupBy(jail.ignoreIp(), (entry) =>
    isAddress(entry) ? 'true' : 'false',
  );
  return [...others, ...addresses];
}

/** The pattern and its name as a tuple. */
async function datePattern(jail: JailApi): Promise<PythonValue> {
  return new PythonTuple([...(await describeDatePattern(jail.option('datePattern')))]);
}

async function prefRegex(jail: JailApi): Promise<PythonValue> {
  const [regex] = await expanded(jail, [jail.option('prefRegex') ?? '']);
  return regex ?? '';
}

/** The encoding in use in the place of `auto`. */
async function logEncoding(jail: JailApi): Promise<PythonValue> {
  const encoding = jail.option('logEncoding');
  return encoding === 'auto' ? usualEncoding() : encoding;
}

/** Python's float where a span was given that is one (`1mo`), even when it has no fraction. */
function findTime(jail: JailApi): PythonValue {
  const findTimeSec = jail.option('findTimeSec');
  return jail.option('findTimeIsFloat') ? new PythonFloat(findTimeSec) : findTimeSec;
}

const defaultCacheCount = 100;
const defaultCacheAgeSec = 300;

/** Key, number of entries kept, and their age in seconds. */
function ignoreCache(jail: JailApi): PythonValue {
  const cache = jail.option('ignoreCache');
  if (cache === undefined) return null;
  const count = Number(cache.get('max-count') ?? defaultCacheCount);
  return [cache.get('key') ?? null, count, timeSpanValue(cache.get('max-time') ?? defaultCacheAgeSec)];
}
