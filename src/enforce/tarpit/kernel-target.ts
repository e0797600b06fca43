import type { Tools } from '../engines/index.ts';

const probeChain = 'f2b-tarpit-probe';

/**
 * Whether this kernel and this iptables have the target TARPIT. Tried in a chain that nothing leads to, which is taken away
 * again: no packet ever meets it.
 */
export async function kernelHasTarpit(tools: Tools): Promise<boolean> {
  const run = (...args: string[]): Promise<{ readonly ok: boolean }> =>
    tools.run('iptables', ['-w', ...args]);
  if (!tools.has('iptables')) return false;
  await run('-N', probeChain);
  const { ok } = await run('-A', probeChain, '-p', 'tcp', '-j', 'TARPIT');
  await run('-F', probeChain);
  await run('-X', probeChain);
  return ok;
}
