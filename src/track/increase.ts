import type { Numeric } from '../base/index.ts';
import type { BanHistory } from './increment.ts';
import type { TrackSettings } from './types.ts';

/** Why a ban is to become longer than it begins. */
export interface Increase {
  readonly earlier: BanHistory;
  /** The new length in seconds, negative for ever. Throws `EXPRESSION_VALUE`: the ban then keeps the one that it has. */
  readonly lengthOf: () => Numeric;
}

/** Who was banned before is banned for longer; undefined for all others. A ban time of 0 or for ever stays what it is. */
export function increaseOf(
  { increment, banTimeSec }: TrackSettings,
  earlierBans: (overall: boolean) => BanHistory | undefined,
): Increase | undefined {
  if (increment === undefined || banTimeSec <= 0) return undefined;
  const earlier = earlierBans(increment.overallJails);
  if (earlier === undefined) return undefined;
  const { banCount } = earlier;
  const same = { value: banTimeSec, isFloat: false };
  return { earlier, lengthOf: () => (banCount > 0 ? increment.lengthOf(banTimeSec, banCount) : same) };
}
