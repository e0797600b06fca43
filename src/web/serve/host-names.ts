import { isIP } from 'node:net';
import type { ListenAt } from '../protocol.ts';
import { isLoopback } from '../settings.ts';

/**
 * Decides under which names the page may be called. A foreign page can make a name of its own point here (DNS rebinding)
 * and would then be of the same origin; but it cannot choose an address as its name.
 */
export class HostNames {
  readonly #names: ReadonlySet<string>;
  readonly #takesAddresses: boolean;

  constructor({ host }: ListenAt, more: readonly string[]) {
    const loopback = isLoopback(host) ? ['localhost', '127.0.0.1', '::1'] : [];
    this.#names = new Set([host.toLowerCase(), ...loopback, ...more]);
    this.#takesAddresses = host === '0.0.0.0' || host === '::';
  }

  /** Whether a Host header names us; the port is free, since it is another one behind a tunnel. */
  knows(header: string | undefined): boolean {
    const name = nameOf(header);
    if (name === undefined) return false;
    return this.#names.has(name) || (this.#takesAddresses && isIP(name) !== 0);
  }
}

function nameOf(header: string | undefined): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]{1,253}))(?::\d{1,5})?$/i.exec(header ?? '');
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}
