import { hostname } from 'node:os';
import type { JailHealth } from '../control/index.ts';
import type { JailFigures, JailOverview, Overview } from '../web/index.ts';
import type { Counters } from './counters.ts';
import type { Detection } from './detection.ts';
import { jailHealth } from './health.ts';
import type { JailPipeline } from './jail.ts';
import type { Persistence } from './persistence.ts';
import { compatibleVersion, warderVersion } from './version.ts';

/** What the page's answers are made of. */
export interface OverviewParts {
  /** The running jails. */
  readonly jails: () => Iterable<JailPipeline>;
  readonly detection: Pick<Detection, 'jailStatus'>;
  readonly counters: Counters;
  readonly persistence: Pick<Persistence, 'health'>;
  readonly observeOnly: boolean;
  readonly startedSec: number;
  readonly nowSec: () => number;
}

/** The daemon and its jails. */
export function overviewOf(parts: OverviewParts): Overview {
  const { observeOnly, startedSec } = parts;
  return {
    version: warderVersion,
    compatibleVersion,
    host: hostname(),
    startedSec,
    nowSec: parts.nowSec(),
    observeOnly,
    jails: Array.from(parts.jails(), (jail) => jailOverview(jail, parts)),
    database: parts.persistence.health() ?? null,
  };
}

function jailOverview(jail: JailPipeline, parts: OverviewParts): JailOverview {
  const { settings, name } = jail;
  const { lines, bytes, matches } = parts.counters.jail(name);
  const health = jailHealth(jail, parts.detection);
  const counts = new Map(matches);
  const { maxRetry, findTimeSec, banTimeSec } = settings;
  return {
    name,
    ...jail.status(),
    isIdle: health.isIdle,
    isDryRun: health.isDryRun,
    lines,
    bytes,
    maxRetry,
    findTimeSec,
    banTimeSec,
    problems: problemsOf(jail, health),
    logs: health.logs,
    rules: settings.failRegex.map((regex, index) => ({ index, regex, matches: counts.get(index) ?? 0 })),
    actions: health.actions,
  };
}

/** A jail's part of the metrics. */
export function jailFigures(jail: JailPipeline, parts: OverviewParts): JailFigures {
  const { name } = jail;
  const { currentlyBanned, currentlyFailed } = jail.status();
  const health = jailHealth(jail, parts.detection);
  return {
    jail: name,
    ...parts.counters.jail(name),
    counted: currentlyFailed,
    banned: currentlyBanned,
    isIdle: health.isIdle,
    isDegraded: problemsOf(jail, health).length > 0,
    unreadableLogs: health.logs.filter(({ state }) => state !== 'reading').length,
    suspendedRules: health.suspendedRules.length,
    waiting: health.actions.map(
      ({ name: action, waiting, problem }) => [action, waiting, problem !== undefined] as const,
    ),
  };
}

/** What does not work, in words: rules, logs, actions, also those that were refused and so are not among the jail's. */
function problemsOf(jail: JailPipeline, { isSuspended, suspendedRules, logs }: JailHealth): string[] {
  return [
    ...(isSuspended ? ['its detection is suspended'] : []),
    ...suspendedRules.map((rule) => `${rule} holds lines too long and was suspended`),
    ...logs
      .filter(({ state }) => state !== 'reading')
      .map(({ path, state, reason }) => `${path} is ${state}${reason === '' ? '' : `: ${reason}`}`),
    ...Array.from(jail.problems(), ([action, text]) => `${action}: ${text}`),
  ];
}
