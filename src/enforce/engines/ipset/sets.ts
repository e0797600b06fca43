import type { Clock } from '../../../base/index.ts';
import { parseIp } from '../../../base/index.ts';
import type { Failure } from '../engine.ts';
import { Timeouts } from '../timeouts.ts';
import type { Tools } from '../tools.ts';
import type { Element, IpFamily } from '../wanted.ts';

/** Longer timeouts the kernel cannot hold: 24 days. */
const longestSec = 2_147_483;
/** Grows by itself. */
const firstHashSize = 1024;

/** One ipset: `f2b-<name>` for IPv4, `f2b-<name>6` for IPv6. */
export class IpSet {
  readonly name: string;
  readonly family: IpFamily;
  readonly #tools: Tools;
  readonly #timeouts: Timeouts;
  readonly #mostElements: number;

  constructor(parts: {
    readonly name: string;
    readonly family: IpFamily;
    readonly tools: Tools;
    readonly clock: Clock;
    readonly mostElements: number;
  }) {
    this.name = parts.name;
    this.family = parts.family;
    this.#tools = parts.tools;
    this.#timeouts = new Timeouts(parts.clock, longestSec);
    this.#mostElements = parts.mostElements;
  }

  /** Whether there is such a set, and one that we can use. */
  async state(): Promise<'missing' | 'usable' | 'other' | Failure> {
    const result = await this.#tools.run('ipset', ['list', '-t', this.name]);
    if (!result.ok) return isMissing(result) ? 'missing' : result;
    const family = this.family === 4 ? 'inet' : 'inet6';
    const fits = /^Type: hash:net$/m.test(result.stdout) && / timeout \d+/.test(result.stdout);
    return fits && new RegExp(`family ${family} `).test(result.stdout) ? 'usable' : 'other';
  }

  /** Addresses and networks in it; none where it is missing. */
  async list(): Promise<readonly string[] | Failure> {
    const result = await this.#tools.run('ipset', ['save', this.name]);
    if (!result.ok) return isMissing(result) ? [] : result;
    const found: string[] = [];
    for (const line of result.stdout.split('\n')) {
      const words = line.split(' ');
      if (words[0] === 'add' && words[2] !== undefined) found.push(parseIp(words[2])?.text ?? words[2]);
    }
    return found;
  }

  createCommand(): string {
    const family = this.family === 4 ? 'inet' : 'inet6';
    return `create ${this.name} hash:net family ${family} hashsize ${firstHashSize} maxelem ${this.#mostElements} timeout 0`;
  }

  /** Elements that are over already are left out. */
  addCommands(elements: Iterable<Element>): string[] {
    const commands: string[] = [];
    for (const element of elements) {
      const seconds = this.#timeouts.take(element);
      if (seconds !== undefined) commands.push(`add ${this.name} ${element.address} timeout ${seconds}`);
    }
    return commands;
  }

  deleteCommands(addresses: Iterable<string>): string[] {
    return Array.from(addresses, (address) => {
      this.#timeouts.forget(address);
      return `del ${this.name} ${address}`;
    });
  }

  /** Runs commands of `ipset restore`; what is there already, or gone already, is no failure. */
  async run(commands: readonly string[]): Promise<Failure | undefined> {
    if (commands.length === 0) return undefined;
    const result = await this.#tools.run('ipset', ['restore', '-!'], { input: `${commands.join('\n')}\n` });
    if (result.ok) return undefined;
    const full = /is full/.test(result.error);
    return full ? { ...result, error: `the set ${this.name} is full: ${result.error}` } : result;
  }

  /**
   * Brings the set to these elements. Resolves to how many were lost, of those that had been given to the kernel; `made`
   * tells whether the set had been there.
   */
  async sync(elements: ReadonlyMap<string, Element>): Promise<Failure | { lost: number; isNew: boolean }> {
    const state = await this.state();
    if (typeof state === 'object') return state;
    const present = state === 'usable' ? await this.list() : [];
    if ('error' in present) return present;
    const there = new Set(present);
    const absent = [...elements.values()].filter(({ address }) => !there.has(address));
    const lost = absent.filter(({ address }) => this.#timeouts.isHeld(address)).length;
    const surplus = present.filter((address) => !elements.has(address));
    const failure = await this.run([
      ...(state === 'missing' ? [this.createCommand()] : []),
      ...this.deleteCommands(surplus),
      ...this.addCommands(absent),
    ]);
    return failure ?? { lost, isNew: state === 'missing' };
  }

  flush(): Promise<Failure | undefined> {
    this.#timeouts.clear();
    return this.run([`flush ${this.name}`]);
  }

  /** A missing one is no failure. */
  async destroy(): Promise<Failure | undefined> {
    this.#timeouts.clear();
    const result = await this.#tools.run('ipset', ['destroy', this.name]);
    return result.ok || isMissing(result) ? undefined : result;
  }

  /** As many elements are in it as were given to it; without looking at each. */
  async looksComplete(): Promise<boolean> {
    const { ok, stdout } = await this.#tools.run('ipset', ['list', '-t', this.name]);
    const count = Number(/^Number of entries: (\d+)$/m.exec(stdout)?.[1] ?? Number.NaN);
    return ok && count >= this.#timeouts.heldCount();
  }

  renewals(): readonly string[] {
    return this.#timeouts.renewals();
  }
}

function isMissing({ error }: Failure): boolean {
  return error.includes('does not exist');
}
