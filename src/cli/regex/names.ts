import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { parseIp } from '../../base/index.ts';
import type { NameLookup } from './out.ts';

const mostNames = 10_000;

/** Names of addresses as this machine's resolver knows them, and its own; each address is asked for once. */
export function machineNames(): NameLookup {
  const known = new Map<string, Promise<string | undefined>>();
  return {
    hostOf: (id) => {
      const found = known.get(id) ?? nameOf(id);
      if (known.size >= mostNames) known.clear();
      known.set(id, found);
      return found;
    },
    fullName: () =>
      new Promise((resolve) => {
        execFile('hostname', ['-f'], { timeout: 3000 }, (error, stdout) =>
          resolve(error === null ? stdout.trim() : hostname()),
        );
      }),
    shortName: () => hostname(),
  };
}

/** As Python's `gethostbyaddr`, /etc/hosts included. */
async function nameOf(id: string): Promise<string | undefined> {
  if (parseIp(id) === undefined || id.includes('/')) return undefined;
  try {
    // Loading it takes longer than many a log, and hardly anybody asks.
    const { promises: dns } = await import('node:dns');
    const found = await dns.lookupService(id, 0);
    // Without a name the address comes back.
    return parseIp(found.hostname) === undefined ? found.hostname : undefined;
  } catch {
    return undefined;
  }
}
