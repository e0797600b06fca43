import { WarderError } from '../../base/index.ts';
import type { UseDns } from '../types.ts';

/**
 * fail2ban's tags within a regex: `<HOST>` and its family stand for addresses and names, `<F-NAME>…</F-NAME>` captures
 * a field, `<SKIPLINES>` steps over lines of a multi-line window.
 */

const octets = '\\d{1,3}(?:\\.\\d{1,3}){3}';
/** Parts of hexadecimal digits with one or two colons between; whether it is an address is checked after the match. */
const hexParts = '(?:[0-9A-Fa-f]{1,4}::?|::){1,7}(?:[0-9A-Fa-f]{1,4}|(?<=:):)';
/** Link-local addresses carry the name of the interface, which is of no use to a firewall. */
const zone = '(?:%[\\w.-]+)?';

const ip4 = `(?:::f{4,6}:)?(?P<ip4>${octets})`;
const ip6 = `(?P<ip6>${hexParts})${zone}`;
const dns = '(?P<dns>[\\w.^-]*\\w)';
const cidr = '(?P<cidr>\\d+)';
const address = `\\[?(?:${ip4}|${ip6})\\]?`;
const subnet = `\\[?(?:${ip4}|${ip6})(?:/${cidr})?\\]?`;
const host = `(?:${address}|${dns})`;

const fixedTags: Readonly<Record<string, string>> = {
  IP4: ip4,
  IP6: ip6,
  ADDR: address,
  CIDR: cidr,
  SUBNET: subnet,
  DNS: dns,
};

/** Forms that exist only as `<F-NAME/>`, with a text of their own. */
const closedTags: Readonly<Record<string, string>> = {
  ID: '(?P<fid>\\S+)',
  PORT: '(?P<fport>\\w+)',
  ...fixedTags,
};

/** Group name of a field: lower case, with `id` and `port` set apart from what actions call so. */
export function groupOfField(field: string): string {
  const name = field.toLowerCase();
  return name === 'id' || name === 'port' ? `f${name}` : name;
}

/**
 * Replaces the tags in a regex; anything else in angle brackets stays as it is. With `usedns = no`, `<HOST>` takes
 * addresses only, so that a host name is not even matched.
 */
export function expandTags(regex: string, useDns: UseDns): string {
  const opened = new Set<string>();
  let windows = 0;
  const expanded = regex.replace(
    /<(\/?)([\w-]+)(\/?)>/g,
    (tag, close: string, name: string, closed: string) => {
      if (close === '' && closed === '') {
        if (name === 'HOST') return useDns === 'no' ? address : host;
        if (name === 'SKIPLINES') return `\\n(?P<skiplines${windows++}>(?:(?:.*\\n)*?))`;
        const fixed = fixedTags[name];
        if (fixed !== undefined) return fixed;
      }
      const field = /^F-([A-Z0-9_-]+)$/.exec(name)?.[1];
      if (field === undefined) return tag;
      if (closed !== '') return close === '' ? (closedTags[field] ?? tag) : tag;
      if (close !== '') return opened.has(field) ? ')' : tag;
      opened.add(field);
      return `(?P<${groupOfField(field)}>`;
    },
  );
  if (expanded.trimStart() === '') throw new WarderError('DETECT_RULE', 'the regex is empty');
  return expanded;
}
