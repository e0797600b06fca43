import { PythonTuple, type PythonValue } from '../../base/index.ts';
import type { JailApi } from '../server-api.ts';
import { seconds } from './values.ts';

/** How a jail's settings look in an answer: what `get` returns, and `set` after the change. */
export const shown = {
  idle: (jail: JailApi): PythonValue => jail.option('idle'),
  ignoreSelf: (jail: JailApi): PythonValue => jail.option('ignoreSelf'),
  ignoreIp: (jail: JailApi): PythonValue => [...jail.ignoreIp()],
  ignoreCommand: (jail: JailApi): PythonValue => jail.option('ignoreCommand'),
  ignoreCache,
  logPath: (jail: JailApi): PythonValue => [...jail.logPaths()],
  logEncoding: (jail: JailApi): PythonValue => jail.option('logEncoding'),
  journalMatch: (jail: JailApi): PythonValue => jail.journalMatch().map((terms) => [...terms]),
  prefRegex: (jail: JailApi): PythonValue => jail.option('prefRegex') ?? '',
  failRegex: (jail: JailApi): PythonValue => [...jail.failRegex()],
  ignoreRegex: (jail: JailApi): PythonValue => [...jail.ignoreRegex()],
  useDns: (jail: JailApi): PythonValue => jail.option('useDns'),
  findTime: (jail: JailApi): PythonValue => jail.option('findTimeSec'),
  banTime: (jail: JailApi): PythonValue => jail.option('banTimeSec'),
  maxRetry: (jail: JailApi): PythonValue => jail.option('maxRetry'),
  maxMatches: (jail: JailApi): PythonValue => jail.option('maxMatches'),
  maxLines: (jail: JailApi): PythonValue => jail.option('maxLines'),
  logTimeZone: (jail: JailApi): PythonValue => jail.option('logTimeZone') ?? null,
  logFormat: (jail: JailApi): PythonValue => jail.option('logFormat'),
  datePattern,
} as const;

/** The pattern and its name as a tuple; None when lines have no dates. */
function datePattern(jail: JailApi): PythonValue {
  const pattern = jail.datePattern();
  return pattern === undefined ? null : new PythonTuple([...pattern]);
}

const defaultCacheCount = 100;
const defaultCacheAgeSec = 300;

/** Key, number of entries kept, and their age in seconds. */
function ignoreCache(jail: JailApi): PythonValue {
  const cache = jail.option('ignoreCache');
  if (cache === undefined) return null;
  const count = Number(cache.get('max-count') ?? defaultCacheCount);
  return [cache.get('key') ?? null, count, seconds(cache.get('max-time') ?? defaultCacheAgeSec)];
}
