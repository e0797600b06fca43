import { type Hold, leftSec } from './member.ts';
import type { KernelLimits } from './part.ts';
import type { PortRange } from './scope.ts';
import { type VoicePorts, voices, wellKnownPorts } from './voices.ts';

export type IpFamily = 4 | 6;

/** All chains of ours are called so, or begin so. */
export const chainName = 'f2b-tarpit';

/** The longest timeout that ipset can take. */
const longestSec = 2_147_483;
/** The same at all times: a set that is there already cannot be made anew with another bound. */
const mostMembers = 1_048_576;
/** Without ipset an address is a rule of its own, and new flows look at one after the other. */
export const mostRules = 1000;
/** Ports in one match of the kernel; a range takes two places. */
const portPlaces = 15;

/** A rule in one of the kernel's chains that leads to ours, and has to be the first there. */
export interface Jump {
  readonly table: string;
  readonly chain: string;
  /** As `iptables -S` prints it, without `-A CHAIN`. */
  readonly rule: string;
}

/** What is put into the kernel for one family: chains of ours by table, with their rules. */
export interface Layout {
  readonly chains: ReadonlyMap<string, readonly (readonly [chain: string, rules: readonly string[]])[]>;
  readonly jumps: readonly Jump[];
}

/** How members of a hold are recognised: by a set of ipset, or by rules in a chain. */
export interface Choice {
  readonly withSets: boolean;
  readonly family: IpFamily;
}

export function setName(hold: Hold, family: IpFamily): string {
  return `${chainName}-${hold.id}-${family}`;
}

/** The built-in tarpit: new flows of members are redirected to the ports of the process. */
export function redirectLayout(
  holds: readonly Hold[],
  ports: VoicePorts,
  limits: KernelLimits,
  choice: Choice,
): Layout {
  const all = Object.values(ports).join(',');
  const nat: [string, readonly string[]][] = [
    [chainName, holds.flatMap((hold) => selections(hold, choice, `${chainName}-to`, '--syn '))],
    [`${chainName}-to`, redirections(ports, limits, choice.family)],
    ...memberChains(holds, choice, `${chainName}-to`),
  ];
  return {
    chains: new Map<string, readonly (readonly [string, readonly string[]])[]>([
      ['nat', nat],
      // Nobody comes to the ports of the tarpit but by being sent there.
      ['mangle', [[chainName, ['-m conntrack --ctstate NEW -m addrtype --dst-type LOCAL -j DROP']]]],
      [
        'filter',
        [
          [chainName, ['-m conntrack --ctstate DNAT -j ACCEPT', '-j DROP']],
          // A tarpit that is not there refuses nobody, and whom it closes is not told.
          [`${chainName}-out`, ['-p tcp --tcp-flags RST RST -j DROP']],
        ],
      ],
    ]),
    jumps: [
      { table: 'nat', chain: 'PREROUTING', rule: `-p tcp -j ${chainName}` },
      { table: 'mangle', chain: 'PREROUTING', rule: `-p tcp -m multiport --dports ${all} -j ${chainName}` },
      { table: 'filter', chain: 'INPUT', rule: `-p tcp -m multiport --dports ${all} -j ${chainName}` },
      { table: 'filter', chain: 'OUTPUT', rule: `-p tcp -m multiport --sports ${all} -j ${chainName}-out` },
    ],
  };
}

/**
 * The kernel's own tarpit (`xt_TARPIT`): it takes TCP only, in INPUT and FORWARD only, and its flows are not tracked, since each
 * would cost an entry for as long as it is held. Everything else of a member meets the ban.
 */
export function kernelLayout(holds: readonly Hold[], choice: Choice): Layout {
  const target = `${chainName}-it`;
  const hooked = (wanted: (hold: Hold) => boolean): readonly string[] =>
    holds.filter(wanted).flatMap((hold) => selections(hold, choice, target, '', false));
  return {
    chains: new Map<string, readonly (readonly [string, readonly string[]])[]>([
      [
        'raw',
        [
          [chainName, holds.flatMap((hold) => selections(hold, choice, target, ''))],
          [target, ['-j CT --notrack']],
          ...memberChains(holds, choice, target),
        ],
      ],
      [
        'filter',
        [
          [`${chainName}-in`, hooked(({ scope }) => scope.input)],
          [`${chainName}-fwd`, hooked(({ scope }) => scope.forward)],
          [target, ['-p tcp -j TARPIT', '-j DROP']],
          ...memberChains(holds, choice, target),
        ],
      ],
    ]),
    jumps: [
      { table: 'raw', chain: 'PREROUTING', rule: `-p tcp -j ${chainName}` },
      { table: 'filter', chain: 'INPUT', rule: `-p tcp -j ${chainName}-in` },
      { table: 'filter', chain: 'FORWARD', rule: `-p tcp -j ${chainName}-fwd` },
    ],
  };
}

/** The rules in the chain of a hold's members, where there is no set for them: the newest first. */
export function memberRules(hold: Hold, family: IpFamily, target: string): string[] {
  const own = [...hold.members.values()].filter(({ ip }) => ip.family === family);
  return own
    .slice(-mostRules)
    .reverse()
    .map(({ ip }) => `-s ${ip.text} -j ${target}`);
}

export function memberChain(hold: Hold): string {
  return `${chainName}-${hold.id}`;
}

/** Input of `ipset restore` that makes the sets of a hold anew, with its members. */
export function setCommands(hold: Hold, nowSec: number): string[] {
  const commands: string[] = [];
  for (const family of [4, 6] as const) {
    const name = setName(hold, family);
    commands.push(
      `create ${name} hash:net family ${family === 4 ? 'inet' : 'inet6'} maxelem ${mostMembers} timeout 0`,
      `flush ${name}`,
    );
  }
  for (const member of hold.members.values()) {
    const seconds = leftSec(member, nowSec, longestSec);
    if (seconds !== undefined)
      commands.push(`add ${setName(hold, member.ip.family)} ${member.ip.text} timeout ${seconds}`);
  }
  return commands;
}

/** The input of `iptables-restore --noflush` for a layout. `leading`: rules of ours that are there already, by table. */
export function restoreScript(layout: Layout, leading: ReadonlyMap<string, readonly string[]>): string {
  const lines: string[] = [];
  for (const [table, chains] of layout.chains) {
    lines.push(`*${table}`);
    // Naming a chain makes it, or empties it.
    for (const [chain] of chains) lines.push(`:${chain} - [0:0]`);
    for (const [chain, rules] of chains) for (const rule of rules) lines.push(`-A ${chain} ${rule}`);
    for (const rule of leading.get(table) ?? []) lines.push(rule.replace(/^-A /, '-D '));
    for (const jump of layout.jumps) if (jump.table === table) lines.push(`-I ${jump.chain} 1 ${jump.rule}`);
    lines.push('COMMIT');
  }
  return `${lines.join('\n')}\n`;
}

/** Rules that lead a hold's flows to a target: one, or as many as its port list needs. */
function selections(
  hold: Hold,
  { withSets, family }: Choice,
  target: string,
  flags: string,
  withPlace = true,
): string[] {
  const { input, forward } = hold.scope;
  const place = !withPlace || (input && forward) ? '' : `-m addrtype ${input ? '' : '! '}--dst-type LOCAL `;
  const [member, to] = withSets
    ? [`-m set --match-set ${setName(hold, family)} src `, target]
    : ['', memberChain(hold)];
  return portMatches(hold.scope.ports).map((ports) => `-p tcp ${flags}${ports}${place}${member}-j ${to}`);
}

function memberChains(
  holds: readonly Hold[],
  { withSets, family }: Choice,
  target: string,
): [string, string[]][] {
  return withSets ? [] : holds.map((hold) => [memberChain(hold), memberRules(hold, family, target)]);
}

/** Whoever is too much for the tarpit goes on to the ban. */
function redirections(ports: VoicePorts, limits: KernelLimits, family: IpFamily): string[] {
  const spoken = voices.filter((voice) => voice !== 'silence');
  const redirect = (match: string, port: number): string =>
    `-p tcp ${match}-m limit --limit ${limits.newPerSec}/sec --limit-burst ${limits.newAtOnce} -j REDIRECT --to-ports ${port}`;
  return [
    `-m connlimit --connlimit-above ${limits.mostPerSource} --connlimit-mask ${family === 4 ? 32 : 64} --connlimit-saddr -j RETURN`,
    ...spoken.map((voice) =>
      redirect(`-m multiport --dports ${wellKnownPorts[voice].join(',')} `, ports[voice]),
    ),
    redirect('', ports.silence),
  ];
}

function portMatches(ports: readonly PortRange[] | 'all'): string[] {
  if (ports === 'all') return [''];
  const matches: string[] = [];
  let list: string[] = [];
  let places = 0;
  const close = (): void => {
    if (list.length > 0) matches.push(`-m multiport --dports ${list.join(',')} `);
    list = [];
    places = 0;
  };
  for (const { first, last } of ports) {
    const needed = first === last ? 1 : 2;
    if (places + needed > portPlaces) close();
    list.push(first === last ? `${first}` : `${first}:${last}`);
    places += needed;
  }
  close();
  return matches;
}
