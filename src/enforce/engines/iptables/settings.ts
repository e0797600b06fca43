import { NotServed, nameWord, type Parameters, portWord, protocolWord } from '../parameters.ts';
import type { IpFamily } from '../wanted.ts';

/** The programs of one family. */
export interface IptablesTool {
  readonly program: string;
  /** `-w` and its kin, which `program` and `restore` understand alike. */
  readonly waiting: readonly string[];
  readonly restore: string;
}

/** The parameters of an iptables action for one family. */
export interface IptablesFamily {
  readonly tool: IptablesTool;
  /** What becomes of a packet: `REJECT --reject-with icmp-port-unreachable`. */
  readonly target: string;
  /** Conditions of the rules in the chains of the system, one for each protocol. */
  readonly matches: readonly string[];
}

/** The parameters of an iptables action. */
export interface IptablesSettings {
  readonly name: string;
  /** The chain of the action. */
  readonly chain: string;
  /** Chains of the system that lead to it. */
  readonly systemChains: readonly string[];
  readonly returnTarget: string;
  readonly of: (family: IpFamily) => IptablesFamily;
}

const program =
  /^((?:\/[\w./-]*\/)?ip6?tables(?:-legacy|-nft)?)((?: (?:-w|--wait|-W|--wait-interval)(?: ?\d+)?)*)$/;
/** A target with its options; nothing that begins another rule. */
export const target = /^[\w-]+(?:[ \t]+[\w\s,.:"/=-]+)?$/;
export const condition = /^(?:|[-!\w][\w\s,.:"/=!-]*)$/;

/** Reads the parameters. Throws `NotServed`. */
export function iptablesSettings(parameters: Parameters): IptablesSettings {
  const name = parameters.plain('name', nameWord, 'default');
  const families = { 4: familyOf(parameters, 4), 6: familyOf(parameters, 6) };
  return {
    name,
    chain: `f2b-${name}`,
    systemChains: parameters.list('chain', nameWord, 'INPUT'),
    returnTarget: parameters.plain('returntype', target, 'RETURN'),
    of: (family) => families[family],
  };
}

function familyOf(parameters: Parameters, family: IpFamily): IptablesFamily {
  const reject = `REJECT --reject-with icmp${family === 6 ? '6' : ''}-port-unreachable`;
  const verdict = parameters.plain('blocktype', target, reject, family);
  if (/[\r\n]/.test(verdict)) throw new NotServed('blocktype has more than one line');
  return { tool: toolOf(parameters, family), target: verdict, matches: matchesOf(parameters, family) };
}

function toolOf(parameters: Parameters, family: IpFamily): IptablesTool {
  const usual = family === 4 ? 'iptables -w' : 'ip6tables -w';
  const command = parameters.text('iptables', family) || usual;
  const words = program.exec(command.replaceAll(/\s+/g, ' '));
  if (words === null) throw new NotServed(`iptables = ${command.slice(0, 100)} is more than an engine reads`);
  const [, path = '', waiting = ''] = words;
  const variant = /(?:-legacy|-nft)$/.exec(path)?.[0] ?? '';
  const base = path.slice(0, path.length - variant.length);
  return {
    program: path,
    waiting: waiting.split(' ').filter((word) => word !== ''),
    restore: `${base}${variant}-restore`,
  };
}

function matchesOf(parameters: Parameters, family: IpFamily): readonly string[] {
  const type = parameters.plain('type', /^[\w-]+$/, 'oneport');
  const before = (parameters.text('pre-rule', family) ?? '').replaceAll('<sp>', ' ').trim();
  if (!condition.test(before) || /[\r\n]/.test(before))
    throw new NotServed('pre-rule is more than an engine reads');
  const ports = parameters.list('port', portWord, 'ssh').join(',');
  const portMatch = new Map([
    ['oneport', ` --dport ${ports}`],
    ['multiport', ` -m multiport --dports ${ports}`],
    ['allports', ''],
  ]).get(type);
  if (portMatch === undefined) throw new NotServed(`type = ${type} has a match of its own`);
  if (type === 'oneport' && ports.includes(',')) throw new NotServed('type = oneport has several ports');
  const first = before === '' ? '' : `${before} `;
  const protocols = parameters.list('protocol', protocolWord, 'tcp');
  return protocols.map((protocol) => `${first}-p ${protocol}${portMatch}`);
}
