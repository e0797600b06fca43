import type { Tools } from './tools.ts';
import type { Element } from './wanted.ts';

/** What is still open between a banned address and us. */
export interface Flow {
  readonly protocol: string;
  readonly port: string;
  /** It is passed on: to a container, or another machine. */
  readonly forwarded: boolean;
  readonly established: boolean;
}

const mostFlows = 1000;

/** The flows of an address that the kernel tracks; none where that cannot be known. */
export async function flowsOf(tools: Tools, { address, family }: Element): Promise<readonly Flow[]> {
  if (!tools.has('conntrack')) return [];
  const args = ['-L', '-f', family === 4 ? 'ipv4' : 'ipv6', '-s', address];
  const { stdout } = await tools.run('conntrack', args, { timeoutMs: 5000 });
  const lines = stdout.split('\n').slice(0, mostFlows);
  return lines.map(parseFlow).filter((flow) => flow !== undefined);
}

/** Reads a line of conntrack; undefined for one that is no flow. */
export function parseFlow(line: string): Flow | undefined {
  const protocol = /^(\w+)\s/.exec(line)?.[1];
  const [to, from] = [/ dst=(\S+)/.exec(line)?.[1], / src=\S+.* src=(\S+)/.exec(line)?.[1]];
  if (protocol === undefined || to === undefined || from === undefined) return undefined;
  return {
    protocol,
    port: / dport=(\d+)/.exec(line)?.[1] ?? '',
    forwarded: to !== from,
    established: /\b(?:ESTABLISHED|ASSURED)\b/.test(line),
  };
}

/** Ends the flows of an address, where this is allowed: forgets them, and closes our own sockets. Resolves to how many. */
export async function endFlows(tools: Tools, { address, family }: Element): Promise<number> {
  let ended = 0;
  if (tools.has('conntrack')) {
    const args = ['-D', '-f', family === 4 ? 'ipv4' : 'ipv6', '-s', address];
    const { stdout } = await tools.run('conntrack', args, { timeoutMs: 5000 });
    ended = stdout.split('\n').filter((line) => line.includes('src=')).length;
  }
  if (tools.has('ss')) {
    // What was received before the ban is read by nobody any more.
    const { stdout } = await tools.run('ss', ['-K', '-H', '-n', '-t', 'dst', address], { timeoutMs: 5000 });
    ended = Math.max(ended, stdout.split('\n').filter((line) => line.trim() !== '').length);
  }
  return ended;
}
