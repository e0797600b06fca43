import type { Change, Engine, Failure, SyncResult, Watching } from '../engine.ts';
import type { Tools } from '../tools.ts';
import type { Element, Wanted } from '../wanted.ts';
import type { UfwSettings } from './settings.ts';
import { UfwRules } from './ufw-rules.ts';

/** A ufw that refuses so many in a row refuses the others too. */
const mostRefusals = 3;

/** Rules of ufw, one for each address, which it takes one after the other; it keeps them itself over a restart. */
export class UfwEngine implements Engine {
  readonly hasTimeouts = false;
  readonly endsFlows = true;
  readonly watching: Watching;
  readonly #rules: UfwRules;
  /** Addresses that have had their rule. */
  readonly #held = new Set<string>();

  constructor(settings: UfwSettings, tools: Tools) {
    this.#rules = new UfwRules(settings, tools);
    this.watching = {
      listens: false,
      concerns: () => false,
      glance: async (wanted) => (await this.#notInKernel(wanted.elements().values())).length > 0,
      alwaysGlance: true,
    };
  }

  async list(): Promise<readonly string[]> {
    const listed = await this.#rules.listed();
    return 'error' in listed ? [] : [...listed].filter(([, isOwn]) => isOwn).map(([address]) => address);
  }

  async sync(wanted: Wanted): Promise<SyncResult> {
    const listed = await this.#rules.listed();
    if ('error' in listed) return { failure: listed, missing: [] };
    const elements = wanted.elements();
    const absent = [...elements.values()].filter(({ address }) => !listed.has(address));
    const lost = absent.filter(({ address }) => this.#held.has(address)).length;
    const surplus = [...listed].filter(
      ([address, isOwn]) => (isOwn || this.#held.has(address)) && !elements.has(address),
    );
    for (const address of elements.keys()) if (listed.has(address)) this.#held.add(address);
    const missing = lost > 0 ? [`${lost} rules`] : [];
    const refused = await this.#apply(
      absent,
      surplus.map(([address]) => address),
    );
    const idle = await this.#bringIntoKernel(elements, missing);
    return { failure: refused ?? idle, missing };
  }

  async change({ add, replace, remove }: Change): Promise<Failure | undefined> {
    const fresh = [...add, ...replace.filter(({ address }) => !this.#held.has(address))];
    const failure = await this.#apply(
      fresh,
      remove.map(({ address }) => address),
    );
    if (failure !== undefined || fresh.length === 0) return failure;
    // A rule that ufw only noted down, since it is not active, blocks nobody.
    const idle = await this.#notInKernel(fresh);
    return idle.length > 0 ? { error: 'ufw did not put its rules into the kernel' } : undefined;
  }

  async flush(): Promise<Failure | undefined> {
    return this.#apply([], [...this.#held]);
  }

  stop(): Promise<Failure | undefined> {
    return this.flush();
  }

  renewals(): readonly string[] {
    return [];
  }

  async explain(): Promise<string | undefined> {
    return 'ufw lets connections go on that are open (kill-mode = ss or conntrack ends them with the ban)';
  }

  async #apply(add: readonly Element[], remove: readonly string[]): Promise<Failure | undefined> {
    let first: Failure | undefined;
    let refusals = 0;
    const steps = [
      ...remove.map((address) => async () => {
        const failure = await this.#rules.remove(address);
        if (failure === undefined) this.#held.delete(address);
        return failure;
      }),
      ...add.map((element) => async () => {
        if (!this.#rules.fits(element.family)) return undefined;
        const failure = await this.#rules.add(element);
        if (failure === undefined) this.#held.add(element.address);
        return failure;
      }),
    ];
    for (const step of steps) {
      const failure = await step();
      refusals = failure === undefined ? 0 : refusals + 1;
      first ??= failure;
      if (refusals >= mostRefusals) break;
    }
    return first;
  }

  async #bringIntoKernel(
    elements: ReadonlyMap<string, Element>,
    missing: string[],
  ): Promise<Failure | undefined> {
    const idle = await this.#notInKernel(elements.values());
    if (idle.length === 0) return undefined;
    const failure = await this.#rules.reload();
    if (failure !== undefined) return failure;
    missing.push(`${idle.length} rules of ufw in the kernel`);
    const left = await this.#notInKernel(elements.values());
    return left.length === 0
      ? undefined
      : { error: `ufw does not put ${left.length} of its rules into the kernel` };
  }

  async #notInKernel(elements: Iterable<Element>): Promise<Element[]> {
    const wanted = [...elements].filter(
      ({ family, address }) => this.#rules.fits(family) && this.#held.has(address),
    );
    if (wanted.length === 0) return [];
    const there = await this.#rules.inKernel();
    return wanted.filter(({ address }) => there?.has(address) !== true);
  }
}
