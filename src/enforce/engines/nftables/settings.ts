import { NotServed, nameWord, type Parameters, portWord, protocolWord } from '../parameters.ts';
import type { IpFamily } from '../wanted.ts';

/** A chain of ours, with the place in the kernel that it is hooked to. */
export interface NftChain {
  readonly name: string;
  readonly hook: string;
}

/** The parameters of an nftables action. */
export interface NftSettings {
  readonly program: string;
  readonly tableFamily: string;
  readonly table: string;
  readonly chains: readonly NftChain[];
  /** `filter hook … priority …` without the hook. */
  readonly chainType: string;
  readonly priority: string;
  readonly setName: (family: IpFamily) => string;
  /** The rules that look into a set, one for each protocol. */
  readonly rules: (family: IpFamily) => readonly string[];
  /** The most addresses that a set may take. */
  readonly mostElements: number;
}

const commandWord = /^(?:\/[\w./-]*\/)?nft$/;
/** A statement, or several; nothing that ends a rule or begins another. */
const statement = /^[A-Za-z][\w\s,:."/-]*$/;
/** More than this is an accident: half a million addresses take the kernel 100 MB. */
const defaultMostElements = 524_288;

/** Reads the parameters. Throws `NotServed`. */
export function nftSettings(parameters: Parameters): NftSettings {
  const tableFamily = parameters.plain('table_family', /^(?:inet|ip|ip6)$/, 'inet');
  if (tableFamily !== 'inet') throw new NotServed(`table_family is ${tableFamily}`);
  const hook = parameters.plain('chain_hook', /^[a-z]+$/, 'input');
  const chains = parameters.list('chain', nameWord, 'f2b-chain').map((chain) => chainOf(chain, hook));
  const setNames = {
    4: parameters.plain('addr_set', nameWord, 'addr-set-default', 4),
    6: parameters.plain('addr_set', nameWord, 'addr6-set-default', 6),
  };
  if (setNames[4] === setNames[6]) throw new NotServed('both families have one set');
  const rulesOf = { 4: rules(parameters, 4, setNames[4]), 6: rules(parameters, 6, setNames[6]) };
  return {
    program: parameters.plain('nftables', commandWord, 'nft'),
    tableFamily,
    table: parameters.plain('table', nameWord, 'f2b-table'),
    chains,
    chainType: parameters.plain('chain_type', /^(?:filter|nat|route)$/, 'filter'),
    priority: parameters.plain('chain_priority', /^(?:-?\d+|[a-z]+(?: [+-] \d+)?)$/, '-1'),
    setName: (family) => setNames[family],
    rules: (family) => rulesOf[family],
    mostElements: Number(parameters.plain('maxelem', /^\d{1,8}$/, String(defaultMostElements))),
  };
}

/** INPUT and FORWARD, as the iptables actions write them, stand for a chain of ours at that hook. */
function chainOf(chain: string, hook: string): NftChain {
  if (/^input$/i.test(chain)) return { name: 'f2b-chain', hook: 'input' };
  if (/^forward$/i.test(chain) || chain === 'DOCKER-USER')
    return { name: 'f2b-chain-forward', hook: 'forward' };
  return { name: chain, hook };
}

function rules(parameters: Parameters, family: IpFamily, set: string): readonly string[] {
  const type = parameters.plain('type', /^[\w-]+$/, 'multiport');
  const saddr = `${parameters.plain('addr_family', /^ip6?$/, family === 4 ? 'ip' : 'ip6', family)} saddr @${set}`;
  const verdict = parameters.plain('blocktype', statement, 'reject', family);
  if (/[\n\r]/.test(verdict)) throw new NotServed('blocktype has more than one line');
  const protocols = parameters.list('protocol', protocolWord, 'tcp');
  if (type === 'allports') {
    const match = protocols.some((word) => word === 'all' || word === 'any')
      ? ''
      : `meta l4proto { ${protocols.join(', ')} } `;
    return [`${match}${saddr} ${verdict}`];
  }
  if (type !== 'multiport') throw new NotServed(`type = ${type} has a match of its own`);
  const ports = parameters.list('port', portWord, 'ssh').map((port) => port.replace(':', '-'));
  return protocols.map((protocol) => `${protocol} dport { ${ports.join(', ')} } ${saddr} ${verdict}`);
}
