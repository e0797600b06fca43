import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { type Clock, type IpNetwork, isSingle, parseIp } from '../base/index.ts';
import { kernelGateways, type ReadGateways } from './gateways.ts';
import { NetworkSet } from './network-set.ts';

/** As `os.networkInterfaces`. */
export type ReadInterfaces = () => NodeJS.Dict<readonly Pick<NetworkInterfaceInfo, 'address'>[]>;

/** Interfaces are read again after this time, and only when somebody asks. */
const rereadSec = 60;

/** Addresses of this host that no interface lists: all of 127.0.0.0/8 is loopback, and "any" means here. */
const always = ['127.0.0.0/8', '::1', '0.0.0.0', '::'];

/** Every address of every interface of this host, and the gateways it needs. One for all jails. */
export class OwnAddresses {
  readonly #clock: Clock;
  readonly #read: ReadInterfaces;
  readonly #readGateways: ReadGateways;
  readonly #addresses = new NetworkSet();
  readonly #gateways = new NetworkSet();
  #text: string | undefined;
  #readAtSec = Number.NEGATIVE_INFINITY;
  #generation = 0;

  constructor(
    clock: Clock,
    read: ReadInterfaces = networkInterfaces,
    readGateways: ReadGateways = kernelGateways,
  ) {
    this.#clock = clock;
    this.#read = read;
    this.#readGateways = readGateways;
  }

  /** Changes whenever the addresses change, so that answers derived from them can be kept until then. */
  generation(): number {
    this.#refresh();
    return this.#generation;
  }

  /** Whether an address is one of ours, or a network holds one of ours or a gateway. */
  touches(ip: IpNetwork): boolean {
    this.#refresh();
    if (this.#addresses.holderOf(ip) !== undefined) return true;
    return !isSingle(ip) && (this.#addresses.hasWithin(ip) || this.#gateways.hasWithin(ip));
  }

  #refresh(): void {
    const nowSec = this.#clock.nowSec();
    const ageSec = nowSec - this.#readAtSec;
    // A negative age means that the clock was set back.
    if (ageSec >= 0 && ageSec < rereadSec) return;
    this.#readAtSec = nowSec;
    const texts = Object.values(this.#read()).flatMap((list) => (list ?? []).map(({ address }) => address));
    const gateways = this.#readGateways();
    const text = `${texts.sort().join(' ')} via ${gateways.join(' ')}`;
    if (text === this.#text) return;
    this.#text = text;
    fill(this.#addresses, [...always, ...texts]);
    fill(this.#gateways, gateways);
    this.#generation++;
  }
}

function fill(set: NetworkSet, texts: readonly string[]): void {
  set.clear();
  for (const ip of texts.map(parseIp)) if (ip !== undefined) set.add(ip);
}
