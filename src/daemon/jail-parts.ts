import type { Clock, Logger } from '../base/index.ts';
import type { Failure } from '../detect/index.ts';
import type {
  BanHistory,
  EngineServices,
  HostNames,
  Notifier,
  Outcome,
  ShellRunner,
  Tarpit,
} from '../enforce/index.ts';
import type { Position } from '../source/index.ts';
import type { JailPosition } from '../state/index.ts';
import type {
  Decision,
  BanHistory as EarlierBans,
  MatchMemory,
  OwnAddresses,
  Resolver,
  TrackMemory,
} from '../track/index.ts';
import type { Detection } from './detection.ts';
import type { JailSettings } from './jail-settings.ts';

/** What a jail shares with the others. */
export interface PipelineParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly detection: Detection;
  readonly resolver: Resolver;
  readonly ownAddresses: OwnAddresses;
  readonly matchMemory: MatchMemory;
  readonly runner: ShellRunner;
  readonly engines: EngineServices;
  readonly tarpit: Tarpit;
  readonly names: HostNames;
  readonly notifier: Notifier;
  /** What shell commands find in their environment. */
  readonly actionEnvironment: Readonly<Record<string, string>>;
  readonly memory: JailMemory;
  readonly allowIpv6: () => boolean;
  /** Run no action. */
  readonly observeOnly: boolean;
  /** Told of decisions as they are made, before they are enforced (our own log is fed from here). */
  readonly onDecisions: (jail: string, decisions: readonly Decision[]) => void;
  /** Told of each failure that counts. */
  readonly onFound?: (failure: Failure) => void;
  /** Told of each failure that does not count, with its id. */
  readonly onIgnored?: (id: string) => void;
  readonly onOutcome?: (outcome: Outcome) => void;
  /** The kept bans and counts are there again; nothing was read yet. */
  readonly onRestored?: () => void;
}

/** The part of the database that jails use. */
export interface JailMemory {
  /**
   * What the jail knew when it last ran, where it was in its logs, and whether it was stopped then or crashed.
   */
  load(settings: JailSettings): {
    readonly memory: TrackMemory;
    readonly positions: readonly Position[];
    readonly afterCrash: boolean;
  };
  /** Something changed outside of a batch of the detection worker; it is committed soon. */
  changed(jail: string): void;
  /** Commits positions together with what changed in these jails. */
  commit(positions: readonly JailPosition[], jails: Iterable<string>): void;
  readonly history: BanHistory | undefined;
  /** Earlier bans of an id in a jail, or in all jails together, the newest ones included. Never throws. */
  earlierBans(id: string, jail: string | undefined): EarlierBans | undefined;
}
