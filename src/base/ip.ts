import ipaddr from 'ipaddr.js';

/** An address or network in canonical form. */
export interface IpNetwork {
  readonly family: 4 | 6;
  /** Address bytes, 4 or 16; the bits behind the prefix are zero. */
  readonly bytes: readonly number[];
  /** Prefix length; 32 or 128 for a single address. */
  readonly prefix: number;
  /** fail2ban's spelling: `192.0.2.1`, `192.0.2.0/24`, `2001:db8::1`, `2001:db8::/64`. */
  readonly text: string;
}

const strictV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const embeddedV4 = /^(.*:)([0-9.]*\.[0-9.]*)$/;
const prefixPattern = /^\d{1,3}$/;

/**
 * Reads an address or a network in CIDR or netmask notation. IPv6 may stand in brackets and carry a zone, which is
 * dropped; an IPv4-mapped IPv6 address becomes the IPv4 one. Returns undefined for everything else, host names and
 * octal, hexadecimal or shortened IPv4 included (only four plain decimal parts are an address).
 */
export function parseIp(text: string): IpNetwork | undefined {
  if (text.length > 100) return undefined;
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const bytes = parseAddress(address);
  if (bytes === undefined) return undefined;
  const mapped = isMapped(bytes);
  const plain = mapped ? bytes.slice(12) : bytes;
  const prefix =
    slash < 0 ? plain.length * 8 : parsePrefix(text.slice(slash + 1), bytes.length === 16 ? 6 : 4, mapped);
  return prefix === undefined ? undefined : makeNetwork(plain, prefix);
}

/** Widens an address to its network of the given prefix length (never narrows). */
export function widen(ip: IpNetwork, prefix: number): IpNetwork {
  return prefix >= ip.prefix ? ip : makeNetwork(ip.bytes, prefix);
}

/** Whether `inner` lies wholly within `outer`. */
export function contains(outer: IpNetwork, inner: IpNetwork): boolean {
  if (outer.family !== inner.family || inner.prefix < outer.prefix) return false;
  const masked = mask(inner.bytes, outer.prefix);
  return masked.every((byte, index) => byte === outer.bytes[index]);
}

/** Whether this is one address, not a network. */
export function isSingle(ip: IpNetwork): boolean {
  return ip.prefix === ip.bytes.length * 8;
}

function parseAddress(text: string): number[] | undefined {
  if (strictV4.test(text)) return text.split('.').map(Number);
  let bare = text;
  if (bare.startsWith('[')) {
    if (!bare.endsWith(']')) return undefined;
    bare = bare.slice(1, -1);
  }
  if (!bare.includes(':')) return undefined;
  const zone = bare.indexOf('%');
  if (zone >= 0) bare = bare.slice(0, zone);
  const plain = withoutEmbedded(bare);
  return plain !== undefined && ipaddr.IPv6.isValid(plain)
    ? ipaddr.IPv6.parse(plain).toByteArray()
    : undefined;
}

/** `::ffff:192.0.2.1` in hexadecimal throughout: the library takes `::192.0.2.1` for IPv4, and octal parts for decimal. */
function withoutEmbedded(text: string): string | undefined {
  const [, head, tail] = embeddedV4.exec(text) ?? [];
  if (head === undefined || tail === undefined) return text;
  if (!strictV4.test(tail)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = tail.split('.').map(Number);
  return `${head}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

function isMapped(bytes: readonly number[]): boolean {
  return (
    bytes.length === 16 &&
    bytes[10] === 255 &&
    bytes[11] === 255 &&
    bytes.slice(0, 10).every((byte) => byte === 0)
  );
}

function parsePrefix(text: string, family: 4 | 6, mapped: boolean): number | undefined {
  const bits = family === 4 ? 32 : 128;
  let prefix: number | undefined;
  if (prefixPattern.test(text)) prefix = Number(text);
  else {
    const maskBytes = parseAddress(text);
    if (maskBytes !== undefined && maskBytes.length * 8 === bits) prefix = prefixOfMask(maskBytes);
  }
  if (prefix === undefined || prefix > bits) return undefined;
  if (!mapped) return prefix;
  return prefix < 96 ? undefined : prefix - 96;
}

function prefixOfMask(bytes: readonly number[]): number | undefined {
  const bits = bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(bits) ? bits.replace(/0+$/, '').length : undefined;
}

function makeNetwork(bytes: readonly number[], prefix: number): IpNetwork {
  const masked = mask(bytes, prefix);
  const family = bytes.length === 4 ? 4 : 6;
  const address = family === 4 ? masked.join('.') : new ipaddr.IPv6(masked).toRFC5952String();
  return {
    family,
    bytes: masked,
    prefix,
    text: prefix === bytes.length * 8 ? address : `${address}/${prefix}`,
  };
}

function mask(bytes: readonly number[], prefix: number): number[] {
  return bytes.map((byte, index) => {
    const keep = Math.min(Math.max(prefix - index * 8, 0), 8);
    return byte & (0xff00 >> keep) & 0xff;
  });
}
