import type { Failure } from '../engine.ts';
import { type Chains, isFailure } from './chains.ts';

export interface JumpsParts {
  readonly chains: Chains;
  /** Chains of the system that the rules are in. */
  readonly systemChains: readonly string[];
  /** The rules without their chain, one for each protocol. */
  readonly rules: () => readonly string[];
  /** Whether a rule, as `-S` prints it, is one of them. */
  readonly isOwn: (rule: string) => boolean;
  /** What they are called in words. */
  readonly words: string;
  /** Docker's chain was found. */
  readonly onDocker: () => void;
}

/** Docker leads the traffic of containers past INPUT, and through this chain before any of its own. */
const dockerChain = 'DOCKER-USER';
const dockerised: ReadonlySet<string> = new Set(['INPUT', 'FORWARD']);
/** Rules of our other jails, which put theirs in front as well: two that insist would take the place from each other for ever. */
const ofOtherJails = /\bf2b-/;
/** firewalld's own chains within those of the system; where it works with nftables there are none. */
const direct = /_direct$/;

/** Whether rules that belong in these chains may be in this one. */
export function leadFrom(systemChains: readonly string[], chain: string): boolean {
  return systemChains.some((each) => each === chain || each.replace(direct, '') === chain);
}

/** The rules in the chains of the system that lead packets to where addresses are looked up. */
export class Jumps {
  readonly #parts: JumpsParts;
  /** For each chain the rules that stood below ours. */
  readonly #below = new Map<string, ReadonlySet<string>>();
  #made = false;

  constructor(parts: JumpsParts) {
    this.#parts = parts;
  }

  /**
   * Commands that put the rules where they belong; what is there already stays. `deletes` counts rules that go. The first
   * time all are made again, since they may be those of an older configuration.
   */
  async plan(): Promise<{ commands: string[]; deletes: number; missing: string[] } | Failure> {
    const plan = { commands: [] as string[], deletes: 0, missing: [] as string[] };
    for (const chain of await this.#chains()) {
      const misplaced = await this.#misplaced(chain);
      plan.commands.push(...misplaced);
      plan.deletes += misplaced.length;
      const rules = await this.#parts.chains.rules(chain);
      if (isFailure(rules)) return rules;
      if (rules === undefined && chain === dockerChain) continue;
      if (rules === undefined) return { error: `there is no chain ${chain}` };
      const own = rules.filter(this.#parts.isOwn);
      const wanted = this.#parts.rules();
      const moved = this.#wasMoved(chain, rules);
      if (this.#made && own.length === wanted.length && !moved) continue;
      if (this.#made && chain !== dockerChain) {
        plan.missing.push(
          moved && own.length > 0 ? `the place of ${this.#words(chain)}` : this.#words(chain),
        );
      }
      plan.commands.push(...own.map((rule) => rule.replace(/^-A/, '-D')));
      plan.commands.push(...wanted.toReversed().map((rule) => `-I ${chain} 1 ${rule}`));
      plan.deletes += own.length;
    }
    return plan;
  }

  /** What was planned is done: remembers what stands below. */
  async done(): Promise<void> {
    this.#made = true;
    for (const chain of await this.#chains()) {
      const rules = await this.#parts.chains.rules(chain);
      if (rules === undefined || isFailure(rules)) continue;
      const last = rules.findLastIndex(this.#parts.isOwn);
      const others = rules.slice(last + 1).filter((rule) => !ofOtherJails.test(rule));
      if (!this.#below.has(chain)) this.#below.set(chain, new Set(others));
    }
  }

  /** Commands that delete the rules. */
  async removal(): Promise<{ commands: string[]; deletes: number }> {
    const commands: string[] = [];
    const named = this.#parts.systemChains.flatMap((chain) => [chain, chain.replace(direct, '')]);
    for (const chain of new Set([...named, dockerChain])) {
      const rules = await this.#parts.chains.rules(chain);
      if (rules === undefined || isFailure(rules)) continue;
      commands.push(...rules.filter(this.#parts.isOwn).map((rule) => rule.replace(/^-A/, '-D')));
    }
    this.#made = false;
    this.#below.clear();
    return { commands, deletes: commands.length };
  }

  /** Whether as many rules are there as should be; `undefined` where this cannot be known. */
  async areThere(): Promise<boolean> {
    const plan = await this.plan();
    return !('error' in plan) && plan.commands.length === 0;
  }

  /** A rule that lets packets through before they come to ours. */
  async accepting(): Promise<string | undefined> {
    const places = (await this.#chains()).flatMap((chain) => {
      const own = { chain, isOwn: this.#parts.isOwn };
      const outer = {
        chain: chain.replace(direct, ''),
        isOwn: (rule: string) => rule.endsWith(` -j ${chain}`),
      };
      return direct.test(chain) ? [outer, own] : [own];
    });
    for (const { chain, isOwn } of places) {
      const rules = await this.#parts.chains.rules(chain);
      if (rules === undefined || isFailure(rules)) continue;
      const own = rules.findIndex(isOwn);
      const rule = rules.slice(0, Math.max(own, 0)).find((line) => / -j ACCEPT$/.test(line));
      if (rule === undefined) continue;
      const kind = /ESTABLISHED/.test(rule) ? 'lets connections go on that are open' : 'accepts';
      return `a rule above ours in ${chain} ${kind}: ${rule}`;
    }
    return undefined;
  }

  /** With Docker's chain, where there is one and ours are chains that its traffic passes by. */
  async #chains(): Promise<readonly string[]> {
    const { systemChains, chains, onDocker } = this.#parts;
    const found: string[] = [];
    for (const chain of systemChains) {
      const isAbsent = direct.test(chain) && (await chains.rules(chain)) === undefined;
      found.push(isAbsent ? chain.replace(direct, '') : chain);
    }
    if (found.includes(dockerChain) || !found.some((chain) => dockerised.has(chain.replace(direct, ''))))
      return found;
    const docker = await chains.rules(dockerChain);
    if (docker === undefined || isFailure(docker)) return found;
    onDocker();
    return [...found, dockerChain];
  }

  /** Commands that delete rules which had to be put beside a chain of firewalld's while it was not there. */
  async #misplaced(chain: string): Promise<string[]> {
    if (!direct.test(chain)) return [];
    const rules = await this.#parts.chains.rules(chain.replace(direct, ''));
    if (rules === undefined || isFailure(rules)) return [];
    return rules.filter(this.#parts.isOwn).map((rule) => rule.replace(/^-A/, '-D'));
  }

  #words(chain: string): string {
    return `${this.#parts.words} in ${chain}`;
  }

  /** A rule that stood below ours stands above them. One that is new there was put there by somebody who wants it. */
  #wasMoved(chain: string, rules: readonly string[]): boolean {
    const below = this.#below.get(chain);
    const first = rules.findIndex(this.#parts.isOwn);
    if (below === undefined || first < 0) return false;
    return rules.slice(0, first).some((rule) => below.has(rule) && !rules.slice(first).includes(rule));
  }
}
