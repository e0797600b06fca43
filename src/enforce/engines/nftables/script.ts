import type { IpFamily } from '../wanted.ts';
import type { NftSettings } from './settings.ts';
import type { NftTable } from './table.ts';

/** The sets of single addresses and those of networks are in tables apart, see `NftPart`. */
export type Kind = 'addresses' | 'networks';

/** One set with its rules: what holds the addresses, or the networks, of one family. */
export interface NftPart {
  readonly kind: Kind;
  readonly family: IpFamily;
  /**
   * Networks have a table of their own: before it adds one element the tool reads every interval set of the table, which
   * takes 0.2 s where there are 50,000.
   */
  readonly table: string;
  readonly set: string;
  readonly flags: readonly string[];
}

export function partOf(settings: NftSettings, kind: Kind, family: IpFamily): NftPart {
  return {
    kind,
    family,
    table: kind === 'networks' ? `${settings.table}-networks` : settings.table,
    set: settings.setName(family),
    flags: kind === 'networks' ? ['interval', 'timeout'] : ['timeout'],
  };
}

/** Commands that make the table and its chains where they are missing. */
export function tableCommands(settings: NftSettings, table: string): string[] {
  const { tableFamily, chains, chainType, priority } = settings;
  return [
    `add table ${tableFamily} ${table}`,
    ...chains.map(
      ({ name, hook }) =>
        `add chain ${tableFamily} ${table} ${name} { type ${chainType} hook ${hook} priority ${priority}; }`,
    ),
  ];
}

export function setCommand(settings: NftSettings, part: NftPart, size: number): string {
  const type = part.family === 4 ? 'ipv4_addr' : 'ipv6_addr';
  const flags = part.flags.join(',');
  return `add set ${settings.tableFamily} ${part.table} ${part.set} { type ${type}; flags ${flags}; size ${size}; }`;
}

export function ruleCommands(settings: NftSettings, part: NftPart): string[] {
  return settings.chains.flatMap(({ name }) =>
    settings
      .rules(part.family)
      .map((rule) => `add rule ${settings.tableFamily} ${part.table} ${name} ${rule}`),
  );
}

/** Commands that delete the rules of a part, as they are now. */
export function deleteRules(settings: NftSettings, part: NftPart, table: NftTable): string[] {
  return rulesOf(part, table).map(
    ({ chain, handle }) => `delete rule ${settings.tableFamily} ${part.table} ${chain} handle ${handle}`,
  );
}

/** Those that look into the set, and those for single addresses, which commands of ours once made. */
export function rulesOf(part: NftPart, table: NftTable): NftTable['rules'] {
  return table.rules.filter(
    ({ expression, comment }) => expression.includes(`"@${part.set}"`) || comment.startsWith(`${part.set} `),
  );
}

/** A command for many elements; nothing for none. */
export function elementCommand(
  verb: 'add' | 'delete',
  settings: NftSettings,
  part: NftPart,
  elements: readonly string[],
): string[] {
  if (elements.length === 0) return [];
  return [`${verb} element ${settings.tableFamily} ${part.table} ${part.set} { ${elements.join(', ')} }`];
}
