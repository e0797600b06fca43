import { parseIp } from '../base/index.ts';
import type {
  WhyBan,
  WhyCount,
  WhyHold,
  WhyInJail,
  WhyPastBan,
  WhyReport,
  WhyRule,
} from '../control/index.ts';
import type { Ban, FailureCount } from '../track/index.ts';
import type { BanStories } from './ban-stories.ts';
import type { JailPipeline } from './jail.ts';
import type { StateInJail } from './jail-state.ts';
import { logStates } from './log-states.ts';
import type { Persistence } from './persistence.ts';

/** What the explanation looks at. */
export interface ExplainParts {
  /** The running jails. */
  readonly jails: () => Iterable<JailPipeline>;
  readonly stories: BanStories;
  readonly persistence: Pick<Persistence, 'keptBans'>;
  readonly nowSec: () => number;
}

/** `why`: everything that is known of an id, jail by jail. */
export async function explain(asked: string, parts: ExplainParts): Promise<WhyReport> {
  const id = parseIp(asked)?.text ?? asked;
  const jails = await Promise.all(
    Array.from(parts.jails(), async (jail) => inJail(jail, id, await jail.stateOf(id), parts)),
  );
  const bannedBy = jails.filter(({ verdict }) => verdict === 'banned').map(({ jail }) => jail);
  return { id, bannedBy, jails, history: pastBans(id, parts) };
}

/** What the database keeps, the newest first. */
function pastBans(id: string, { persistence }: ExplainParts): WhyPastBan[] {
  return persistence.keptBans(id).map(({ timeSec, ...ban }) => ({ ...ban, sinceSec: timeSec }));
}

function inJail(jail: JailPipeline, id: string, state: StateInJail, parts: ExplainParts): WhyInJail {
  const { settings, ban, count } = state;
  const { maxRetry, findTimeSec, banTimeSec } = settings;
  const { stories } = parts;
  const heldId = ban?.id ?? id;
  const rules = rulesOf([id, heldId], settings.failRegex, (key) => stories.rulesOf(jail.name, key));
  const steps = stories.stepsOf(jail.name, heldId);
  const verdict = verdictOf(state);
  return {
    jail: jail.name,
    verdict,
    reason: reasonOf(verdict, state, id, parts.nowSec()),
    ...noted(state),
    ...(verdict !== 'ignored' || state.ignoreEntry === undefined ? {} : { ignoredBy: state.ignoreEntry }),
    ...ignoredSoFar(stories.ignoredOf(jail.name, id)),
    maxRetry,
    findTimeSec,
    banTimeSec,
    ...(ban === undefined ? {} : { ban: banOf(ban) }),
    ...(count === undefined ? {} : { count: countOf(count) }),
    rules,
    steps,
    holds: holdsOf(jail, state),
  };
}

function verdictOf({ ban, count, verdict }: StateInJail): WhyInJail['verdict'] {
  if (ban !== undefined) return 'banned';
  if (verdict !== 'no' && verdict !== 'unready') return 'ignored';
  return count === undefined ? 'clean' : 'counting';
}

const ignoredFor: Readonly<Record<string, string>> = {
  ip: 'it stands in ignoreip',
  dns: 'a name in ignoreip has this address',
  'ignoreself rule': 'it is an address of this host (ignoreself)',
  covers: 'it holds an address of this host, of its gateway or of ignoreip',
  'too wide': 'it is wider than a log line may ban',
};

function reasonOf(verdict: WhyInJail['verdict'], state: StateInJail, id: string, nowSec: number): string {
  const { ban, count, settings } = state;
  if (verdict === 'banned' && ban !== undefined) {
    const what = ban.id === id ? 'banned' : `banned with ${ban.id}`;
    const why = ban.byHand === true ? 'by hand' : `after ${ban.failures} failures`;
    const left = ban.banTimeSec < 0 ? 'for ever' : `${span(ban.timeSec + ban.banTimeSec - nowSec)} left`;
    return `${what} ${why}, ${left}${settings.dryRun ? '; the jail only says what it would do (dryrun)' : ''}`;
  }
  if (verdict === 'ignored') {
    const entry =
      state.ignoreEntry === undefined || state.ignoreEntry === id ? '' : `, within ${state.ignoreEntry}`;
    return `never banned: ${ignoredFor[state.verdict] ?? `it stands in ${state.verdict}`}${entry}`;
  }
  if (count === undefined) return 'no failure that still counts';
  const missing = Math.max(Math.ceil(settings.maxRetry - count.retry), 1);
  return `not banned: ${count.retry} of ${settings.maxRetry} failures within ${span(settings.findTimeSec)}, ${missing} more would ban it`;
}

/** What else about the jail bears on it. */
function noted({ settings, detection, verdict }: StateInJail): { notes?: readonly string[] } {
  const { suspended = false, suspendedRules = [] } = detection ?? {};
  const notes = [
    ...(settings.idle ? ['the jail is idle: it reads no logs'] : []),
    ...(settings.dryRun ? ['the jail only says what it would do (dryrun)'] : []),
    ...(suspended ? ['the detection of the jail is suspended'] : []),
    ...suspendedRules.map((rule) => `${rule} is suspended, since it held lines too long`),
    ...logStates(settings, detection)
      .filter(({ state }) => state !== 'reading')
      .map(({ path, state, reason }) => `${path} is ${state}${reason === '' ? '' : `: ${reason}`}`),
    ...(verdict === 'unready' ? ['host names of ignoreip are still being looked up'] : []),
  ];
  return notes.length === 0 ? {} : { notes };
}

function ignoredSoFar(ignored: WhyInJail['ignored']): Pick<WhyInJail, 'ignored'> {
  return ignored === undefined ? {} : { ignored };
}

function rulesOf(
  ids: readonly string[],
  regexes: readonly string[],
  of: (id: string) => ReadonlyMap<number, number>,
): WhyRule[] {
  const sums = new Map<number, number>();
  for (const id of new Set(ids)) {
    for (const [index, failures] of of(id)) sums.set(index, (sums.get(index) ?? 0) + failures);
  }
  return [...sums]
    .sort(([a], [b]) => a - b)
    .map(([index, failures]) => ({ index, regex: regexes[index] ?? '', failures }));
}

function banOf(ban: Ban): WhyBan {
  const { id, timeSec, banTimeSec, banCount, failures, matches, fields, byHand } = ban;
  return {
    id,
    sinceSec: timeSec,
    banTimeSec,
    ...(banTimeSec < 0 ? {} : { endSec: timeSec + banTimeSec }),
    banCount,
    failures,
    cause: byHand === true ? 'by hand' : 'failures',
    matches,
    fields,
  };
}

function countOf({ id, firstSec, timeSec, retry, failures, matches }: FailureCount): WhyCount {
  return { id, firstSec, lastSec: timeSec, retry, failures, matches };
}

function holdsOf(jail: JailPipeline, { holds }: StateInJail): WhyHold[] {
  const problems = jail.problems();
  return holds.map((hold) => {
    const problem = problems.get(hold.action);
    return problem === undefined ? hold : { ...hold, problem };
  });
}

/** The largest unit that fits, for people. */
function span(seconds: number): string {
  const sec = Math.max(Math.round(seconds), 0);
  if (sec >= 2 * 86_400) return `${Math.round(sec / 86_400)} days`;
  if (sec >= 2 * 3600) return `${Math.round(sec / 3600)} hours`;
  if (sec >= 120) return `${Math.round(sec / 60)} minutes`;
  return `${sec} seconds`;
}
