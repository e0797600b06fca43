import { type IpNetwork, isSingle } from '../../base/index.ts';
import { endFlows, type Tools } from '../engines/index.ts';
import type { PortRange } from './scope.ts';

/** Addresses whose flows are ended at a time; what a bigger wave has open meets the ban. */
const mostWaiting = 32;

/**
 * Ends what a newly banned address is connected to, where the tools for it are, and lets what the tarpit holds already alone.
 * Without the tools the packets of such connections meet the ban.
 */
export class FlowEnder {
  readonly #tools: Tools;
  readonly #heldPorts: () => readonly number[];
  #waiting = 0;

  constructor(tools: Tools, heldPorts: () => readonly number[]) {
    this.#tools = tools;
    this.#heldPorts = heldPorts;
  }

  async end(ip: IpNetwork, ports: readonly PortRange[] | 'all'): Promise<void> {
    if (!isSingle(ip) || this.#waiting >= mostWaiting) return;
    this.#waiting++;
    try {
      await endFlows(
        this.#tools,
        { address: ip.text, family: ip.family },
        { ports: ports === 'all' ? undefined : ports, spare: this.#heldPorts() },
      );
    } finally {
      this.#waiting--;
    }
  }
}
