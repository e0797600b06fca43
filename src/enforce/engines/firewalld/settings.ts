import { condition, type IptablesFamily, type IptablesSettings, target } from '../iptables/settings.ts';
import { NotServed, nameWord, type Parameters, portWord, protocolWord } from '../parameters.ts';
import type { IpFamily } from '../wanted.ts';

/** What an action of firewalld's blocks: new connections to ports, everything, or what its `actiontype` says. */
export type FirewalldScope = 'ports' | 'all' | 'actiontype';

/**
 * The parameters of the actions that use firewalld's direct rules, which are rules of iptables in chains of firewalld's. Throws
 * `NotServed`.
 */
export function firewalldSettings(parameters: Parameters, scope: FirewalldScope): IptablesSettings {
  const name = parameters.plain('name', nameWord, 'default');
  const families = { 4: familyOf(parameters, scope, 4), 6: familyOf(parameters, scope, 6) };
  return {
    name,
    chain: `f2b-${name}`,
    systemChains: parameters.list('chain', nameWord, 'INPUT_direct'),
    returnTarget: 'RETURN',
    of: (family) => families[family],
  };
}

/** The parameters of the actions with rich rules. */
export interface RichSettings {
  readonly name: string;
  /** As firewalld writes them: `22`, `8000-8010`. */
  readonly ports: readonly string[];
  readonly protocol: string;
  /** What follows the port in a rule: `reject type="icmp-port-unreachable"`. */
  readonly suffix: (family: IpFamily) => string;
}

const richWords = /^[\w =/.:"-]+$/;

/** Reads the parameters of rich rules. Throws `NotServed`. */
export function richSettings(parameters: Parameters): RichSettings {
  const suffixes = { 4: suffixOf(parameters, 4), 6: suffixOf(parameters, 6) };
  return {
    name: parameters.plain('name', nameWord, 'default'),
    ports: parameters.list('port', portWord, '1:65535').map((port) => port.replace(':', '-')),
    protocol: parameters.plain('protocol', protocolWord, 'tcp'),
    suffix: (family) => suffixes[family],
  };
}

function suffixOf(parameters: Parameters, family: IpFamily): string {
  const usual = `reject type='icmp${family === 6 ? '6' : ''}-port-unreachable'`;
  const said = parameters.text('rich-suffix', family) || parameters.text('rich-blocktype', family) || usual;
  const words = said.replaceAll("'", '"').replaceAll(/\s+/g, ' ');
  if (!richWords.test(words))
    throw new NotServed(`rich-suffix = ${said.slice(0, 100)} is more than an engine reads`);
  return words;
}

function familyOf(parameters: Parameters, scope: FirewalldScope, family: IpFamily): IptablesFamily {
  const reject = `REJECT --reject-with icmp${family === 6 ? '6' : ''}-port-unreachable`;
  const program = family === 4 ? 'iptables' : 'ip6tables';
  return {
    tool: { program, waiting: ['-w'], restore: `${program}-restore` },
    target: oneLine('blocktype', parameters.plain('blocktype', target, reject, family)),
    matches: matchesOf(parameters, scope, family),
  };
}

function matchesOf(parameters: Parameters, scope: FirewalldScope, family: IpFamily): readonly string[] {
  if (scope === 'all') return [''];
  const protocols = parameters.list('protocol', protocolWord, 'tcp');
  const ports = parameters.list('port', portWord, '1:65535').join(',');
  const ofPorts = (protocol: string): string => `-p ${protocol} -m multiport --dports ${ports}`;
  if (scope === 'ports') {
    return protocols.map((protocol) => `-m conntrack --ctstate NEW ${ofPorts(protocol)}`);
  }
  const usual = ofPorts(protocols[0] ?? 'tcp');
  return [oneLine('actiontype', parameters.plain('actiontype', condition, usual, family))];
}

function oneLine(name: string, value: string): string {
  if (/[\r\n]/.test(value)) throw new NotServed(`${name} has more than one line`);
  return value;
}
