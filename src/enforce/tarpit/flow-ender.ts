import { type IpNetwork, isSingle } from '../../base/index.ts';
import type { Tools } from '../engines/index.ts';
import type { PortRange } from './scope.ts';

/** Addresses whose flows are ended at a time; what a bigger wave has open meets the ban. */
const mostWaiting = 32;
/** Port ranges that are named one by one. */
const mostRanges = 32;
const timeoutMs = 5000;

/**
 * Ends what a newly banned address is connected to, where the tools for it are: forgets the flow, so that its packets are
 * new ones, and closes our own socket. Without them its packets meet the ban.
 */
export class FlowEnder {
  readonly #tools: Tools;
  #waiting = 0;

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  async end(ip: IpNetwork, ports: readonly PortRange[] | 'all'): Promise<void> {
    if (!isSingle(ip) || this.#waiting >= mostWaiting) return;
    this.#waiting++;
    try {
      await this.#end(ip, ports === 'all' ? undefined : ports.slice(0, mostRanges));
    } finally {
      this.#waiting--;
    }
  }

  async #end({ text, family }: IpNetwork, ports: readonly PortRange[] | undefined): Promise<void> {
    const tools = this.#tools;
    if (tools.has('conntrack')) {
      const base = ['-D', '-f', family === 4 ? 'ipv4' : 'ipv6', '-p', 'tcp', '-s', text];
      // conntrack takes a port, no range.
      const single = ports?.filter(({ first, last }) => first === last);
      const calls =
        single === undefined ? [base] : single.map(({ first }) => [...base, '--dport', `${first}`]);
      for (const args of calls) await tools.run('conntrack', args, { timeoutMs });
    }
    if (!tools.has('ss')) return;
    const places = ports?.map(({ first, last }) =>
      first === last ? `sport = :${first}` : `( sport >= :${first} and sport <= :${last} )`,
    );
    const filter = places === undefined ? `dst ${text}` : `dst ${text} and ( ${places.join(' or ')} )`;
    await tools.run('ss', ['-K', '-H', '-n', '-t', filter], { timeoutMs });
  }
}
