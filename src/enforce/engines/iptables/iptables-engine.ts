import type { Clock, Logger } from '../../../base/index.ts';
import {
  type Change,
  changeOf,
  type DestroyEvent,
  type Engine,
  type Failure,
  type SyncResult,
  type Watching,
} from '../engine.ts';
import { IpSet } from '../ipset/sets.ts';
import type { Tools } from '../tools.ts';
import type { Element, IpFamily, Wanted } from '../wanted.ts';
import { BanChain } from './ban-chain.ts';
import { Chains } from './chains.ts';
import { sayDocker } from './docker.ts';
import { Jumps, leadFrom } from './jumps.ts';
import type { IptablesSettings } from './settings.ts';

export interface IptablesEngineParts {
  readonly jail: string;
  readonly settings: IptablesSettings;
  readonly tools: Tools;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Place {
  readonly family: IpFamily;
  readonly chains: Chains;
  readonly chain: BanChain;
  readonly jumps: Jumps;
  readonly set: IpSet;
  /** One rule that looks into `set`, in the place of one for each address. */
  usesSet: boolean;
  isMade: boolean;
  /** An earlier run left the chain. */
  isLeft: boolean;
}

const families: readonly IpFamily[] = [4, 6];
/** Each packet passes all rules, one after the other; above this a chain looks into a set. */
const mostRules = 1000;
const mostElements = 524_288;
const longestSetName = 31;

/** A chain with one rule for each address; every batch is one `iptables-restore`. */
export class IptablesEngine implements Engine {
  readonly hasTimeouts = false;
  readonly endsFlows = true;
  readonly watching: Watching;
  readonly #parts: IptablesEngineParts;
  readonly #places: readonly Place[];
  readonly #sayDocker: () => void;
  #saidSet = false;
  /** The tools are those that `nft monitor` tells of. */
  #isTold = false;

  constructor(parts: IptablesEngineParts) {
    this.#parts = parts;
    this.#sayDocker = sayDocker(parts.jail, parts.logger);
    this.#places = families.map((family) => this.#place(family));
    const usesSet = (): boolean => this.#places.some((place) => place.usesSet);
    const isTold = (): boolean => this.#isTold;
    this.watching = {
      listens: true,
      concerns: (event) => this.#concerns(event),
      glance: async () => !(await this.#looksComplete()),
      get alwaysGlance() {
        return usesSet() || !isTold();
      },
    };
  }

  async list(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const place of this.#places) {
      place.usesSet = (await place.chain.setName()) === place.set.name;
      const addresses = place.usesSet ? await place.set.list() : await place.chain.list();
      if ('error' in addresses) continue;
      place.isLeft = addresses.length > 0;
      found.push(...addresses);
    }
    return found;
  }

  async sync(wanted: Wanted): Promise<SyncResult> {
    const missing: string[] = [];
    for (const place of this.#places) {
      if (!place.isMade && !place.isLeft && wanted.count(place.family) === 0) continue;
      const failure = await this.#sync(place, wanted, missing);
      if (failure !== undefined) return { failure, missing };
    }
    return { missing };
  }

  async change(change: Change, wanted: Wanted): Promise<Failure | undefined> {
    for (const place of this.#places) {
      const { add, replace, remove } = changeOf(change, place.family);
      if (add.length + replace.length + remove.length === 0) continue;
      const isNew = !place.isMade && add.length + replace.length > 0;
      if (isNew || this.#outgrows(place, wanted)) {
        const failure = await this.#sync(place, wanted, []);
        if (failure !== undefined) return failure;
      } else if (place.isMade) {
        const failure = await this.#change(place, add, replace, remove);
        if (failure !== undefined) return failure;
      }
    }
    return undefined;
  }

  async flush(): Promise<Failure | undefined> {
    for (const { isMade, usesSet, set, chain, chains } of this.#places) {
      if (!isMade) continue;
      const rules = chain.size + 1;
      const failure = usesSet ? await set.flush() : await chains.run(chain.emptyCommands(), rules);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  async stop(): Promise<Failure | undefined> {
    let failure: Failure | undefined;
    for (const place of this.#places) {
      if (!place.isMade && !place.isLeft) continue;
      const { chain, jumps, chains, set } = place;
      place.isMade = false;
      place.isLeft = false;
      const { commands, deletes } = await jumps.removal();
      const rules = chain.size + 1;
      failure = (await chains.run([...commands, ...chain.removal()], deletes + rules)) ?? failure;
      if (place.usesSet) failure = (await set.destroy()) ?? failure;
      place.usesSet = false;
    }
    return failure;
  }

  renewals(): readonly string[] {
    return this.#places.flatMap(({ usesSet, set }) => (usesSet ? [...set.renewals()] : []));
  }

  async explain(element: Element): Promise<string | undefined> {
    const { matches } = this.#parts.settings.of(element.family);
    if (matches.every((match) => / NEW\b/.test(match))) {
      return 'the action blocks new connections only, and it was connected before';
    }
    return this.#places.find(({ family }) => family === element.family)?.jumps.accepting();
  }

  #place(family: IpFamily): Place {
    const { settings, tools, clock } = this.#parts;
    const chains = new Chains(tools, settings, family);
    const jump = `-j ${settings.chain}`;
    const name = family === 4 ? settings.chain : `${settings.chain}6`;
    return {
      family,
      chains,
      chain: new BanChain(chains, settings),
      jumps: new Jumps({
        chains,
        systemChains: settings.systemChains,
        rules: () => settings.of(family).matches.map((match) => `${match} ${jump}`),
        isOwn: (rule) => rule.endsWith(` ${jump}`),
        words: `the rule for ${settings.chain}`,
        onDocker: () => this.#sayDocker(),
      }),
      set: new IpSet({ name, family, tools, clock, mostElements }),
      usesSet: false,
      isMade: false,
      isLeft: false,
    };
  }

  /** Decides whether the chain is to look into a set from now on; it does not go back. */
  #outgrows(place: Place, wanted: Wanted): boolean {
    if (place.usesSet || wanted.count(place.family) <= mostRules) return false;
    return this.#parts.tools.has('ipset') && place.set.name.length <= longestSetName;
  }

  async #change(
    place: Place,
    add: readonly Element[],
    replace: readonly Element[],
    remove: readonly Element[],
  ): Promise<Failure | undefined> {
    const { set, chain, chains } = place;
    if (place.usesSet) {
      const gone = set.deleteCommands(remove.map(({ address }) => address));
      return set.run([...gone, ...set.addCommands([...add, ...replace])]);
    }
    return chains.run([...chain.insert(add), ...chain.remove(remove)], remove.length);
  }

  async #sync(place: Place, wanted: Wanted, missing: string[]): Promise<Failure | undefined> {
    const { chains, chain, jumps, set, isMade } = place;
    this.#isTold = await chains.isTold();
    if (this.#outgrows(place, wanted)) this.#switch(place);
    const elements = wanted.elements(place.family);
    if (place.usesSet) {
      const synced = await this.#syncSet(place, elements);
      if ('error' in synced) return synced;
      if (isMade) missing.push(...synced.missing);
    }
    const rules = place.usesSet ? await chain.planSet(set.name) : await chain.planRules(elements);
    if ('error' in rules) return rules;
    const leading = await jumps.plan();
    if ('error' in leading) return leading;
    const commands = [...rules.commands, ...leading.commands];
    const failure = await chains.run(commands, rules.deletes + leading.deletes);
    if (failure !== undefined) return failure;
    missing.push(...rules.missing, ...leading.missing);
    if (leading.commands.length > 0 || !isMade) await jumps.done();
    chain.done();
    place.isMade = true;
    return undefined;
  }

  async #syncSet(
    { set }: Place,
    elements: ReadonlyMap<string, Element>,
  ): Promise<Failure | { missing: string[] }> {
    if ((await set.state()) === 'other') {
      const failure = await set.destroy();
      if (failure !== undefined) return failure;
    }
    const synced = await set.sync(elements);
    if ('error' in synced) return synced;
    const missing = synced.isNew && synced.lost > 0 ? [`the set ${set.name}`] : [];
    return { missing: synced.lost > 0 ? [...missing, `${synced.lost} bans`] : missing };
  }

  #switch(place: Place): void {
    place.usesSet = true;
    if (this.#saidSet) return;
    this.#saidSet = true;
    const { jail, logger, settings } = this.#parts;
    const how = `there are more than ${mostRules} bans, so chain ${settings.chain} looks into the ipset ${place.set.name} from now on`;
    logger.log('NOTICE', 'fail2ban.actions', `[${jail}] ${how}`);
  }

  #concerns({ kind, family, table, name }: DestroyEvent): boolean {
    if (kind === 'unknown') return true;
    if (table !== 'filter') return false;
    const place = this.#places.find((one) => one.isMade && family === (one.family === 4 ? 'ip' : 'ip6'));
    if (place === undefined || kind === 'set' || kind === 'element') return false;
    if (kind === 'table') return true;
    const { chain, systemChains } = this.#parts.settings;
    if (name !== chain && !leadFrom(systemChains, name)) return false;
    return !(kind === 'rule' && place.chains.isOwnDelete());
  }

  async #looksComplete(): Promise<boolean> {
    for (const { isMade, usesSet, set, chain, jumps } of this.#places) {
      if (!isMade) continue;
      if (usesSet && !(await set.looksComplete())) return false;
      if (!(await chain.looksComplete(usesSet ? set.name : undefined))) return false;
      if (!(await jumps.areThere())) return false;
    }
    return true;
  }
}
