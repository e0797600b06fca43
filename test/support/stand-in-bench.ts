import { ManualClock, MemoryLogger } from '../../src/base/index.ts';
import { StandIn } from '../../src/daemon/stand-in.ts';
import { Store } from '../../src/state/index.ts';
import type { TrackChanges } from '../../src/track/index.ts';
import { startSec } from './storing.ts';

/** A database as the daemon opens it, or what stands in for it. */
export class StandInBench {
  readonly clock = new ManualClock(startSec);
  readonly logger = new MemoryLogger();
  /** What the jails know now. */
  known: TrackChanges[] = [];
  store: Store | undefined;
  readonly #standIn: StandIn;

  constructor(file: string) {
    const { clock, logger } = this;
    this.#standIn = new StandIn({
      file,
      clock,
      create: (options) =>
        new Store({
          limits: { openTimeoutMs: 100 },
          ...options,
          clock,
          logger,
          maxMatches: 10,
          purgeAgeSec: 86_400,
          remember: () => this.known,
        }),
      log: (level, message) => logger.log(level, 'fail2ban.database', message),
    });
  }

  open(): this {
    this.store = this.#standIn.open((store) => {
      this.store = store;
    });
    return this;
  }

  close(): void {
    this.#standIn.stop();
    this.store?.close();
  }

  /** Ids of the bans that a start would restore. */
  restored(): string[] {
    const options = { banTimeSec: 600, findTimeSec: 600, maxMatches: 5 };
    return this.store?.load('sshd', options).bans.map(({ id }) => id) ?? [];
  }

  log(): string {
    return this.logger.lines.join('\n');
  }
}
