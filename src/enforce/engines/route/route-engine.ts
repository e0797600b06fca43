import { parseIp } from '../../../base/index.ts';
import {
  type Change,
  changeOf,
  type Engine,
  type Failure,
  type SyncResult,
  type Watching,
} from '../engine.ts';
import { nameWord, type Parameters } from '../parameters.ts';
import type { Tools } from '../tools.ts';
import type { IpFamily, Wanted } from '../wanted.ts';

export interface RouteSettings {
  /** What a route does: `blackhole`, `unreachable`, `prohibit`. */
  readonly type: string;
  /** Tells the routes of one jail from those of another, and from everybody else's. */
  readonly metric: number;
}

const families: readonly IpFamily[] = [4, 6];
/** Marks our routes as such; `ip route` shows it. The numbers from 192 on belong to nobody. */
const protocol = '202';
const firstMetric = 10_000;
const metrics = 50_000;

/** Reads the parameters. Throws `NotServed`. */
export function routeSettings(parameters: Parameters): RouteSettings {
  const name = parameters.plain('name', nameWord, 'default');
  return {
    type: parameters.plain('blocktype', /^(?:blackhole|unreachable|prohibit)$/, 'blackhole'),
    metric: firstMetric + numberOf(name),
  };
}

/** Routes that lead nowhere: what we answer to an address is dropped. Every batch is one `ip -batch -`. */
export class RouteEngine implements Engine {
  readonly hasTimeouts = false;
  readonly endsFlows = false;
  readonly watching: Watching;
  readonly #settings: RouteSettings;
  readonly #tools: Tools;
  /** Addresses that have had their route. */
  readonly #held = new Set<string>();

  constructor(settings: RouteSettings, tools: Tools) {
    this.#settings = settings;
    this.#tools = tools;
    this.watching = {
      listens: false,
      concerns: () => false,
      glance: async (wanted) => this.#isIncomplete(wanted),
      alwaysGlance: true,
    };
  }

  async list(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const family of families) {
      const routes = await this.#routes(family);
      if (!('error' in routes)) found.push(...routes);
    }
    return found;
  }

  async sync(wanted: Wanted): Promise<SyncResult> {
    let lost = 0;
    for (const family of families) {
      const elements = wanted.elements(family);
      const there = await this.#routes(family);
      if ('error' in there) {
        if (elements.size === 0) continue;
        return { failure: there, missing: [] };
      }
      const present = new Set(there);
      const absent = [...elements.keys()].filter((address) => !present.has(address));
      lost += absent.filter((address) => this.#held.has(address)).length;
      const surplus = there.filter((address) => !elements.has(address));
      const failure = await this.#run(family, absent, surplus);
      if (failure !== undefined) return { failure, missing: [] };
    }
    return { missing: lost > 0 ? [`${lost} routes`] : [] };
  }

  async change(change: Change, _wanted: Wanted): Promise<Failure | undefined> {
    for (const family of families) {
      const { add, replace, remove } = changeOf(change, family);
      const wanted = [...add, ...replace].map(({ address }) => address);
      const unwanted = remove.map(({ address }) => address);
      const failure = await this.#run(family, wanted, unwanted);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  async flush(): Promise<Failure | undefined> {
    let failure: Failure | undefined;
    for (const family of families) {
      const there = await this.#routes(family);
      if (!('error' in there)) failure = (await this.#run(family, [], there)) ?? failure;
    }
    return failure;
  }

  stop(): Promise<Failure | undefined> {
    return this.flush();
  }

  renewals(): readonly string[] {
    return [];
  }

  async explain(): Promise<string | undefined> {
    return undefined;
  }

  async #run(
    family: IpFamily,
    add: readonly string[],
    remove: readonly string[],
  ): Promise<Failure | undefined> {
    const { type, metric } = this.#settings;
    const commands = [
      ...remove.map((address) => `route del ${type} ${address} metric ${metric}`),
      ...add.map((address) => `route replace ${type} ${address} metric ${metric} proto ${protocol}`),
    ];
    for (const address of remove) this.#held.delete(address);
    if (commands.length === 0) return undefined;
    const input = `${commands.join('\n')}\n`;
    const result = await this.#tools.run('ip', [`-${family}`, '-batch', '-'], { input });
    if (!result.ok) return result;
    for (const address of add) this.#held.add(address);
    return undefined;
  }

  async #routes(family: IpFamily): Promise<readonly string[] | Failure> {
    const { type, metric } = this.#settings;
    const result = await this.#tools.run('ip', [`-${family}`, 'route', 'show', 'type', type]);
    if (!result.ok) return result;
    const own = new RegExp(`^${type} (\\S+) .*\\bproto ${protocol} (?:.* )?metric ${metric}\\b`);
    return result.stdout
      .split('\n')
      .map((line) => own.exec(line)?.[1])
      .map((address) => (address === undefined ? undefined : parseIp(address)?.text))
      .filter((address) => address !== undefined);
  }

  async #isIncomplete(wanted: Wanted): Promise<boolean> {
    const there = new Set(await this.list());
    return [...wanted.elements().keys()].some((address) => !there.has(address));
  }
}

/** The same small number for the same name; two jails that share one would only take each other's routes for their own. */
function numberOf(name: string): number {
  let number = 0;
  for (const char of name) number = (number * 31 + (char.codePointAt(0) ?? 0)) % metrics;
  return number;
}
