import { type IpNetwork, PythonTuple, parseIp, pythonRepr } from '../../base/index.ts';
import type { UseDns } from '../types.ts';
import { asked, type FieldValue, isSet, type MatchFields } from './fields.ts';

/** Who a failure is counted for. */
export interface Identity {
  /** Canonical address or network, host name, or any other text. */
  readonly id: string;
  /** `id` is a host name, to be resolved. */
  readonly unresolved: boolean;
  /** The address beside an id that is not one. */
  readonly ip?: string;
}

/** An address counts. Who only counts matches does not ask for its canonical form, which costs more than all the rest. */
class AddressIdentity implements Identity {
  readonly unresolved = false;
  readonly #text: string;
  readonly #cidr: FieldValue | undefined;
  readonly #memo: AddressMemo;

  constructor(text: string, cidr: FieldValue | undefined, memo: AddressMemo) {
    this.#text = text;
    this.#cidr = cidr;
    this.#memo = memo;
  }

  get id(): string {
    return addressOf(this.#text, this.#cidr, this.#memo);
  }
}

/** Widest networks that a log line may ask to count; a wider one counts as the single address that was written. */
const widestPrefix = { 4: 8, 6: 16 } as const;

/** Nobody can be counted: the rule's groups took no part in the match, or a name that may not be looked up. */
export type NoIdentity = 'none' | 'not-looked-up';

/** Attackers come again: so many of their addresses need not be read anew. */
const mostAddresses = 2000;

/** The canonical forms of addresses as logs spell them. */
export class AddressMemo {
  readonly #known = new Map<string, string | undefined>();

  /** The canonical form of a single address; undefined for a text that is none. */
  read(text: string): string | undefined {
    let canonical = this.#known.get(text);
    if (canonical !== undefined || this.#known.has(text)) return canonical;
    canonical = parseIp(text)?.text;
    if (this.#known.size >= mostAddresses) this.#known.clear();
    // The text of a line's part keeps the line, and those around it.
    this.#known.set(canonical === text ? canonical : text, canonical);
    return canonical;
  }
}

/**
 * Who is to be counted by the captured fields: the address if there is one, then a host name, then the id. An id that
 * differs from the address counts instead of it.
 *
 * A text where an address should be that is none (`999.1.1.1`) counts as a text, as fail2ban does it.
 */
export function identify(fields: MatchFields, useDns: UseDns, memo: AddressMemo): Identity | NoIdentity {
  const address = textOf(fields.ask(asked.ip4)) ?? textOf(fields.ask(asked.ip6));
  const id = fields.ask(asked.fid) ?? null;
  if (address !== undefined) {
    const cidr = fields.ask(asked.cidr);
    if (id === null || id === address) return new AddressIdentity(address, cidr, memo);
    return { id: idOf(id, useDns), unresolved: false, ip: addressOf(address, cidr, memo) };
  }
  const name = textOf(fields.ask(asked.dns));
  if (name !== undefined) return identifyName(name, id, useDns);
  return id === null ? 'none' : { id: idOf(id, useDns), unresolved: false };
}

function identifyName(name: string, id: FieldValue, useDns: UseDns): Identity | NoIdentity {
  if (useDns === 'raw') {
    if (id === null || id === name) return { id: name, unresolved: false };
    return { id: idOf(id, useDns), unresolved: false, ip: name };
  }
  const ip = parseIp(name);
  if (ip !== undefined) return { id: ip.text, unresolved: false };
  return useDns === 'no' ? 'not-looked-up' : { id: name, unresolved: true };
}

/** The address of an `ip4` or `ip6` group, widened to the network of a `cidr` group. */
function addressOf(text: string, cidr: FieldValue | undefined, memo: AddressMemo): string {
  if (!isSet(cidr)) return memo.read(text) ?? text;
  const single = parseIp(text);
  if (single === undefined) return text;
  // The prefix belongs to the notation: that of an IPv4-mapped address counts from the IPv6 side.
  const network = parseIp(`${text}/${cidr}`);
  return network === undefined ? single.text : notTooWide(network, single);
}

function notTooWide(network: IpNetwork, single: IpNetwork): string {
  return network.prefix < widestPrefix[network.family] ? single.text : network.text;
}

/** An id that may be anything: an address or network in canonical form, else the text without brackets around. */
function idOf(id: Exclude<FieldValue, null>, useDns: UseDns): string {
  if (typeof id !== 'string') return id instanceof PythonTuple ? pythonRepr(id) : [...id].join(', ');
  if (useDns === 'raw') return id;
  const bare = id.length > 2 && id.startsWith('[') && id.endsWith(']') ? id.slice(1, -1) : id;
  const network = parseIp(bare);
  const slash = bare.indexOf('/');
  if (slash < 0) return network?.text ?? bare;
  const single = parseIp(bare.slice(0, slash));
  if (network !== undefined) return notTooWide(network, single ?? network);
  // A length that no network has (`/33`): the address alone.
  return single !== undefined && /^\d+$/.test(bare.slice(slash + 1)) ? single.text : bare;
}

function textOf(value: FieldValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
