import type { Clock, Logger } from '../base/index.ts';
import type { CreateAction } from './create-action.ts';
import type { EngineServices } from './engines/index.ts';
import type { HostNames } from './host-names.ts';
import type { Notifier } from './notify/index.ts';
import type { ShellRunner } from './shell-runner.ts';
import type { Tarpit } from './tarpit/index.ts';
import type { BanHistory, BansInForce, JailFigures, Outcome } from './types.ts';

/** What the enforcement of one jail needs of the daemon and of the jail's other stages. */
export interface JailEnforcerParts {
  readonly jail: string;
  /** One for the whole daemon. */
  readonly runner: ShellRunner;
  readonly logger: Logger;
  readonly clock: Clock;
  /** One for the whole daemon. */
  readonly names: HostNames;
  readonly figures: JailFigures;
  readonly bansInForce: BansInForce;
  /** The database, where there is one. */
  readonly history?: BanHistory | undefined;
  /** Whether actions with families have one for IPv6. */
  readonly allowIpv6: () => boolean;
  /** One for the whole daemon: sends what actions want to tell. */
  readonly notifier?: Notifier;
  /** Told of each step, for `why`, metrics and tests. */
  readonly onOutcome?: (outcome: Outcome) => void;
  /** What engines share, one for the whole daemon. Without it every action runs its commands. */
  readonly engines?: EngineServices | undefined;
  /** One for the whole daemon. Without it TARPIT is a drop. */
  readonly tarpit?: Tarpit | undefined;
  /** By default actions of `engines`, else shell actions. */
  readonly createAction?: CreateAction;
  /** Decisions that may wait for one action; further ones are taken from the bans in force later. */
  readonly maxWaiting?: number;
}
