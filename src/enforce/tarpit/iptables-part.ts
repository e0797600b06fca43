import type { Clock } from '../../base/index.ts';
import type { Tools } from '../engines/index.ts';
import {
  chainName,
  type IpFamily,
  kernelLayout,
  type Layout,
  memberChain,
  memberRules,
  redirectLayout,
  restoreScript,
  setCommands,
  setName,
} from './iptables-rules.ts';
import { type Hold, leftSec } from './member.ts';
import type { KernelLimits, KernelPart, MemberChange } from './part.ts';
import type { VoicePorts } from './voices.ts';

const programs = { 4: 'iptables', 6: 'ip6tables' } as const;
/** Where rules that lead to ours may be. */
const places: readonly (readonly [table: string, chain: string])[] = [
  ['nat', 'PREROUTING'],
  ['mangle', 'PREROUTING'],
  ['raw', 'PREROUTING'],
  ['filter', 'INPUT'],
  ['filter', 'OUTPUT'],
  ['filter', 'FORWARD'],
];
const longestSec = 2_147_483;

export interface IptablesPartParts {
  readonly tools: Tools;
  readonly clock: Clock;
  readonly limits: KernelLimits;
  /** `kernel`: the kernel has a tarpit of its own; `process`: flows are redirected to ours. */
  readonly means: 'kernel' | 'process';
}

/** The rules of the tarpit by iptables and ip6tables, with sets where ipset is installed. */
export class IptablesPart implements KernelPart {
  readonly #parts: IptablesPartParts;
  #layouts = new Map<IpFamily, Layout>();

  constructor(parts: IptablesPartParts) {
    this.#parts = parts;
  }

  async rebuild(holds: readonly Hold[], ports: VoicePorts | undefined): Promise<string | undefined> {
    const { means, clock } = this.#parts;
    if (means === 'process' && ports === undefined) return 'the tarpit does not run';
    this.#layouts.clear();
    if (this.#withSets) {
      const commands = holds.flatMap((hold) => setCommands(hold, clock.nowSec()));
      const error = await this.#ipset(commands);
      if (error !== undefined) return error;
    }
    for (const family of this.#families()) {
      const layout = this.#layout(holds, ports, family);
      const error = await this.#restore(family, restoreScript(layout, await this.#leading(family)));
      if (error !== undefined) return error;
      this.#layouts.set(family, layout);
    }
    await this.#destroySets(new Set(holds.flatMap((hold) => [setName(hold, 4), setName(hold, 6)])));
    return undefined;
  }

  async change(hold: Hold, { add, renew, remove }: MemberChange): Promise<string | undefined> {
    if (!this.#withSets) return this.#rewriteMembers(hold);
    const nowSec = this.#parts.clock.nowSec();
    const commands = remove.map(({ ip }) => `del ${setName(hold, ip.family)} ${ip.text}`);
    for (const member of [...add, ...renew]) {
      const seconds = leftSec(member, nowSec, longestSec);
      const { ip } = member;
      if (seconds !== undefined)
        commands.push(`add ${setName(hold, ip.family)} ${ip.text} timeout ${seconds}`);
    }
    return this.#ipset(commands);
  }

  async arrange(_holds: readonly Hold[], ports: VoicePorts | undefined): Promise<boolean> {
    if (this.#parts.means === 'process' && ports === undefined) return true;
    for (const [family, { jumps }] of this.#layouts) {
      for (const { table, chain, rule } of jumps) {
        const first = await this.#run(family, ['-t', table, '-S', chain, '1']);
        if (first.stdout.trim() === `-A ${chain} ${rule}`) continue;
        const there = await this.#run(family, ['-t', table, '-S', chain]);
        const mine = there.stdout.split('\n').filter((line) => leadsToUs(line));
        // A rule that is not there any more may be the only sign that our chains are gone as well.
        if (mine.length === 0) return false;
        const script = [
          `*${table}`,
          ...mine.map((line) => line.replace(/^-A /, '-D ')),
          `-I ${chain} 1 ${rule}`,
          'COMMIT',
          '',
        ];
        if ((await this.#restore(family, script.join('\n'))) !== undefined) return false;
      }
    }
    return true;
  }

  async clear(): Promise<void> {
    this.#layouts.clear();
    for (const family of this.#families()) {
      const leading = await this.#leading(family);
      for (const table of new Set(places.map(([name]) => name)))
        await this.#clearTable(family, table, leading);
    }
    await this.#destroySets(new Set());
  }

  async obstacles(): Promise<readonly string[]> {
    return [];
  }

  get #withSets(): boolean {
    return this.#parts.tools.has('ipset');
  }

  #families(): IpFamily[] {
    return ([4, 6] as const).filter((family) => this.#parts.tools.has(programs[family]));
  }

  #layout(holds: readonly Hold[], ports: VoicePorts | undefined, family: IpFamily): Layout {
    const choice = { withSets: this.#withSets, family };
    return ports === undefined || this.#parts.means === 'kernel'
      ? kernelLayout(holds, choice)
      : redirectLayout(holds, ports, this.#parts.limits, choice);
  }

  async #rewriteMembers(hold: Hold): Promise<string | undefined> {
    const [tables, target] =
      this.#parts.means === 'kernel' ? [['raw', 'filter'], `${chainName}-it`] : [['nat'], `${chainName}-to`];
    for (const family of this.#families()) {
      const chain = memberChain(hold);
      const rules = memberRules(hold, family, target).map((rule) => `-A ${chain} ${rule}`);
      const script = tables.flatMap((table) => [`*${table}`, `:${chain} - [0:0]`, ...rules, 'COMMIT']);
      const error = await this.#restore(family, `${script.join('\n')}\n`);
      if (error !== undefined) return error;
    }
    return undefined;
  }

  /** Rules that lead to our chains, by table. */
  async #leading(family: IpFamily): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>();
    for (const [table, chain] of places) {
      const { stdout } = await this.#run(family, ['-t', table, '-S', chain]);
      const mine = stdout.split('\n').filter((line) => leadsToUs(line));
      found.set(table, [...(found.get(table) ?? []), ...mine]);
    }
    return found;
  }

  async #clearTable(
    family: IpFamily,
    table: string,
    leading: ReadonlyMap<string, readonly string[]>,
  ): Promise<void> {
    const { stdout } = await this.#run(family, ['-t', table, '-S']);
    const chains = stdout
      .split('\n')
      .filter((line) => line.startsWith(`-N ${chainName}`))
      .map((line) => line.slice(3));
    if (chains.length === 0) return;
    const script = [
      `*${table}`,
      ...(leading.get(table) ?? []).map((line) => line.replace(/^-A /, '-D ')),
      ...chains.map((chain) => `-F ${chain}`),
      ...chains.map((chain) => `-X ${chain}`),
      'COMMIT',
      '',
    ];
    await this.#restore(family, script.join('\n'));
  }

  async #destroySets(kept: ReadonlySet<string>): Promise<void> {
    if (!this.#withSets) return;
    const { stdout } = await this.#parts.tools.run('ipset', ['list', '-name']);
    const old = stdout.split('\n').filter((name) => name.startsWith(`${chainName}-`) && !kept.has(name));
    await this.#ipset(old.map((name) => `destroy ${name}`));
  }

  async #ipset(commands: readonly string[]): Promise<string | undefined> {
    if (commands.length === 0) return undefined;
    const result = await this.#parts.tools.run('ipset', ['-exist', 'restore'], {
      input: `${commands.join('\n')}\n`,
    });
    return result.ok ? undefined : result.error;
  }

  async #restore(family: IpFamily, script: string): Promise<string | undefined> {
    const result = await this.#parts.tools.run(`${programs[family]}-restore`, ['-w', '--noflush'], {
      input: script,
    });
    return result.ok ? undefined : `${programs[family]}: ${result.error}`;
  }

  #run(family: IpFamily, args: readonly string[]): Promise<{ readonly stdout: string }> {
    return this.#parts.tools.run(programs[family], ['-w', ...args]);
  }
}

function leadsToUs(rule: string): boolean {
  return new RegExp(` -j ${chainName}(?:-[a-z0-9]+)?$`).test(rule);
}
