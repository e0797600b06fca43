import { type IpNetwork, parseIp } from '../../base/index.ts';
import { addressOf } from '../ban-tags.ts';
import type { BanItem } from '../types.ts';
import type { Scope } from './scope.ts';

/** A banned address or network. */
export interface Member {
  readonly ip: IpNetwork;
  /** Seconds since the epoch; Infinity: for ever. */
  readonly endSec: number;
}

/** The banned addresses of one action, whose new flows are held. */
export interface Hold {
  /** Stands in the names of sets and chains. */
  readonly id: number;
  readonly jail: string;
  readonly scope: Scope;
  /** By the canonical address. */
  readonly members: ReadonlyMap<string, Member>;
}

/** Undefined for an id that is no address. */
export function memberOf(item: BanItem): Member | undefined {
  const ip = parseIp(addressOf(item));
  const { timeSec, banTimeSec } = item.ban;
  if (ip === undefined) return undefined;
  return { ip, endSec: banTimeSec < 0 ? Number.POSITIVE_INFINITY : timeSec + banTimeSec };
}

/** Seconds that are left, at most `longestSec`; 0 for ever, undefined when it is over. */
export function leftSec(member: Member, nowSec: number, longestSec: number): number | undefined {
  if (member.endSec === Number.POSITIVE_INFINITY) return 0;
  const left = Math.ceil(member.endSec - nowSec);
  return left <= 0 ? undefined : Math.min(left, longestSec);
}
