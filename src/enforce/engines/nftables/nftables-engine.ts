import type { Clock } from '../../../base/index.ts';
import type { Change, DestroyEvent, Engine, Failure, SyncResult, Watching } from '../engine.ts';
import type { KeyedLocks } from '../locks.ts';
import { Timeouts } from '../timeouts.ts';
import type { Tools } from '../tools.ts';
import type { Element, IpFamily, Wanted } from '../wanted.ts';
import { outermost } from './cover.ts';
import {
  deleteRules,
  elementCommand,
  type Kind,
  type NftPart,
  partOf,
  ruleCommands,
  rulesOf,
  setCommand,
  tableCommands,
} from './script.ts';
import type { NftSettings } from './settings.ts';
import { isFailure, type NftTable, readElements, readTable } from './table.ts';

export interface NftablesEngineParts {
  readonly settings: NftSettings;
  readonly tools: Tools;
  readonly clock: Clock;
  /** Shared by all engines: who looks at a table and then changes it does so alone. */
  readonly locks: KeyedLocks;
}

const kinds: readonly Kind[] = ['addresses', 'networks'];
const families: readonly IpFamily[] = [4, 6];
/** A year. The kernel could count further, old tools cannot. */
const longestSec = 31_536_000;
/** A set is made for twice the addresses that it has to take, and for no fewer than this. */
const leastSize = 65_536;
const mostReplaced = 200_000;

/** Sets with timeouts in a table of our own; every batch is one `nft -f -`. */
export class NftablesEngine implements Engine {
  readonly hasTimeouts = true;
  readonly endsFlows = true;
  readonly watching: Watching;
  readonly #parts: NftablesEngineParts;
  readonly #timeouts: Timeouts;
  /** Sets that are in place with their rules, and how many elements they take. */
  readonly #sizes = new Map<string, number>();
  /** Addresses that we have just deleted and added again: the news of it is none. */
  readonly #replaced = new Set<string>();

  constructor(parts: NftablesEngineParts) {
    this.#parts = parts;
    this.#timeouts = new Timeouts(parts.clock, longestSec);
    this.watching = {
      listens: true,
      concerns: (event) => this.#concerns(event),
      glance: async () => !(await this.#looksComplete()),
      alwaysGlance: false,
    };
  }

  async list(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const part of this.#allParts()) {
      const elements = await this.#elements(part);
      if (!isFailure(elements)) found.push(...elements.filter((text) => !text.includes('-')));
    }
    return found;
  }

  async sync(wanted: Wanted): Promise<SyncResult> {
    const missing: string[] = [];
    for (const kind of kinds) {
      const result = await this.#sync(kind, wanted, new Set());
      missing.push(...result.missing);
      if (result.failure !== undefined) return { failure: result.failure, missing };
    }
    return { missing };
  }

  async change(change: Change, wanted: Wanted): Promise<Failure | undefined> {
    const all = [...change.add, ...change.replace, ...change.remove];
    if (all.some(({ isNetwork }) => isNetwork)) {
      // Networks can hold each other, so what is to be done depends on all of them; there are few.
      const renewed = new Set(change.replace.map(({ address }) => address));
      const { failure } = await this.#sync('networks', wanted, renewed);
      if (failure !== undefined) return failure;
    }
    const script: string[] = [];
    for (const family of families) {
      const part = this.#part('addresses', family);
      const mine = (elements: readonly Element[]): Element[] =>
        elements.filter((element) => element.family === family && !element.isNetwork);
      const add = mine(change.add);
      const replace = mine(change.replace);
      if (add.length + replace.length > 0 && !this.#isReady(part, wanted.count(family))) {
        return (await this.#sync('addresses', wanted, new Set(replace.map(({ address }) => address))))
          .failure;
      }
      script.push(...this.#changes(part, add, replace, mine(change.remove)));
    }
    return this.#run(script);
  }

  async flush(): Promise<Failure | undefined> {
    this.#timeouts.clear();
    const made = this.#allParts().filter((part) => this.#sizes.has(keyOf(part)));
    const { settings } = this.#parts;
    return this.#run(made.map(({ table, set }) => `flush set ${settings.tableFamily} ${table} ${set}`));
  }

  async stop(): Promise<Failure | undefined> {
    this.#sizes.clear();
    this.#timeouts.clear();
    for (const kind of kinds) {
      const failure = await this.#locked(kind, () => this.#stop(kind));
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  renewals(): readonly string[] {
    return this.#timeouts.renewals();
  }

  async explain(element: Element): Promise<string | undefined> {
    const { settings, tools } = this.#parts;
    const part = this.#part(element.isNetwork ? 'networks' : 'addresses', element.family);
    for (const { name } of settings.chains) {
      const { stdout } = await tools.run(settings.program, [
        'list',
        'chain',
        settings.tableFamily,
        part.table,
        name,
      ]);
      const lines = stdout.split('\n').map((line) => line.trim());
      const own = lines.findIndex((line) => line.includes(`@${part.set} `));
      const accepting = lines.slice(0, Math.max(own, 0)).find((line) => /\baccept$/.test(line));
      if (accepting !== undefined && !accepting.startsWith('type '))
        return `a rule above in chain ${name} accepts: ${accepting}`;
    }
    return undefined;
  }

  #part(kind: Kind, family: IpFamily): NftPart {
    return partOf(this.#parts.settings, kind, family);
  }

  #allParts(): NftPart[] {
    return kinds.flatMap((kind) => families.map((family) => this.#part(kind, family)));
  }

  #isReady(part: NftPart, count: number): boolean {
    const size = this.#sizes.get(keyOf(part));
    return size !== undefined && (count <= size * 0.9 || size >= this.#parts.settings.mostElements);
  }

  #elements(part: NftPart): Promise<readonly string[] | Failure> {
    const { settings, tools } = this.#parts;
    return readElements(tools, settings.program, settings.tableFamily, part.table, part.set);
  }

  #table(kind: Kind): Promise<NftTable | Failure> {
    const { settings, tools } = this.#parts;
    return readTable(tools, settings.program, settings.tableFamily, this.#part(kind, 4).table);
  }

  #locked<T>(kind: Kind, task: () => Promise<T>): Promise<T> {
    return this.#parts.locks.run(`nft ${this.#part(kind, 4).table}`, task);
  }

  #sync(kind: Kind, wanted: Wanted, renewed: ReadonlySet<string>): Promise<SyncResult> {
    return this.#locked(kind, async () => {
      const table = await this.#table(kind);
      if (isFailure(table)) return { failure: table, missing: [] };
      const script: string[] = [];
      const missing: string[] = [];
      const { settings } = this.#parts;
      if (!table.exists && families.some((family) => this.#sizes.has(keyOf(this.#part(kind, family))))) {
        missing.push(`the table ${this.#part(kind, 4).table}`);
      }
      let full: string | undefined;
      for (const family of families) {
        const part = this.#part(kind, family);
        const elements = elementsOf(wanted, part);
        if (elements.size === 0 && !table.sets.has(part.set) && !this.#sizes.has(keyOf(part))) continue;
        if (script.length === 0) script.push(...tableCommands(settings, part.table));
        const present = await this.#elements(part);
        if (isFailure(present)) return { failure: present, missing };
        if (elements.size > settings.mostElements) {
          full = `the set ${part.set} is full: ${settings.mostElements} of ${elements.size} bans are in force`;
        }
        const fitting = new Map([...elements].slice(0, settings.mostElements));
        this.#syncPart(part, table, fitting, present, renewed, script, missing);
      }
      const failure = await this.#run(script);
      if (failure !== undefined)
        for (const family of families) this.#sizes.delete(keyOf(this.#part(kind, family)));
      return { failure: failure ?? (full === undefined ? undefined : { error: full }), missing };
    });
  }

  /** Commands that bring one set and its rules to what they should be. */
  #syncPart(
    part: NftPart,
    table: NftTable,
    elements: ReadonlyMap<string, Element>,
    present: readonly string[],
    renewed: ReadonlySet<string>,
    script: string[],
    missing: string[],
  ): void {
    const { settings } = this.#parts;
    const key = keyOf(part);
    const known = this.#sizes.get(key);
    const set = table.sets.get(part.set);
    const rules = rulesOf(part, table);
    const usable =
      set !== undefined && isUsable(set.flags, part) && (set.size === 0 || elements.size <= set.size * 0.9);
    const size = usable ? set.size : sizeFor(elements.size, settings.mostElements);
    const expected = settings.chains.length * settings.rules(part.family).length;
    const rulesFit = known !== undefined && usable && rules.length === expected;
    if (known !== undefined && table.exists) {
      if (set === undefined) missing.push(`the set ${part.set}`);
      if (rules.length < expected) missing.push(`rules for ${part.set}`);
      else if (rules.length > expected) missing.push(`single rules for ${part.set}, they were there twice`);
    }
    if (!rulesFit) script.push(...deleteRules(settings, part, table));
    if (!usable) {
      if (set !== undefined) script.push(`delete set ${settings.tableFamily} ${part.table} ${part.set}`);
      script.push(setCommand(settings, part, size));
    }
    if (!rulesFit) script.push(...ruleCommands(settings, part));
    const there = new Set(usable ? present : []);
    const absent = [...elements.values()].filter(({ address }) => !there.has(address));
    const again = [...elements.values()].filter(({ address }) => there.has(address) && renewed.has(address));
    const surplus = [...there].filter((address) => !elements.has(address));
    if (known !== undefined && absent.length > 0 && (usable || set === undefined)) {
      const lost = absent.filter(({ address }) => this.#timeouts.isHeld(address)).length;
      if (lost > 0) missing.push(`${lost} bans`);
    }
    script.push(...elementCommand('delete', settings, part, surplus));
    script.push(...this.#changes(part, absent, again, []));
    for (const address of surplus) this.#timeouts.forget(address);
    this.#sizes.set(key, size === 0 ? settings.mostElements : size);
  }

  #changes(
    part: NftPart,
    add: readonly Element[],
    replace: readonly Element[],
    remove: readonly Element[],
  ): string[] {
    const { settings } = this.#parts;
    const timed = (elements: readonly Element[]): string[] =>
      elements.flatMap((element) => {
        const seconds = this.#timeouts.take(element);
        if (seconds === undefined) return [];
        return [seconds === 0 ? element.address : `${element.address} timeout ${seconds}s`];
      });
    // What the kernel has ended needs no deleting; what it may have ended any moment is added first, since deleting what is not there fails.
    const gone = [...replace, ...remove.filter(({ address }) => !this.#timeouts.isOver(address))].map(
      ({ address }) => address,
    );
    for (const { address } of remove) this.#timeouts.forget(address);
    if (this.#replaced.size > mostReplaced) this.#replaced.clear();
    for (const { address } of replace) this.#replaced.add(address);
    return [
      ...elementCommand('add', settings, part, gone),
      ...elementCommand('delete', settings, part, gone),
      ...elementCommand('add', settings, part, timed([...add, ...replace])),
    ];
  }

  async #stop(kind: Kind): Promise<Failure | undefined> {
    const { settings } = this.#parts;
    const table = await this.#table(kind);
    if (isFailure(table)) return table;
    const script: string[] = [];
    const parts = families.map((family) => this.#part(kind, family));
    const ours = parts.filter((part) => table.sets.has(part.set) || rulesOf(part, table).length > 0);
    if (ours.length === 0) return undefined;
    for (const part of ours) {
      script.push(...deleteRules(settings, part, table));
      if (table.sets.has(part.set))
        script.push(`delete set ${settings.tableFamily} ${part.table} ${part.set}`);
    }
    const ownRules = new Set(ours.flatMap((part) => rulesOf(part, table)));
    const isLast =
      [...table.sets.keys()].every((name) => parts.some(({ set }) => set === name)) &&
      table.rules.every((rule) => ownRules.has(rule));
    if (isLast) script.push(`delete table ${settings.tableFamily} ${parts[0]!.table}`);
    return this.#run(script);
  }

  async #run(script: readonly string[]): Promise<Failure | undefined> {
    if (script.length === 0) return undefined;
    const { tools, settings } = this.#parts;
    const result = await tools.run(settings.program, ['-f', '-'], { input: `${script.join('\n')}\n` });
    if (result.ok) return undefined;
    // The kernel's word for a set that takes no more.
    const full = result.error.includes('Too many open files in system');
    return full ? { ...result, error: `the set is full: ${result.error}` } : result;
  }

  #concerns({ kind, family, table, name, address }: DestroyEvent): boolean {
    if (kind === 'unknown') return true;
    const { settings } = this.#parts;
    const part = this.#allParts().find(
      (one) => one.table === table && (kind !== 'element' || one.set === name),
    );
    if (family !== settings.tableFamily || part === undefined) return false;
    if (kind === 'set') return this.#sizes.size > 0 && this.#allParts().some(({ set }) => set === name);
    if (kind !== 'element') return true;
    return address !== undefined && !this.#replaced.delete(address) && this.#timeouts.isHeld(address);
  }

  /** Tables, sets and rules are there; what is in the sets is not looked at. */
  async #looksComplete(): Promise<boolean> {
    for (const kind of kinds) {
      const parts = families
        .map((family) => this.#part(kind, family))
        .filter((part) => this.#sizes.has(keyOf(part)));
      if (parts.length === 0) continue;
      const table = await this.#table(kind);
      if (isFailure(table)) return false;
      const { settings } = this.#parts;
      for (const part of parts) {
        const expected = settings.chains.length * settings.rules(part.family).length;
        if (!table.sets.has(part.set) || rulesOf(part, table).length !== expected) return false;
      }
    }
    return true;
  }
}

function keyOf({ kind, family }: NftPart): string {
  return `${kind} ${family}`;
}

function elementsOf(wanted: Wanted, part: NftPart): Map<string, Element> {
  const networks = part.kind === 'networks';
  const elements = [...wanted.elements(part.family)].filter(([, { isNetwork }]) => isNetwork === networks);
  return networks ? outermost(new Map(elements)) : new Map(elements);
}

function isUsable(flags: ReadonlySet<string>, part: NftPart): boolean {
  return flags.size === part.flags.length && part.flags.every((flag) => flags.has(flag));
}

function sizeFor(count: number, most: number): number {
  return Math.min(2 ** Math.ceil(Math.log2(Math.max(leastSize, count * 2))), most);
}
