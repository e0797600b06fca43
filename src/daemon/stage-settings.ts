import { parseTimeSpan } from '../base/index.ts';
import type { FilterSettings } from '../detect/index.ts';
import type { IgnoreCommandSettings } from '../enforce/index.ts';
import type { Backend, SourceSettings } from '../source/index.ts';
import type { TrackSettings } from '../track/index.ts';
import { resolveBackend } from './backend.ts';
import { incrementOf } from './increment.ts';
import type { JailSettings } from './jail-settings.ts';

/** What the detector is told of a jail. */
export function filterSettings(settings: JailSettings): FilterSettings {
  return {
    jail: settings.name,
    ...(settings.prefRegex === undefined ? {} : { prefRegex: settings.prefRegex }),
    failRegex: settings.failRegex,
    ignoreRegex: settings.ignoreRegex,
    ...(settings.datePattern === undefined ? {} : { datePattern: settings.datePattern }),
    ...(settings.logFormat === 'text' ? {} : { logFormat: settings.logFormat }),
    ...(settings.logTimeZone === undefined ? {} : { logTimeZone: settings.logTimeZone }),
    useDns: settings.useDns,
    maxLines: settings.maxLines,
    findTimeSec: settings.findTimeSec,
  };
}

/** What the reader is told of a jail. */
export function sourceSettings(settings: JailSettings): SourceSettings {
  const { name, options } = resolveBackend(settings.name, settings.backend);
  return {
    backend: name as Backend,
    logPaths: settings.logPaths,
    logEncoding: settings.logEncoding,
    journalMatch: settings.journalMatch,
    journalOptions: options,
  };
}

/** `ignorecache` without these: as many answers, and for so long, as in fail2ban. */
const usualCache = { maxCount: 100, maxTime: '5m' } as const;

/** What the ignore command is told of a jail. The command that set the cache has looked at its values. */
export function ignoreCommandSettings(settings: JailSettings): IgnoreCommandSettings {
  const { ignoreCommand: command = '', ignoreCache: options } = settings;
  const key = options?.get('key');
  if (options === undefined || key === undefined) return { command, cache: undefined };
  const maxCount = Number(options.get('max-count') ?? usualCache.maxCount);
  const maxTimeSec = parseTimeSpan(options.get('max-time') ?? usualCache.maxTime);
  return { command, cache: { key, maxCount, maxTimeSec } };
}

/** What the tracker is told of a jail. */
export function trackSettings(settings: JailSettings): TrackSettings {
  const increment = incrementOf(settings);
  const { banPrefix4, banPrefix6, escalateAfter } = settings;
  return {
    jail: settings.name,
    maxRetry: settings.maxRetry,
    findTimeSec: settings.findTimeSec,
    banTimeSec: settings.banTimeSec,
    ...(increment === undefined ? {} : { increment }),
    ...(banPrefix4 === undefined ? {} : { banPrefix4 }),
    ...(banPrefix6 === undefined ? {} : { banPrefix6 }),
    ...(escalateAfter === undefined ? {} : { escalateAfter }),
    maxMatches: settings.maxMatches,
    ignoreSelf: settings.ignoreSelf,
    ignoreIp: settings.ignoreIp,
    ignoreCommand: settings.ignoreCommand ?? '',
    useDns: settings.useDns,
  };
}
