import type { DetectionStatus } from '../detect/index.ts';
import type { BanHold } from '../enforce/index.ts';
import type { Ban, FailureCount, IgnoreVerdict } from '../track/index.ts';
import type { JailSettings } from './jail-settings.ts';

/** What one jail knows of an id. */
export interface StateInJail {
  readonly settings: JailSettings;
  /** Its own ban, or that of a network around it. */
  readonly ban: Ban | undefined;
  readonly count: FailureCount | undefined;
  readonly verdict: IgnoreVerdict;
  /** The entry of `ignoreip` that spares it, where one does. */
  readonly ignoreEntry: string | undefined;
  /** How its logs and rules are; undefined where nothing is detected for it. */
  readonly detection: DetectionStatus | undefined;
  readonly holds: readonly BanHold[];
}
