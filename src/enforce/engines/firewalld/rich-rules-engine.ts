import { parseIp } from '../../../base/index.ts';
import type { Change, DestroyEvent, Engine, Failure, SyncResult, Watching } from '../engine.ts';
import type { Tools } from '../tools.ts';
import type { Element, IpFamily, Wanted } from '../wanted.ts';
import type { RichSettings } from './settings.ts';

/** Rules of one call; firewalld takes them one by one. */
const mostAtOnce = 64;
const timeoutMs = 60_000;
/** Asking firewalld takes it a quarter of a second. */
const glancePauseMs = 30_000;
/** One of several rules that is refused is only warned of. */
const refusal = /(?:^|\/ |\n)((?:Warning|Error): (?!ALREADY_ENABLED|NOT_ENABLED).*)/;
/** What we delete ourselves is told of within this time. */
const quietMs = 1500;

/** Rich rules of firewalld, one for each address and port; a batch is one call for 64 of them. */
export class RichRulesEngine implements Engine {
  readonly hasTimeouts = false;
  readonly endsFlows = true;
  readonly watching: Watching;
  readonly #settings: RichSettings;
  readonly #tools: Tools;
  /** Addresses whose rules were given to firewalld. */
  readonly #held = new Map<string, IpFamily>();
  #glancedMs = performance.now();
  #quietUntilMs = 0;
  /** firewalld works with nftables, and had its table. */
  #hadTable = false;

  constructor(settings: RichSettings, tools: Tools) {
    this.#settings = settings;
    this.#tools = tools;
    this.watching = {
      listens: true,
      concerns: (event) => this.#concerns(event),
      glance: (wanted) => this.#isIncomplete(wanted),
      alwaysGlance: true,
    };
  }

  /** Only rules that carry the name of the jail are known to be ours. */
  async list(): Promise<readonly string[]> {
    const rules = await this.#rules();
    if ('error' in rules) return [];
    const mark = `"f2b-${this.#settings.name}"`;
    const found = rules
      .filter((rule) => rule.includes(mark))
      .map((rule) => parseIp(/ source address="([^"]+)"/.exec(rule)?.[1] ?? '')?.text);
    for (const address of found) if (address !== undefined) this.#held.set(address, familyOf(address));
    return [...new Set(found.filter((address) => address !== undefined))];
  }

  async sync(wanted: Wanted): Promise<SyncResult> {
    const elements = wanted.elements();
    const surplus = [...this.#held].filter(([address]) => !elements.has(address));
    if (elements.size === 0 && surplus.length === 0) return { missing: [] };
    const missing = await this.#reviveTable();
    if ('error' in missing) return { failure: missing, missing: [] };
    const rules = await this.#rules();
    if ('error' in rules) return { failure: rules, missing: [] };
    const absent = this.#absentOf(elements.values(), rules);
    const lost = absent.filter(({ address }) => this.#held.has(address)).length;
    const removal = surplus.map(([address, family]) => ({ address, family }));
    const failure = (await this.#give('remove', removal)) ?? (await this.#give('add', absent));
    if (failure !== undefined) return { failure, missing: [] };
    if (lost > 0) missing.push(`the rich rules of ${lost} bans`);
    return { failure: await this.#kernelFailure(elements), missing };
  }

  async change({ add, replace, remove }: Change): Promise<Failure | undefined> {
    const fresh = [...add, ...replace.filter(({ address }) => !this.#held.has(address))];
    const gone = remove.filter(({ address }) => this.#held.has(address));
    return (await this.#give('remove', gone)) ?? (await this.#give('add', fresh));
  }

  async flush(): Promise<Failure | undefined> {
    const gone = Array.from(this.#held, ([address, family]) => ({ address, family }));
    return this.#give('remove', gone);
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

  #concerns({ kind, table }: DestroyEvent): boolean {
    if (kind === 'table') return table === 'firewalld';
    if (performance.now() < this.#quietUntilMs) return false;
    return kind === 'unknown' || (table === 'firewalld' && (kind === 'rule' || kind === 'chain'));
  }

  async #isIncomplete(wanted: Wanted): Promise<boolean> {
    const nowMs = performance.now();
    if (nowMs - this.#glancedMs < glancePauseMs) return false;
    this.#glancedMs = nowMs;
    if (this.#hadTable && (await this.#table()) === undefined) return true;
    const rules = await this.#rules();
    return 'error' in rules || this.#absentOf(wanted.elements().values(), rules).length > 0;
  }

  async #rules(): Promise<readonly string[] | Failure> {
    const result = await this.#tools.run('firewall-cmd', ['--list-rich-rules'], { timeoutMs });
    return result.ok ? result.stdout.split('\n') : result;
  }

  #absentOf(elements: Iterable<Element>, rules: readonly string[]): Element[] {
    const there = new Set(rules.map((rule) => /^rule .*? protocol="[^"]*"/.exec(rule)?.[0]));
    return [...elements].filter((element) => this.#heads(element).some((head) => !there.has(head)));
  }

  /** The rules of an address as firewalld spells them, up to what becomes of the packets. */
  #heads({ address, family }: Pick<Element, 'address' | 'family'>): string[] {
    const { ports, protocol } = this.#settings;
    const source = `rule family="ipv${family}" source address="${address}"`;
    return ports.map((port) => `${source} port port="${port}" protocol="${protocol}"`);
  }

  async #give(
    step: 'add' | 'remove',
    elements: readonly Pick<Element, 'address' | 'family'>[],
  ): Promise<Failure | undefined> {
    const rules = elements.flatMap((element) =>
      this.#heads(element).map(
        (head) => `--${step}-rich-rule=${head} ${this.#settings.suffix(element.family)}`,
      ),
    );
    for (let from = 0; from < rules.length; from += mostAtOnce) {
      const call = rules.slice(from, from + mostAtOnce);
      this.#quietUntilMs = performance.now() + timeoutMs;
      const result = await this.#tools.run('firewall-cmd', call, { timeoutMs });
      this.#quietUntilMs = performance.now() + quietMs;
      const refused = refusal.exec(result.error)?.[1];
      const isDone = !result.ok && /ALREADY_ENABLED|NOT_ENABLED/.test(result.error);
      if (refused !== undefined || (!result.ok && !isDone))
        return { ...result, error: refused ?? result.error };
    }
    for (const { address, family } of elements) {
      if (step === 'add') this.#held.set(address, family);
      // Not before: what could not be removed is to be removed later.
      else this.#held.delete(address);
    }
    return undefined;
  }

  /**
   * Somebody flushed the table of firewalld itself: it makes it anew, and forgets the rules of running time. It cannot where there
   * is no table to delete first, and would drop everything from then on.
   */
  async #reviveTable(): Promise<Failure | string[]> {
    if (!this.#hadTable || (await this.#table()) !== undefined) return [];
    // It answers once a reload of its own is over.
    await this.#rules();
    if ((await this.#table()) !== undefined) return [];
    await this.#tools.run('nft', ['add', 'table', 'inet', 'firewalld']);
    const result = await this.#tools.run('firewall-cmd', ['--reload'], { timeoutMs });
    return result.ok ? ["firewalld's table"] : result;
  }

  /** What firewalld believes in force and the kernel does not have. */
  async #kernelFailure(elements: ReadonlyMap<string, Element>): Promise<Failure | undefined> {
    const table = await this.#table();
    if (table === undefined) return undefined;
    this.#hadTable = true;
    const words = new Set(table.split(/\s+/));
    const lost = [...elements.keys()].filter((address) => !words.has(address));
    if (lost.length === 0) return undefined;
    return {
      error: `the kernel lacks ${lost.length} rules that firewalld lists (${lost[0]}); firewall-cmd --reload brings them back`,
    };
  }

  async #table(): Promise<string | undefined> {
    if (!this.#tools.has('nft')) return undefined;
    const result = await this.#tools.run('nft', ['-n', 'list', 'table', 'inet', 'firewalld']);
    return result.ok ? result.stdout : undefined;
  }
}

function familyOf(address: string): IpFamily {
  return address.includes(':') ? 6 : 4;
}
