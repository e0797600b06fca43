import { contains, type IpNetwork, parseIp } from '../../../base/index.ts';
import type { Element } from '../wanted.ts';

/**
 * The networks that are in no other one. A set with intervals takes no two that overlap; networks either nest or are apart,
 * so these shut out the same addresses. Of the same length each is its own.
 */
export function outermost(elements: ReadonlyMap<string, Element>): Map<string, Element> {
  const networks: [IpNetwork, Element][] = [];
  for (const element of elements.values()) {
    const ip = parseIp(element.address);
    if (ip !== undefined) networks.push([ip, element]);
  }
  // Shorter prefixes first, so that whatever holds a network is known before it.
  networks.sort(([one], [other]) => one.prefix - other.prefix);
  const lengths = new Set(networks.map(([ip]) => ip.prefix));
  const result = new Map<string, Element>();
  const known = new Map<string, IpNetwork>();
  for (const [ip, element] of networks) {
    if (isCovered(ip, lengths, known)) continue;
    known.set(keyOf(ip.bytes, ip.prefix), ip);
    result.set(element.address, element);
  }
  return result;
}

function isCovered(
  ip: IpNetwork,
  lengths: ReadonlySet<number>,
  known: ReadonlyMap<string, IpNetwork>,
): boolean {
  for (const prefix of lengths) {
    if (prefix >= ip.prefix) continue;
    const outer = known.get(keyOf(ip.bytes, prefix));
    if (outer !== undefined && contains(outer, ip)) return true;
  }
  return false;
}

function keyOf(bytes: readonly number[], prefix: number): string {
  const masked = bytes.map(
    (byte, index) => byte & (0xff00 >> Math.min(Math.max(prefix - index * 8, 0), 8)) & 0xff,
  );
  return `${bytes.length}:${prefix}:${masked.join('.')}`;
}
