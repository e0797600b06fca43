import { parseIp } from '../../../base/index.ts';
import type { Failure } from '../engine.ts';
import type { Element } from '../wanted.ts';
import { type Chains, isFailure } from './chains.ts';
import type { IptablesSettings } from './settings.ts';

/** What brings the chain to what it should be. */
export interface ChainPlan {
  readonly commands: readonly string[];
  /** Rules that go by it. */
  readonly deletes: number;
  readonly missing: readonly string[];
}

const sourceRule = /^-A \S+ -s (\S+) -j /;

/** The chain `f2b-<name>` of one family, with a rule for each address, or one for a set. */
export class BanChain {
  readonly #chains: Chains;
  readonly #settings: IptablesSettings;
  readonly #held = new Set<string>();
  #made = false;

  constructor(chains: Chains, settings: IptablesSettings) {
    this.#chains = chains;
    this.#settings = settings;
  }

  /** Sources that have a rule; none where the chain is missing. */
  async list(): Promise<readonly string[]> {
    const rules = await this.#chains.rules(this.#settings.chain);
    return rules === undefined || isFailure(rules)
      ? []
      : rules.map(sourceOf).filter((one) => one !== undefined);
  }

  /** The set that the chain looks into, as an earlier run left it. */
  async setName(): Promise<string | undefined> {
    const rules = await this.#chains.rules(this.#settings.chain);
    if (rules === undefined || isFailure(rules)) return undefined;
    return rules.map((rule) => / --match-set (\S+) src /.exec(rule)?.[1]).find((name) => name !== undefined);
  }

  insert(elements: Iterable<Element>): string[] {
    return Array.from(elements, ({ address }) => {
      this.#held.add(address);
      return `-I ${this.#settings.chain} 1 ${this.#rule(address)}`;
    });
  }

  remove(elements: Iterable<Element>): string[] {
    return Array.from(elements, ({ address }) => {
      this.#held.delete(address);
      return `-D ${this.#settings.chain} ${this.#rule(address)}`;
    });
  }

  /** One rule for each address. */
  async planRules(elements: ReadonlyMap<string, Element>): Promise<ChainPlan | Failure> {
    const rules = await this.#chains.rules(this.#settings.chain);
    if (isFailure(rules)) return rules;
    const { chain, returnTarget } = this.#settings;
    const sources = (rules ?? []).map(sourceOf);
    const there = new Set(sources.filter((one) => one !== undefined));
    const absent = [...elements.values()].filter(({ address }) => !there.has(address));
    const missing = this.#lost(rules, absent.filter(({ address }) => this.#held.has(address)).length);
    const twice = sources.filter((one) => one !== undefined).length - there.size;
    if (this.#made && twice > 0) missing.push(`single rules in ${chain}, ${twice} were there twice`);
    const ends =
      rules?.at(-1) === `-A ${chain} -j ${returnTarget}` && sources.indexOf(undefined) === sources.length - 1;
    for (const address of elements.keys()) this.#held.add(address);
    for (const address of [...this.#held]) if (!elements.has(address)) this.#held.delete(address);
    if (this.#made && ends && twice === 0) {
      const surplus = (rules ?? []).filter((rule) => {
        const source = sourceOf(rule);
        return source !== undefined && !elements.has(source);
      });
      const commands = [...surplus.map((rule) => rule.replace(/^-A/, '-D')), ...this.insert(absent)];
      return { commands, deletes: surplus.length, missing };
    }
    // In one piece: what is in the chain goes and what belongs there comes in the same moment.
    const commands = [
      `:${chain} - [0:0]`,
      ...Array.from(elements.keys(), (address) => `-A ${chain} ${this.#rule(address)}`),
      `-A ${chain} -j ${returnTarget}`,
    ];
    return { commands, deletes: rules?.length ?? 0, missing };
  }

  /** One rule that looks into a set. */
  async planSet(set: string): Promise<ChainPlan | Failure> {
    const rules = await this.#chains.rules(this.#settings.chain);
    if (isFailure(rules)) return rules;
    const { chain, returnTarget } = this.#settings;
    const wanted = [`-m set --match-set ${set} src -j ${this.#target}`, `-j ${returnTarget}`];
    const isThere =
      rules?.length === 2 &&
      rules[0]?.includes(` --match-set ${set} src `) &&
      rules[1]?.endsWith(` ${wanted[1]}`);
    const missing = this.#lost(isThere ? rules : undefined, 0);
    this.#held.clear();
    if (isThere && this.#made) return { commands: [], deletes: 0, missing };
    const commands = [`:${chain} - [0:0]`, ...wanted.map((rule) => `-A ${chain} ${rule}`)];
    return { commands, deletes: rules?.length ?? 0, missing };
  }

  done(): void {
    this.#made = true;
  }

  /** Whether as many rules are there as should be. */
  async looksComplete(set: string | undefined): Promise<boolean> {
    const plan = await this.#chains.rules(this.#settings.chain);
    if (plan === undefined || isFailure(plan)) return false;
    return plan.length === (set === undefined ? this.#held.size + 1 : 2);
  }

  emptyCommands(): string[] {
    const { chain, returnTarget } = this.#settings;
    this.#held.clear();
    return [`:${chain} - [0:0]`, `-A ${chain} -j ${returnTarget}`];
  }

  removal(): string[] {
    const { chain } = this.#settings;
    this.#held.clear();
    this.#made = false;
    return [`:${chain} - [0:0]`, `-X ${chain}`];
  }

  get size(): number {
    return this.#held.size;
  }

  get #target(): string {
    return this.#settings.of(this.#chains.family).target;
  }

  #rule(address: string): string {
    return `-s ${address} -j ${this.#target}`;
  }

  #lost(rules: readonly string[] | undefined, bans: number): string[] {
    if (!this.#made) return [];
    return [
      ...(rules === undefined ? [`the chain ${this.#settings.chain}`] : []),
      ...(bans > 0 ? [`${bans} bans`] : []),
    ];
  }
}

function sourceOf(rule: string): string | undefined {
  const source = sourceRule.exec(rule)?.[1];
  return source === undefined ? undefined : parseIp(source)?.text;
}
