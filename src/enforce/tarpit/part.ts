import type { Hold, Member } from './member.ts';
import type { VoicePorts } from './voices.ts';

/** Changes to the members of one hold. */
export interface MemberChange {
  readonly add: readonly Member[];
  /** In force already, with another end. */
  readonly renew: readonly Member[];
  readonly remove: readonly Member[];
}

/** Bounds that the kernel keeps, so that the process never sees what is beyond. */
export interface KernelLimits {
  /** Connections of one source: an IPv4 address, or an IPv6 /64. */
  readonly mostPerSource: number;
  /** New connections in a second, of all sources together, and how many may come at once. */
  readonly newPerSec: number;
  readonly newAtOnce: number;
}

/**
 * The rules of the tarpit in the kernel, by one tool. They only ever take new flows of banned addresses aside: what they do
 * not take meets the ban itself, so nobody gets in by a fault of theirs. Methods are called one at a time, and resolve
 * to what went wrong, in the tool's words.
 */
export interface KernelPart {
  /** Makes everything anew in as few transactions as the tool allows. */
  rebuild(holds: readonly Hold[], ports: VoicePorts | undefined): Promise<string | undefined>;
  /** Undefined: done. An error: it has to be made anew. `hold.members` are those after the change. */
  change(hold: Hold, change: MemberChange): Promise<string | undefined>;
  /**
   * Puts the rules that accept held flows above those of the bans again. Resolves to false where something of ours is
   * missing, so that all has to be made anew.
   */
  arrange(holds: readonly Hold[], ports: VoicePorts | undefined): Promise<boolean>;
  /** Takes everything away. */
  clear(): Promise<void>;
  /** Chains of others that drop what reaches the tarpit, in words. */
  obstacles(): Promise<readonly string[]>;
}
