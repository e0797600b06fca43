import type { SeededRandom } from '../../test/support/random.ts';

/** How many attackers there are, and what part of them comes over IPv6. */
export interface Crowd {
  readonly attackers: number;
  readonly ipv6Part: number;
}

/** Different addresses of attackers: from 192.0.2.0/24 while it lasts, then from 10.0.0.0/8; IPv6 from 2001:db8::/32. */
export function attackerAddresses({ attackers, ipv6Part }: Crowd): readonly string[] {
  return Array.from({ length: attackers }, (_, index) => {
    const isIpv6 = Math.floor((index + 1) * ipv6Part) > Math.floor(index * ipv6Part);
    if (isIpv6) return ipv6Address(index);
    return index < 250 ? `192.0.2.${index + 1}` : tenAddress(index);
  });
}

/** Of 10.0.0.0/8: the same index gives the same address, another one another. */
export function tenAddress(index: number): string {
  return `10.${(index >>> 16) & 255}.${(index >>> 8) & 255}.${index & 255}`;
}

/** Of 2001:db8::/32: each index has a network of its own, since networks are what is banned there. */
export function ipv6Address(index: number): string {
  const network = `2001:db8:${hex(index >>> 16)}:${hex(index)}`;
  // Hosts choose the rest; some of it is compressed when it is written down.
  return index % 3 === 0 ? `${network}::${hex(index * 7 + 1)}` : `${network}:${rest(index)}`;
}

/** Somebody with every right to be here. */
export function guestAddress(random: SeededRandom): string {
  return `198.51.100.${random.integer(1, 254)}`;
}

export function ipv6GuestAddress(random: SeededRandom): string {
  return `2001:db8:ffff:${hex(random.integer(1, 200))}::${hex(random.integer(1, 9))}`;
}

function rest(index: number): string {
  return [0x5054, index * 40503 + 1, index * 7919 + 3, index * 31 + 5].map(hex).join(':');
}

function hex(value: number): string {
  return (value & 0xffff).toString(16);
}
