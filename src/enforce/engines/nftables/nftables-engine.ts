import { type Clock, escapeControl, type Logger } from '../../../base/index.ts';
import type { Change, DestroyEvent, Engine, Failure, SyncResult, Watching } from '../engine.ts';
import type { KeyedLocks } from '../locks.ts';
import type { Tools } from '../tools.ts';
import type { Element, IpFamily, Wanted } from '../wanted.ts';
import { HeldSet } from './held-set.ts';
import { deleteRules, type Kind, rulesOf, tableCommands } from './script.ts';
import type { NftSettings } from './settings.ts';
import { isFailure, type NftTable, readElements, readTable } from './table.ts';

export interface NftablesEngineParts {
  readonly jail: string;
  readonly logger: Logger;
  readonly settings: NftSettings;
  readonly tools: Tools;
  readonly clock: Clock;
  /** Shared by all engines: who looks at a table and then changes it does so alone. */
  readonly locks: KeyedLocks;
}

const kinds: readonly Kind[] = ['addresses', 'networks'];
const families: readonly IpFamily[] = [4, 6];

/** Sets with timeouts in a table of our own; every batch is one `nft -f -`. */
export class NftablesEngine implements Engine {
  readonly hasTimeouts = true;
  readonly endsFlows = true;
  readonly watching: Watching;
  readonly #parts: NftablesEngineParts;
  readonly #sets: readonly HeldSet[];
  #lookedForDocker = false;

  constructor(parts: NftablesEngineParts) {
    this.#parts = parts;
    this.#sets = kinds.flatMap((kind) =>
      families.map((family) => new HeldSet(parts.settings, kind, family, parts.clock)),
    );
    this.watching = {
      listens: true,
      concerns: (event) => this.#concerns(event),
      glance: async () => !(await this.#looksComplete()),
      alwaysGlance: false,
    };
  }

  async list(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const set of this.#sets) {
      const elements = await this.#elements(set);
      if (!isFailure(elements)) found.push(...elements.filter((text) => !text.includes('-')));
    }
    return found;
  }

  async sync(wanted: Wanted): Promise<SyncResult> {
    const missing: string[] = [];
    for (const kind of kinds) {
      const result = await this.#sync(kind, wanted, []);
      missing.push(...result.missing);
      if (result.failure !== undefined) return { failure: result.failure, missing };
    }
    if (wanted.size > 0) await this.#tellOfDocker();
    return { missing };
  }

  async change(change: Change, wanted: Wanted): Promise<Failure | undefined> {
    const { add, replace, remove } = change;
    if ([...add, ...replace, ...remove].some(({ isNetwork }) => isNetwork)) {
      // Networks can hold each other, so what is to be done depends on all of them; there are few.
      const { failure } = await this.#sync('networks', wanted, replace);
      if (failure !== undefined) return failure;
    }
    const script: string[] = [];
    for (const set of this.#of('addresses')) {
      const [added, replaced, removed] = [set.ownOf(add), set.ownOf(replace), set.ownOf(remove)];
      const isReady = set.isReadyFor(wanted.count(set.part.family));
      if (added.length + replaced.length > 0 && !isReady) {
        const { failure } = await this.#sync('addresses', wanted, replace);
        await this.#tellOfDocker();
        return failure;
      }
      script.push(...set.changes(added, replaced, removed));
    }
    return this.#run(script);
  }

  async flush(): Promise<Failure | undefined> {
    return this.#run(this.#sets.filter((set) => set.isMade).map((set) => set.flushCommand()));
  }

  async stop(): Promise<Failure | undefined> {
    for (const set of this.#sets) set.clear();
    for (const kind of kinds) {
      const failure = await this.#locked(kind, () => this.#stop(kind));
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  renewals(): readonly string[] {
    return this.#sets.flatMap((set) => [...set.renewals()]);
  }

  async explain(element: Element): Promise<string | undefined> {
    const { settings, tools } = this.#parts;
    const set = this.#sets.find((one) => one.ownOf([element]).length > 0)!;
    for (const { name } of settings.chains) {
      const words = ['list', 'chain', settings.tableFamily, set.part.table, name];
      const { stdout } = await tools.run(settings.program, words);
      const lines = stdout.split('\n').map((line) => line.trim());
      const own = lines.findIndex((line) => line.includes(`@${set.part.set} `));
      const above = lines.slice(0, Math.max(own, 0)).filter((line) => !line.startsWith('type '));
      const accepting = above.find((line) => /\baccept$/.test(line));
      if (accepting !== undefined) return `a rule above in chain ${name} accepts: ${accepting}`;
    }
    return undefined;
  }

  /** Docker leads traffic to containers past the hook of input. Its chain belongs to it and iptables; a hook of forward is ours. */
  async #tellOfDocker(): Promise<void> {
    const { jail, logger, settings, tools } = this.#parts;
    if (this.#lookedForDocker || settings.chains.some(({ hook }) => hook === 'forward')) return;
    this.#lookedForDocker = true;
    const chain = ['list', 'chain', 'ip', 'filter', 'DOCKER-USER'];
    if (!(await tools.run(settings.program, chain)).ok) return;
    const why =
      'Docker runs here, and leads traffic to containers past the usual chains: chain = INPUT,FORWARD shuts the banned out there as well';
    logger.log('INFO', 'fail2ban.actions', escapeControl(`[${jail}] ${why}`));
  }

  #of(kind: Kind): HeldSet[] {
    return this.#sets.filter(({ part }) => part.kind === kind);
  }

  #elements({ part }: HeldSet): Promise<readonly string[] | Failure> {
    const { settings, tools } = this.#parts;
    return readElements(tools, settings.program, settings.tableFamily, part.table, part.set);
  }

  #table(kind: Kind): Promise<NftTable | Failure> {
    const { settings, tools } = this.#parts;
    return readTable(tools, settings.program, settings.tableFamily, this.#of(kind)[0]!.part.table);
  }

  #locked<T>(kind: Kind, task: () => Promise<T>): Promise<T> {
    return this.#parts.locks.run(`nft ${this.#of(kind)[0]!.part.table}`, task);
  }

  /** One transaction for a table. `replaced`: what may be there and gets its timeout again. */
  #sync(kind: Kind, wanted: Wanted, replaced: readonly Element[]): Promise<SyncResult> {
    return this.#locked(kind, async () => {
      const { settings } = this.#parts;
      const table = await this.#table(kind);
      if (isFailure(table)) return { failure: table, missing: [] };
      const renewed = new Set(replaced.map(({ address }) => address));
      const script: string[] = [];
      const missing: string[] = [];
      let full: Failure | undefined;
      for (const set of this.#of(kind)) {
        const elements = set.elementsOf(wanted);
        if (elements.size === 0 && !table.sets.has(set.part.set) && !set.isMade) continue;
        if (script.length === 0) {
          script.push(...tableCommands(settings, set.part.table));
          if (!table.exists && this.#of(kind).some((one) => one.isMade))
            missing.push(`the table ${set.part.table}`);
        }
        const present = await this.#elements(set);
        if (isFailure(present)) return { failure: present, missing };
        if (elements.size > settings.mostElements) {
          const most = settings.mostElements;
          full = { error: `the set ${set.part.set} is full: ${most} of ${elements.size} bans are in force` };
        }
        const fitting = new Map([...elements].slice(0, settings.mostElements));
        script.push(...set.sync(table, fitting, present, renewed, missing));
      }
      const failure = await this.#run(script);
      if (failure !== undefined) for (const set of this.#of(kind)) set.forget();
      return { failure: failure ?? full, missing };
    });
  }

  async #stop(kind: Kind): Promise<Failure | undefined> {
    const { settings } = this.#parts;
    const table = await this.#table(kind);
    if (isFailure(table)) return table;
    const parts = this.#of(kind).map(({ part }) => part);
    const ours = parts.filter((part) => table.sets.has(part.set) || rulesOf(part, table).length > 0);
    if (ours.length === 0) return undefined;
    const script: string[] = [];
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
    if (family !== this.#parts.settings.tableFamily) return false;
    const made = this.#sets.filter(({ isMade, part }) => isMade && part.table === table);
    if (kind === 'set') return made.some(({ part }) => part.set === name);
    if (kind !== 'element') return made.length > 0;
    return address !== undefined && made.some((set) => set.part.set === name && set.lacks(address));
  }

  /** Tables, sets and rules are there; what is in the sets is not looked at. */
  async #looksComplete(): Promise<boolean> {
    for (const kind of kinds) {
      const made = this.#of(kind).filter((set) => set.isMade);
      if (made.length === 0) continue;
      const table = await this.#table(kind);
      if (isFailure(table)) return false;
      for (const { part, expectedRules } of made) {
        if (!table.sets.has(part.set) || rulesOf(part, table).length !== expectedRules) return false;
      }
    }
    return true;
  }
}
