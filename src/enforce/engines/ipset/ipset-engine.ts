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
import { Chains } from '../iptables/chains.ts';
import { sayDocker } from '../iptables/docker.ts';
import { Jumps, leadFrom } from '../iptables/jumps.ts';
import type { IptablesSettings } from '../iptables/settings.ts';
import { NotServed, nameWord, type Parameters } from '../parameters.ts';
import type { Tools } from '../tools.ts';
import type { Element, IpFamily, Wanted } from '../wanted.ts';
import { IpSet } from './sets.ts';

export interface IpsetEngineParts {
  readonly jail: string;
  readonly settings: IptablesSettings;
  readonly sets: IpsetSettings;
  readonly tools: Tools;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface IpsetSettings {
  readonly name: (family: IpFamily) => string;
  readonly mostElements: number;
}

/** The kernel takes no longer name of a set. */
const longestName = 31;
/** Half a million addresses. */
const usualMostElements = '524288';
const families: readonly IpFamily[] = [4, 6];

/** Reads the parameters of an ipset action. Throws `NotServed`. */
export function ipsetSettings(parameters: Parameters): IpsetSettings {
  const names = {
    4: parameters.plain('ipmset', nameWord, 'f2b-default', 4),
    6: parameters.plain('ipmset', nameWord, 'f2b-default6', 6),
  };
  if (names[4] === names[6]) throw new NotServed('both families have one set');
  for (const name of Object.values(names)) {
    if (name.length > longestName)
      throw new NotServed(`the name of the set ${name} is longer than ${longestName}`);
  }
  return {
    name: (family) => names[family],
    mostElements: Number(parameters.plain('maxelem', /^[1-9]\d{0,8}$/, usualMostElements)),
  };
}

/** What is in place for one family. */
interface Place {
  readonly family: IpFamily;
  readonly chains: Chains;
  readonly jumps: Jumps;
  readonly set: IpSet;
  isMade: boolean;
}

/** A set for each family with a rule that looks into it; every batch is one `ipset restore`. */
export class IpsetEngine implements Engine {
  readonly hasTimeouts = true;
  readonly endsFlows = true;
  readonly watching: Watching;
  readonly #parts: IpsetEngineParts;
  readonly #places: readonly Place[];
  readonly #sayDocker: () => void;

  constructor(parts: IpsetEngineParts) {
    this.#parts = parts;
    this.#sayDocker = sayDocker(parts.jail, parts.logger);
    this.#places = families.map((family) => this.#place(family));
    this.watching = {
      listens: true,
      concerns: (event) => this.#concerns(event),
      glance: async () => !(await this.#looksComplete()),
      // Nobody tells of changes in a set.
      alwaysGlance: true,
    };
  }

  async list(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const { set } of this.#places) {
      const elements = await set.list();
      if (!('error' in elements)) found.push(...elements);
    }
    return found;
  }

  async sync(wanted: Wanted): Promise<SyncResult> {
    const missing: string[] = [];
    for (const place of this.#places) {
      if (!place.isMade && wanted.count(place.family) === 0) continue;
      const failure = await this.#sync(place, wanted.elements(place.family), missing);
      if (failure !== undefined) return { failure, missing };
    }
    return { missing };
  }

  async change(change: Change, wanted: Wanted): Promise<Failure | undefined> {
    for (const place of this.#places) {
      const { add, replace, remove } = changeOf(change, place.family);
      if (!place.isMade && add.length + replace.length > 0) {
        const failure = await this.#sync(place, wanted.elements(place.family), []);
        if (failure !== undefined) return failure;
      }
      const { set } = place;
      const failure = await set.run([
        ...(place.isMade ? set.deleteCommands(remove.map(({ address }) => address)) : []),
        ...set.addCommands([...(place.isMade ? add : []), ...replace]),
      ]);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  async flush(): Promise<Failure | undefined> {
    for (const { isMade, set } of this.#places) {
      const failure = isMade ? await set.flush() : undefined;
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  async stop(): Promise<Failure | undefined> {
    let failure: Failure | undefined;
    for (const place of this.#places) {
      if (!place.isMade) continue;
      place.isMade = false;
      failure = (await this.#remove(place)) ?? failure;
    }
    return failure;
  }

  renewals(): readonly string[] {
    return this.#places.flatMap(({ set }) => [...set.renewals()]);
  }

  explain(element: Element): Promise<string | undefined> {
    const place = this.#places.find(({ family }) => family === element.family);
    return place?.jumps.accepting() ?? Promise.resolve(undefined);
  }

  #place(family: IpFamily): Place {
    const { settings, sets, tools, clock } = this.#parts;
    const chains = new Chains(tools, settings, family);
    const set = new IpSet({ name: sets.name(family), family, tools, clock, mostElements: sets.mostElements });
    const look = `-m set --match-set ${set.name} src`;
    const { matches, target } = settings.of(family);
    const jumps = new Jumps({
      chains,
      systemChains: settings.systemChains,
      rules: () => matches.map((match) => `${match} ${look} -j ${target}`),
      isOwn: (rule) => rule.includes(` ${look} `),
      words: `the rule for ${set.name}`,
      onDocker: () => this.#sayDocker(),
    });
    return { family, chains, jumps, set, isMade: false };
  }

  async #sync(
    place: Place,
    elements: ReadonlyMap<string, Element>,
    missing: string[],
  ): Promise<Failure | undefined> {
    const { set, jumps, chains } = place;
    if ((await set.state()) === 'other') {
      // Of another kind, as an older configuration or fail2ban made it: it goes, with the rules that hold it.
      const failure = await this.#remove(place);
      if (failure !== undefined) return failure;
    }
    const synced = await set.sync(elements);
    if ('error' in synced) return synced;
    const plan = await jumps.plan();
    if ('error' in plan) return plan;
    if (place.isMade && synced.isNew) missing.push(`the set ${set.name}`);
    if (place.isMade && synced.lost > 0) missing.push(`${synced.lost} bans`);
    missing.push(...plan.missing);
    const failure = await chains.run(plan.commands, plan.deletes);
    if (failure !== undefined) return failure;
    if (plan.commands.length > 0 || !place.isMade) await jumps.done();
    place.isMade = true;
    return undefined;
  }

  async #remove({ jumps, chains, set }: Place): Promise<Failure | undefined> {
    const { commands, deletes } = await jumps.removal();
    return (await chains.run(commands, deletes)) ?? (await set.destroy());
  }

  #concerns({ kind, family, table, name }: DestroyEvent): boolean {
    if (kind === 'unknown') return true;
    if (table !== 'filter') return false;
    const place = this.#places.find((one) => one.isMade && family === (one.family === 4 ? 'ip' : 'ip6'));
    if (place === undefined || kind === 'set' || kind === 'element') return false;
    if (kind === 'table') return true;
    return (
      leadFrom(this.#parts.settings.systemChains, name) && !(kind === 'rule' && place.chains.isOwnDelete())
    );
  }

  async #looksComplete(): Promise<boolean> {
    for (const { isMade, set, chains, jumps } of this.#places) {
      if (!isMade) continue;
      if (!(await set.looksComplete())) return false;
      if (!(await chains.isTold()) && !(await jumps.areThere())) return false;
    }
    return true;
  }
}
