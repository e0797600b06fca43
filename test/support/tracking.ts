import { ManualClock, MemoryLogger } from '../../src/base/index.ts';
import type { Failure } from '../../src/detect/index.ts';
import {
  type Decision,
  JailTracker,
  type Lookup,
  OwnAddresses,
  Resolver,
  type TrackerOptions,
  type TrackSettings,
} from '../../src/track/index.ts';

export const baseSettings: TrackSettings = {
  jail: 'sshd',
  maxRetry: 3,
  findTimeSec: 600,
  banTimeSec: 300,
  maxMatches: 3,
  ignoreSelf: true,
  ignoreIp: [],
  ignoreCommand: '',
  useDns: 'warn',
};

/** A failure at `timeSec`, with one line that names id and time. */
export function failure(id: string, timeSec: number, more: Partial<Failure> = {}): Failure {
  const lines = [`failed login of ${id} at ${timeSec}`];
  return { jail: 'sshd', id, unresolved: false, timeSec, attempts: 1, lines, fields: {}, ...more };
}

/** A lookup that knows the given names. */
export function lookupOf(names: Readonly<Record<string, readonly string[]>>): Lookup {
  return async (name) => {
    const addresses = names[name];
    if (addresses === undefined) throw Object.assign(new Error(`no ${name}`), { code: 'ENOTFOUND' });
    return addresses;
  };
}

/** A tracker with time, names and interfaces in the test's hand. */
export class TrackerBench {
  readonly clock = new ManualClock(1_700_000_000);
  readonly logger = new MemoryLogger();
  readonly decisions: Decision[] = [];
  readonly tracker: JailTracker;

  constructor(
    settings: Partial<TrackSettings> = {},
    more: Partial<TrackerOptions> & { readonly lookup?: Lookup } = {},
  ) {
    const { clock, logger } = this;
    const { lookup, ...options } = more;
    this.tracker = new JailTracker({
      settings: { ...baseSettings, ...settings },
      clock,
      logger,
      resolver: new Resolver(clock, logger, lookup ?? lookupOf({})),
      ownAddresses: new OwnAddresses(
        clock,
        () => ({ eth0: [{ address: '192.0.2.100' }, { address: 'fe80::1%eth0' }] }),
        () => ['192.0.3.1'],
      ),
      onDecisions: (decisions) => this.decisions.push(...decisions),
      ...options,
    });
  }

  get nowSec(): number {
    return this.clock.nowSec();
  }

  /** Failures of `id`, now, as many as `count`. */
  fail(id: string, count = 1): void {
    this.tracker.observe(Array.from({ length: count }, () => failure(id, this.nowSec)));
  }

  /** The decisions since the last call, as `kind id reason`. */
  takeDecisions(): string[] {
    return this.decisions.splice(0).map((decision) => {
      const why =
        decision.kind === 'ban'
          ? decision.origin
          : decision.kind === 'unban'
            ? decision.reason
            : decision.kind === 'prolong'
              ? (decision.cause ?? 'increment')
              : '';
      return `${decision.kind} ${decision.ban.id} ${why}`.trim();
    });
  }

  /** The log lines since the last call. */
  takeLog(): string[] {
    return this.logger.lines.splice(0);
  }
}
