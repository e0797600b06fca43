import type { Clock } from '../base/index.ts';
import type { OwnConfiguration, SourcedCommand } from '../control/index.ts';
import type { DetectionHostOptions } from '../detect/index.ts';
import type { StopLimits } from '../enforce/index.ts';
import type { ReadGateways, ReadInterfaces } from '../track/index.ts';
import type { StartWeb, WebSettings } from '../web/index.ts';
import type { Detection } from './detection.ts';
import type { LogTarget } from './log-target.ts';
import type { ServiceState } from './service-manager.ts';

export interface DaemonParts {
  readonly log: LogTarget;
  readonly socketPath: string;
  /** Take over the socket without asking who holds it. */
  readonly force: boolean;
  /** The commands that make the built-in jail for bans by hand; read when it is first needed. */
  readonly manualCommands: () => readonly SourcedCommand[];
  /** Where our own configuration is read from, also at a reload; absent when a client sends it. */
  readonly ownConfiguration?: OwnConfiguration;
  /** Run no action. */
  readonly observeOnly?: boolean;
  /** Told when a reload begins and ends, and when a stop begins. */
  readonly onState?: (state: ServiceState) => void;
  /** The page, where one is wanted. */
  readonly web?: WebSettings | undefined;
  /** How its process is started; a test has its page elsewhere. */
  readonly startWeb?: StartWeb;
  readonly createDetection: (parts: DetectionParts) => Detection;
  readonly clock?: Clock;
  /** How long a stop waits for commands; a test is in a hurry. */
  readonly stopLimits?: Partial<StopLimits>;
  /** This machine's network interfaces; a test gives its own. */
  readonly readInterfaces?: ReadInterfaces;
  /** The gateways of its routes, likewise. */
  readonly readGateways?: ReadGateways;
}

/** What detection is made with. */
export type DetectionParts = Pick<DetectionHostOptions, 'clock' | 'logger' | 'onBatch' | 'onEvent'>;
