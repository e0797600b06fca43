import type { Tools } from './tools.ts';
import type { Element } from './wanted.ts';

/** What is still open between a banned address and us. */
export interface Flow {
  readonly protocol: string;
  /** The banned end, an address of a network that is banned. */
  readonly source: string;
  readonly sourcePort: string;
  readonly destination: string;
  readonly port: string;
  /** The port of ours that answers: another one where the flow was redirected. */
  readonly answeringPort: string;
  /** It is passed on: to a container, or another machine. */
  readonly forwarded: boolean;
  readonly established: boolean;
}

/** Which flows of an address are ended. */
export interface FlowChoice {
  /** To these TCP ports; absent: of all protocols, to all. */
  readonly ports?: readonly { readonly first: number; readonly last: number }[] | undefined;
  /** Ports of our own whose connections go on: those in which the tarpit holds somebody. */
  readonly spare: readonly number[];
}

type FlowsOwner = Pick<Element, 'address' | 'family'>;

const mostFlows = 1000;
/** Flows that are ended one by one. */
const mostSingle = 200;
/** Port ranges that are named one by one. */
const mostRanges = 32;
const timeoutMs = 5000;

/** The flows of an address that the kernel tracks; none where that cannot be known. */
export async function flowsOf(tools: Tools, { address, family }: FlowsOwner): Promise<readonly Flow[]> {
  if (!tools.has('conntrack')) return [];
  const { stdout } = await tools.run('conntrack', ['-L', ...tracked(family, address)], { timeoutMs });
  const lines = stdout.split('\n').slice(0, mostFlows);
  return lines.map(parseFlow).filter((flow) => flow !== undefined);
}

/** Reads a line of conntrack; undefined for one that is no flow. */
export function parseFlow(line: string): Flow | undefined {
  const protocol = /^(\w+)\s/.exec(line)?.[1];
  const [source, answerer] = valuesOf(line, 'src');
  const [destination] = valuesOf(line, 'dst');
  if (protocol === undefined || source === undefined || answerer === undefined || destination === undefined) {
    return undefined;
  }
  const [sourcePort = '', answeringPort = ''] = valuesOf(line, 'sport');
  return {
    protocol,
    source,
    sourcePort,
    destination,
    port: valuesOf(line, 'dport')[0] ?? '',
    answeringPort,
    forwarded: destination !== answerer,
    established: /\b(?:ESTABLISHED|ASSURED)\b/.test(line),
  };
}

/**
 * Ends the flows of an address, where this is allowed: the kernel forgets them, so that their packets are new ones and meet
 * the ban, and our own sockets are closed. Resolves to how many; 0 where neither conntrack nor ss is installed.
 */
export async function endFlows(tools: Tools, owner: FlowsOwner, choice: FlowChoice): Promise<number> {
  if (choice.ports?.length === 0) return 0;
  // What was received before the ban is read by nobody any more.
  return Math.max(await forgetFlows(tools, owner, choice), await closeSockets(tools, owner, choice));
}

async function forgetFlows(tools: Tools, owner: FlowsOwner, choice: FlowChoice): Promise<number> {
  if (!tools.has('conntrack')) return 0;
  const { address, family } = owner;
  const flows = await flowsOf(tools, owner);
  const ending = flows.filter((flow) => isChosen(flow, choice));
  if (ending.length === 0) return 0;
  if (ending.length === flows.length && flows.length < mostFlows) {
    await tools.run('conntrack', ['-D', ...tracked(family, address)], { timeoutMs });
    return ending.length;
  }
  for (const flow of ending.slice(0, mostSingle)) {
    const ports = flow.port === '' ? [] : ['--sport', flow.sourcePort, '--dport', flow.port];
    const args = ['-D', ...tracked(family, flow.source), '-d', flow.destination, '-p', flow.protocol];
    await tools.run('conntrack', [...args, ...ports], { timeoutMs });
  }
  return Math.min(ending.length, mostSingle);
}

async function closeSockets(tools: Tools, owner: FlowsOwner, { ports, spare }: FlowChoice): Promise<number> {
  if (!tools.has('ss')) return 0;
  const places = ports
    ?.slice(0, mostRanges)
    .map(({ first, last }) =>
      first === last ? `sport = :${first}` : `( sport >= :${first} and sport <= :${last} )`,
    );
  const filter = [
    `dst ${inBrackets(owner)}`,
    ...spare.map((port) => `sport != :${port}`),
    ...(places === undefined ? [] : [`( ${places.join(' or ')} )`]),
  ].join(' and ');
  const { stdout } = await tools.run('ss', ['-K', '-H', '-n', '-t', filter], { timeoutMs });
  return stdout.split('\n').filter((line) => line.trim() !== '').length;
}

function isChosen({ protocol, port, answeringPort }: Flow, { ports, spare }: FlowChoice): boolean {
  if (protocol === 'tcp' && spare.includes(Number(answeringPort))) return false;
  if (ports === undefined) return true;
  const number = Number(port);
  return protocol === 'tcp' && ports.some(({ first, last }) => first <= number && number <= last);
}

/** ss takes the colons of an address without brackets for that of a port. */
function inBrackets({ address, family }: FlowsOwner): string {
  return family === 4 ? address : `[${address}]`;
}

function tracked(family: FlowsOwner['family'], address: string): string[] {
  return ['-f', family === 4 ? 'ipv4' : 'ipv6', '-s', address];
}

/** What stands behind a name in a line of conntrack: first of the flow, then of its answers. */
function valuesOf(line: string, name: string): string[] {
  return Array.from(line.matchAll(new RegExp(` ${name}=(\\S+)`, 'g')), ([, value = '']) => value);
}
