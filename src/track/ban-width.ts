import { contains, type IpNetwork, isSingle, parseIp, widen } from '../base/index.ts';
import type { TrackSettings } from './types.ts';

/** Where bans grow to networks and the jail does not say how wide: what one customer of a provider commonly has. */
const usualPrefix = { 4: 24, 6: 64 } as const;

/** Options of a jail for this, with the smallest and the largest value. No log line may shut out more than /8 or /16. */
const bounds = {
  banprefix4: [8, 32],
  banprefix6: [16, 128],
  'banprefix.escalate': [2, 1000],
} as const;

export type BanPrefixOption = keyof typeof bounds;

export function isBanPrefixOption(name: string): name is BanPrefixOption {
  return Object.hasOwn(bounds, name);
}

/** Why an option cannot have this value; undefined if it can. An escalation of 0 is none. */
export function banPrefixProblem(name: BanPrefixOption, value: number): string | undefined {
  const [least, most] = bounds[name];
  if ((value >= least && value <= most) || (name === 'banprefix.escalate' && value === 0)) return undefined;
  return `${name} must be from ${least} to ${most}${name === 'banprefix.escalate' ? ', or 0' : ''}`;
}

/** What a failure tells about who made it. */
export interface Source {
  readonly id: string;
  /** Captured fields; `ip4` or `ip6` is the address within a captured network. */
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * The id that a failure counts against, and is banned by: the address's network, as wide as the jail's prefix says. A
 * network that the log names is never wider than that. Where the network may not be banned as a whole, it is the address alone.
 *
 * @param mayBan whether a log line may ban this network.
 */
export function countedId(
  { id, fields }: Source,
  settings: TrackSettings,
  mayBan: (network: string) => boolean,
): string {
  if (settings.banPrefix4 === undefined && settings.banPrefix6 === undefined) return id;
  const ip = parseIp(id);
  const prefix = ip === undefined ? undefined : prefixOf(settings, ip.family);
  if (ip === undefined || prefix === undefined) return id;
  const inner = ip.prefix < prefix ? addressWithin(ip, fields) : ip;
  // With escalation addresses count one by one, and a network only once several of them were banned.
  if (settings.escalateAfter !== undefined && isSingle(ip)) return id;
  const network = widen(inner, prefix).text;
  return network === id || mayBan(network) ? network : inner.text;
}

/** The network that the ban of an address may escalate to; undefined where it may not. */
export function escalatedNetwork(id: string, settings: TrackSettings): string | undefined {
  const ip = parseIp(id);
  if (settings.escalateAfter === undefined || ip === undefined || !isSingle(ip)) return undefined;
  const network = widen(ip, prefixOf(settings, ip.family) ?? usualPrefix[ip.family]);
  return isSingle(network) ? undefined : network.text;
}

function prefixOf(settings: TrackSettings, family: 4 | 6): number | undefined {
  return family === 4 ? settings.banPrefix4 : settings.banPrefix6;
}

/** The address that the line named together with its network; the network's first where no field has it. */
function addressWithin(network: IpNetwork, fields: Source['fields']): IpNetwork {
  const named = parseIp((network.family === 4 ? fields.ip4 : fields.ip6) ?? '');
  if (named !== undefined && isSingle(named) && contains(network, named)) return named;
  return parseIp(network.text.slice(0, network.text.indexOf('/')))!;
}
