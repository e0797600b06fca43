import { type Hold, leftSec, type Member } from './member.ts';
import type { KernelLimits } from './part.ts';
import type { PortRange } from './scope.ts';
import { type VoicePorts, voices, wellKnownPorts } from './voices.ts';

/** The table of the tarpit. */
export const table = 'inet f2b-tarpit';
/** Marks the rules that we put into the chains of bans. */
export const mark = 'f2b-tarpit';

/** Elements in a line. */
const inLine = 1000;
/** A year: the kernel could count further, old tools cannot. */
const longestSec = 31_536_000;

/** A set for each family and prefix length: so sets need no intervals, which are slow and refuse overlaps. */
export function setName(hold: Hold, family: 4 | 6, prefix: number): string {
  return `h${hold.id}_v${family}_${prefix}`;
}

export function setOf(hold: Hold, { ip }: Member): string {
  return setName(hold, ip.family, ip.prefix);
}

/** Everything: the table, its chains, its sets and what is in them. Without ports nothing is redirected. */
export function wholeTable(
  holds: readonly Hold[],
  ports: VoicePorts,
  limits: KernelLimits,
  nowSec: number,
): string {
  const sets = new Map(holds.map((hold) => [hold, prefixesOf(hold)]));
  return [
    `add table ${table}`,
    `delete table ${table}`,
    `table ${table} {`,
    `set ports { type inet_service; elements = { ${Object.values(ports).join(', ')} }; }`,
    'set sources4 { type ipv4_addr; size 65535; flags dynamic; }',
    'set sources6 { type ipv6_addr; size 65535; flags dynamic; }',
    ...holds.flatMap((hold) => (sets.get(hold) ?? []).map((prefix) => setLine(hold, prefix))),
    ...chains(limits, ports),
    'chain catch {',
    'type nat hook prerouting priority -101; policy accept;',
    'tcp flags & (fin|syn|rst|ack) != syn return',
    ...holds.flatMap((hold) => (sets.get(hold) ?? []).map((prefix) => catchLine(hold, prefix))),
    '}',
    '}',
    ...holds.flatMap((hold) => elementLines('add', hold, [...hold.members.values()], nowSec)),
    '',
  ].join('\n');
}

/** Commands that add or delete elements. Those that are over already are left out of what is added. */
export function elementLines(
  verb: 'add' | 'delete',
  hold: Hold,
  members: readonly Member[],
  nowSec: number | undefined,
): string[] {
  const lines: string[] = [];
  for (const [set, group] of Map.groupBy(members, (member) => setOf(hold, member))) {
    const texts = group.flatMap((member) => elementText(member, nowSec));
    for (let at = 0; at < texts.length; at += inLine) {
      lines.push(`${verb} element ${table} ${set} { ${texts.slice(at, at + inLine).join(', ')} }`);
    }
  }
  return lines;
}

/** The rule that lets held flows through a chain of bans; packets go no further in it. */
export function acceptRule(ports: VoicePorts): string {
  return `tcp dport { ${Object.values(ports).join(', ')} } ct status dnat accept comment "${mark}"`;
}

/** Families and prefix lengths that a hold needs sets for; single addresses always. */
export function prefixesOf(hold: Hold): readonly (readonly [family: 4 | 6, prefix: number])[] {
  const found = new Map<string, readonly [4 | 6, number]>([
    ['4/32', [4, 32]],
    ['6/128', [6, 128]],
  ]);
  for (const { ip } of hold.members.values()) found.set(`${ip.family}/${ip.prefix}`, [ip.family, ip.prefix]);
  return [...found.values()];
}

function setLine(hold: Hold, [family, prefix]: readonly [4 | 6, number]): string {
  const size = Math.max(65_536, 2 * hold.members.size);
  return `set ${setName(hold, family, prefix)} { type ipv${family}_addr; size ${size}; flags timeout; }`;
}

/** The members of a hold on its ports, and where the ban is in force. */
function catchLine(hold: Hold, [family, prefix]: readonly [4 | 6, number]): string {
  const { ports, input, forward } = hold.scope;
  const source = family === 4 ? 'ip saddr' : 'ip6 saddr';
  const masked = prefix === (family === 4 ? 32 : 128) ? source : `${source} & ${maskText(family, prefix)}`;
  const place = input && forward ? '' : `fib daddr type ${input ? '' : '!= '}local `;
  const match = ports === 'all' ? '' : `tcp dport { ${portList(ports)} } `;
  return `${masked} @${setName(hold, family, prefix)} ${match}${place}jump hold`;
}

/** What is the same for all holds. */
function chains({ mostPerSource, newPerSec, newAtOnce }: KernelLimits, ports: VoicePorts): string[] {
  const spoken = voices.filter((voice) => voice !== 'silence');
  return [
    // Nobody comes to the ports of the tarpit but by being sent there.
    'chain direct {',
    'type filter hook prerouting priority -150; policy accept;',
    'tcp dport @ports ct state new fib daddr type local drop',
    '}',
    'chain entry {',
    'type filter hook input priority -2; policy accept;',
    'tcp dport @ports ct status & dnat == 0 drop',
    '}',
    // A tarpit that is not there refuses nobody, and whom it closes is not told.
    'chain answers {',
    'type filter hook output priority 0; policy accept;',
    'tcp sport @ports tcp flags & rst == rst drop',
    '}',
    // Whoever is too much for the tarpit goes on to the ban.
    'chain hold {',
    `add @sources4 { ip saddr ct count over ${mostPerSource} } return`,
    `add @sources6 { ip6 saddr & ${maskText(6, 64)} ct count over ${mostPerSource} } return`,
    `limit rate over ${newPerSec}/second burst ${newAtOnce} packets return`,
    ...spoken.map(
      (voice) => `tcp dport { ${wellKnownPorts[voice].join(', ')} } redirect to :${ports[voice]}`,
    ),
    `meta l4proto tcp redirect to :${ports.silence}`,
    '}',
  ];
}

function elementText(member: Member, nowSec: number | undefined): string[] {
  // A set holds the first address of a network, which the rule compares with the masked source.
  const address = member.ip.text.split('/')[0] as string;
  if (nowSec === undefined) return [address];
  const seconds = leftSec(member, nowSec, longestSec);
  if (seconds === undefined) return [];
  return [seconds === 0 ? address : `${address} timeout ${seconds}s`];
}

/** Overlapping ranges in a set are refused, so they are joined. */
function portList(ranges: readonly PortRange[]): string {
  const joined: { first: number; last: number }[] = [];
  for (const { first, last } of [...ranges].sort((a, b) => a.first - b.first)) {
    const before = joined.at(-1);
    if (before !== undefined && first <= before.last + 1) before.last = Math.max(before.last, last);
    else joined.push({ first, last });
  }
  return joined.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
}

function maskText(family: 4 | 6, prefix: number): string {
  const bits = family === 4 ? 8 : 16;
  const groups = Array.from({ length: family === 4 ? 4 : 8 }, (_, index) => {
    const ones = Math.min(Math.max(prefix - index * bits, 0), bits);
    return (2 ** bits - 2 ** (bits - ones)).toString(family === 4 ? 10 : 16);
  });
  return groups.join(family === 4 ? '.' : ':');
}
