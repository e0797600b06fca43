import type { Clock } from '../../base/index.ts';
import type { Tools } from '../engines/index.ts';
import type { Hold } from './member.ts';
import { acceptRule, elementLines, mark, setOf, table, wholeTable } from './nft-rules.ts';
import type { KernelLimits, KernelPart, MemberChange } from './part.ts';
import type { VoicePorts } from './voices.ts';

interface Chain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook: string;
  readonly policy: string;
}

/** The rules of the tarpit by nft, in a table of their own, and one rule at the top of the chains of bans. */
export class NftPart implements KernelPart {
  readonly #tools: Tools;
  readonly #clock: Clock;
  readonly #limits: KernelLimits;
  readonly #sets = new Set<string>();
  /** Chains of bans that have our rule. */
  #marked: readonly Chain[] = [];

  constructor(tools: Tools, clock: Clock, limits: KernelLimits) {
    this.#tools = tools;
    this.#clock = clock;
    this.#limits = limits;
  }

  async rebuild(holds: readonly Hold[], ports: VoicePorts | undefined): Promise<string | undefined> {
    if (ports === undefined) return 'the tarpit does not run';
    const error = await this.#apply(wholeTable(holds, ports, this.#limits, this.#clock.nowSec()));
    this.#sets.clear();
    if (error !== undefined) return error;
    for (const hold of holds) for (const member of hold.members.values()) this.#sets.add(setOf(hold, member));
    return undefined;
  }

  change(hold: Hold, { add, renew, remove }: MemberChange): Promise<string | undefined> {
    const isSingle = (set: string): boolean => /_(?:32|128)$/.test(set);
    const fresh = add.map((member) => setOf(hold, member));
    if (fresh.some((set) => !isSingle(set) && !this.#sets.has(set)))
      return Promise.resolve('a set for networks of this length is missing');
    const nowSec = this.#clock.nowSec();
    const gone = [...renew, ...remove];
    return this.#apply(
      [
        // What is not there cannot be deleted, and the timeout of what is there cannot be changed.
        ...elementLines('add', hold, gone, undefined),
        ...elementLines('delete', hold, gone, undefined),
        ...elementLines('add', hold, [...add, ...renew], nowSec),
        '',
      ].join('\n'),
    );
  }

  async arrange(holds: readonly Hold[], ports: VoicePorts | undefined): Promise<boolean> {
    if (ports === undefined) return true;
    const own = await this.#tools.run('nft', ['-t', 'list', 'table', ...table.split(' ')]);
    if (!own.ok || !own.stdout.includes('chain catch')) return false;
    const names = new Set(holds.filter(({ scope }) => scope.input).map(({ scope }) => scope.table));
    const chains = (await this.#chains()).filter(
      (chain) => chain.hook === 'input' && [...names].some((name) => isOfBans(chain, name)),
    );
    const left = this.#marked.filter((chain) => !chains.some((other) => isSame(chain, other)));
    for (const chain of left) await this.#unmark(chain);
    for (const chain of chains) await this.#putFirst(chain, ports);
    this.#marked = chains;
    return true;
  }

  async clear(): Promise<void> {
    this.#sets.clear();
    for (const chain of await this.#chains()) if (chain.hook === 'input') await this.#unmark(chain);
    this.#marked = [];
    await this.#apply(`add table ${table}\ndelete table ${table}\n`);
  }

  async obstacles(): Promise<readonly string[]> {
    const chains = await this.#chains();
    return chains
      .filter(({ hook, policy }) => hook === 'input' && policy === 'drop')
      .map(({ family, table: name, name: chain }) => `${family} ${name} ${chain}`);
  }

  /** Our rule has to be the first of a chain, once, and with these ports. */
  async #putFirst(chain: Chain, ports: VoicePorts): Promise<void> {
    const rules = await this.#rules(chain);
    const marked = rules.filter(({ isOurs }) => isOurs);
    const wanted = new Set(Object.values(ports).map(String));
    const there = new Set(/\{([^}]*)\}/.exec(marked[0]?.text ?? '')?.[1]?.match(/\d+/g) ?? []);
    if (marked.length === 1 && rules[0]?.isOurs === true && wanted.symmetricDifference(there).size === 0)
      return;
    const place = `${chain.family} ${chain.table} ${chain.name}`;
    await this.#apply(
      [
        ...marked.map(({ handle }) => `delete rule ${place} handle ${handle}`),
        `insert rule ${place} ${acceptRule(ports)}`,
        '',
      ].join('\n'),
    );
  }

  async #unmark(chain: Chain): Promise<void> {
    const marked = (await this.#rules(chain)).filter(({ isOurs }) => isOurs);
    if (marked.length === 0) return;
    const place = `${chain.family} ${chain.table} ${chain.name}`;
    await this.#apply(marked.map(({ handle }) => `delete rule ${place} handle ${handle}\n`).join(''));
  }

  async #rules(chain: Chain): Promise<{ text: string; handle: string; isOurs: boolean }[]> {
    const result = await this.#tools.run('nft', [
      '-a',
      'list',
      'chain',
      chain.family,
      chain.table,
      chain.name,
    ]);
    return result.stdout.split('\n').flatMap((line) => {
      const match = /^\s*(.*) # handle (\d+)$/.exec(line);
      if (match === null || / \{$/.test(match[1] as string)) return [];
      const text = match[1] as string;
      return [{ text, handle: match[2] as string, isOurs: text.includes(`comment "${mark}"`) }];
    });
  }

  /** Chains that are hooked to the kernel. */
  async #chains(): Promise<Chain[]> {
    const result = await this.#tools.run('nft', ['-j', 'list', 'chains']);
    if (!result.ok) return [];
    const { nftables } = JSON.parse(result.stdout) as { nftables: { chain?: Record<string, unknown> }[] };
    return nftables.flatMap(({ chain }) =>
      chain?.hook === undefined
        ? []
        : [
            {
              family: String(chain.family),
              table: String(chain.table),
              name: String(chain.name),
              hook: String(chain.hook),
              policy: String(chain.policy ?? 'accept'),
            },
          ],
    );
  }

  async #apply(script: string): Promise<string | undefined> {
    if (script.trim() === '') return undefined;
    const result = await this.#tools.run('nft', ['-f', '-'], { input: script });
    return result.ok ? undefined : result.error;
  }
}

function isOfBans(chain: Chain, name: string): boolean {
  return chain.table === name || chain.table.startsWith(`${name}-`);
}

function isSame(a: Chain, b: Chain): boolean {
  return a.family === b.family && a.table === b.table && a.name === b.name;
}
