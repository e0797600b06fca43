import { readFileSync } from 'node:fs';
import type { ActionProperties } from '../action-properties.ts';
import { fillProperties } from '../tags.ts';

/** Ports from the first to the last, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Which new flows of banned addresses an action's ban concerns. */
export interface Scope {
  /** Whose rules hold them: those of the tool that the ban itself is made with. */
  readonly tool: 'nft' | 'iptables';
  readonly ports: readonly PortRange[] | 'all';
  /** Flows to this machine itself. */
  readonly input: boolean;
  /** Flows that it passes on, to other machines or containers. */
  readonly forward: boolean;
  /** nft: in tables of this name, and names that begin with it and a hyphen, are the rules of the ban. */
  readonly table: string;
}

/** The numbers of services by name, from /etc/services. */
export type ServicePorts = (name: string) => number | undefined;

/**
 * Reads what an action bans from its parameters. Undefined where there is nothing for a tarpit: it is not about TCP, or
 * none of its ports is known.
 */
export function scopeOf(
  name: string,
  properties: ActionProperties,
  services: ServicePorts,
): Scope | undefined {
  const text = (property: string, fallback: string): string => textOf(properties, property) || fallback;
  const protocols = words(text('protocol', 'tcp'));
  if (!protocols.some((word) => /^(?:tcp|all|any|6)$/i.test(word))) return undefined;
  const tool = properties.texts().properties.has('nftables') ? 'nft' : 'iptables';
  const isAllPorts =
    /allports/.test(name) ||
    text('type', '') === 'allports' ||
    text('port', '') === '' ||
    !namesPorts(properties);
  const ports = isAllPorts ? 'all' : rangesOf(words(text('port', '')), services);
  if (ports.length === 0) return undefined;
  const fallback = tool === 'nft' && /^forward$/i.test(text('chain_hook', 'input')) ? 'FORWARD' : 'INPUT';
  const chains = chainsOf(properties, fallback);
  const docker = chains.includes('DOCKER-USER');
  const forward = docker || chains.some((chain) => /forward/i.test(chain)) || fallback === 'FORWARD';
  // A published port of a container is one of this machine, until Docker's rules pass the flow on.
  const input = docker || chains.some((chain) => !/forward/i.test(chain));
  return { tool, ports, input, forward, table: text('table', 'f2b-table') };
}

/**
 * The chains of the ban. `<known/chain>`, which jail.conf passes on to mean the action's own, is filled into the commands
 * only, so they are looked at then.
 */
function chainsOf(properties: ActionProperties, fallback: string): readonly string[] {
  const named = textOf(properties, 'chain');
  if (named !== '' && !named.includes('<')) return words(named);
  const withoutFunctions = textOf(properties, 'actionstart').replace(/\w+\(\) \{[^}]*\}/g, '');
  const found = withoutFunctions.match(/\b(?:INPUT|FORWARD|DOCKER-USER)\b/g) ?? [];
  return found.length > 0 ? found : [fallback];
}

/** Names are looked up in the file when the first one is asked for. */
export function servicesFile(path = '/etc/services'): ServicePorts {
  let known: Map<string, number> | undefined;
  return (name) => {
    known ??= readServices(path);
    return known.get(name);
  };
}

/** The ranges of a port list; names that nobody knows are left out. */
export function rangesOf(list: readonly string[], services: ServicePorts): readonly PortRange[] {
  const ranges: PortRange[] = [];
  for (const word of list) {
    const match = /^(\w[\w.+]*(?:-[a-z][\w-]*)*)(?:[:-](\w[\w-]*))?$/.exec(word);
    const first = portOf(match?.[1], services);
    const last = match?.[2] === undefined ? first : portOf(match[2], services);
    if (first !== undefined && last !== undefined && first <= last) ranges.push({ first, last });
  }
  return ranges;
}

function portOf(word: string | undefined, services: ServicePorts): number | undefined {
  if (word === undefined) return undefined;
  const port = /^\d{1,5}$/.test(word) ? Number(word) : services(word);
  return port !== undefined && port >= 0 && port <= 65_535 ? port : undefined;
}

function readServices(path: string): Map<string, number> {
  const known = new Map<string, number>();
  try {
    for (const line of readFileSync(path, 'latin1').split('\n')) {
      const match = /^([\w.+-]+)\s+(\d+)\/tcp\s*([^#]*)/.exec(line);
      if (match === null) continue;
      for (const name of [match[1] as string, ...words(match[3] ?? '')])
        if (!known.has(name)) known.set(name, Number(match[2]));
    }
  } catch {
    // Without the file only numbers are known; the firewall's own tools need it as well.
  }
  return known;
}

/** An action that is an engine's has no commands that could tell; any other names its ports there. */
function namesPorts(properties: ActionProperties): boolean {
  const { properties: texts } = properties.texts();
  const commands = [...texts]
    .filter(([name, text]) => /^(?:action|rule|match|_)/.test(name) && text.trim() !== '')
    .map(([, text]) => text);
  return commands.length === 0 || commands.some((text) => /dport|<port>|port=| port /.test(text));
}

function textOf(properties: ActionProperties, name: string): string {
  const { properties: texts } = properties.texts();
  if (!texts.has(name)) return '';
  try {
    return fillProperties(name, texts, 'inet4').trim();
  } catch {
    return '';
  }
}

function words(list: string): string[] {
  return list.split(/[\s,]+/).filter((word) => word !== '');
}
