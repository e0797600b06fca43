import { hostname } from 'node:os';
import type { DetectionStatus } from '../detect/index.ts';
import type { JailFigures, JailOverview, Overview } from '../web/index.ts';
import type { Counters } from './counters.ts';
import type { Detection } from './detection.ts';
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
  const detection = parts.detection.jailStatus(name);
  const counts = new Map(matches);
  const { maxRetry, findTimeSec, banTimeSec } = settings;
  return {
    name,
    ...jail.status(),
    isIdle: settings.idle,
    isDryRun: settings.dryRun,
    lines,
    bytes,
    maxRetry,
    findTimeSec,
    banTimeSec,
    problems: problemsOf(jail, detection),
    logs: logsOf(detection),
    rules: settings.failRegex.map((regex, index) => ({ index, regex, matches: counts.get(index) ?? 0 })),
    actions: jail.actions().map(({ name: action, waiting, held, problem }) => ({
      name: action,
      waiting,
      held,
      ...(problem === undefined ? {} : { problem: problem.text }),
    })),
  };
}

/** A jail's part of the metrics. */
export function jailFigures(jail: JailPipeline, parts: OverviewParts): JailFigures {
  const { name, settings } = jail;
  const { currentlyBanned, currentlyFailed } = jail.status();
  const detection = parts.detection.jailStatus(name);
  return {
    jail: name,
    ...parts.counters.jail(name),
    counted: currentlyFailed,
    banned: currentlyBanned,
    isIdle: settings.idle,
    isDegraded: problemsOf(jail, detection).length > 0,
    unreadableLogs: logsOf(detection).filter(({ state }) => state !== 'reading').length,
    suspendedRules: detection?.suspendedRules.length ?? 0,
    waiting: jail
      .actions()
      .map(({ name: action, waiting, problem }) => [action, waiting, problem !== undefined] as const),
  };
}

function logsOf(detection: DetectionStatus | undefined): JailOverview['logs'] {
  if (detection === undefined) return [];
  const { files, journal } = detection;
  return journal === undefined ? files : [...files, { path: 'the journal', ...journal }];
}

/** What does not work, in words: rules, logs, actions. */
function problemsOf(jail: JailPipeline, detection: DetectionStatus | undefined): string[] {
  const logs = logsOf(detection)
    .filter(({ state }) => state !== 'reading')
    .map(({ path, state, reason }) => `${path} is ${state}${reason === '' ? '' : `: ${reason}`}`);
  const rules = (detection?.suspendedRules ?? []).map(
    (rule) => `${rule} holds lines too long and was suspended`,
  );
  const detecting = detection?.suspended === true ? ['its detection is suspended'] : [];
  const actions = Array.from(jail.problems(), ([action, text]) => `${action}: ${text}`);
  return [...detecting, ...rules, ...logs, ...actions];
}
