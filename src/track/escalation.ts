import { escalatedNetwork } from './ban-width.ts';
import type { Ban, TrackSettings } from './types.ts';

/** Networks that are watched at the same time; beyond that the one whose last ban is oldest is forgotten. */
const maxNetworks = 50_000;

/** A network of which so many addresses were banned that it is to be banned itself. */
export interface Escalated {
  readonly network: string;
  readonly addresses: number;
  /** Of all of them together. */
  readonly failures: number;
}

type Noted = Pick<Ban, 'timeSec' | 'failures'>;

/** Remembers which addresses of a network were banned within findtime. */
export class Escalation {
  /** Addresses by network, the networks in the order of their last bans. */
  readonly #networks = new Map<string, Map<string, Noted>>();

  /**
   * Notes a ban that the jail made by counting. Returns the network once enough of its addresses were banned; it is
   * counted anew then.
   */
  note(
    { id, timeSec, failures }: Pick<Ban, 'id' | 'timeSec' | 'failures'>,
    settings: TrackSettings,
  ): Escalated | undefined {
    const network = escalatedNetwork(id, settings);
    if (network === undefined) return undefined;
    const limitSec = timeSec - settings.findTimeSec;
    const addresses = this.#networks.get(network) ?? new Map<string, Noted>();
    for (const [address, noted] of addresses) if (noted.timeSec <= limitSec) addresses.delete(address);
    addresses.set(id, { timeSec, failures });
    this.#networks.delete(network);
    if (addresses.size < settings.escalateAfter!) {
      this.#networks.set(network, addresses);
      this.#sweep(limitSec);
      return undefined;
    }
    const all = [...addresses.values()].reduce((sum, noted) => sum + noted.failures, 0);
    return { network, addresses: addresses.size, failures: all };
  }

  /** An administrator let an address in again. */
  forget(id: string, settings: TrackSettings): void {
    const network = escalatedNetwork(id, settings);
    if (network !== undefined) this.#networks.get(network)?.delete(id);
  }

  forgetAll(): void {
    this.#networks.clear();
  }

  /** Takes out what is older than findtime, from the oldest on. */
  #sweep(limitSec: number): void {
    for (const [network, addresses] of this.#networks) {
      const isOver = [...addresses.values()].every((noted) => noted.timeSec <= limitSec);
      if (!isOver && this.#networks.size <= maxNetworks) return;
      this.#networks.delete(network);
    }
  }
}
