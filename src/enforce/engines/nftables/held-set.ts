import type { Clock } from '../../../base/index.ts';
import { Timeouts } from '../timeouts.ts';
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
} from './script.ts';
import type { NftSettings } from './settings.ts';
import type { NftSet, NftTable } from './table.ts';

/** A year. The kernel could count further, old tools cannot. */
const longestSec = 31_536_000;
/** A set is made for twice the addresses that it has to take, and for no fewer than this. */
const leastSize = 65_536;
/** A set that is fuller than this is made anew, larger. */
const fullEnough = 0.9;
const mostReplaced = 200_000;

/** One set with its rules: what should be in it, and the commands that bring it there. */
export class HeldSet {
  readonly part: NftPart;
  readonly #settings: NftSettings;
  readonly #timeouts: Timeouts;
  /** Addresses that we have just deleted and added again: the news of it is none. */
  readonly #replaced = new Set<string>();
  /** How many elements the set takes; undefined before it is in place with its rules. */
  #size: number | undefined;

  constructor(settings: NftSettings, kind: Kind, family: IpFamily, clock: Clock) {
    this.part = partOf(settings, kind, family);
    this.#settings = settings;
    this.#timeouts = new Timeouts(clock, longestSec);
  }

  get isMade(): boolean {
    return this.#size !== undefined;
  }

  /** It is in place, and large enough for so many. */
  isReadyFor(count: number): boolean {
    if (this.#size === undefined) return false;
    return count <= this.#size * fullEnough || this.#size >= this.#settings.mostElements;
  }

  /** What of everything wanted belongs into this set. */
  elementsOf(wanted: Wanted): Map<string, Element> {
    const networks = this.part.kind === 'networks';
    const mine = [...wanted.elements(this.part.family)].filter(([, { isNetwork }]) => isNetwork === networks);
    return networks ? outermost(new Map(mine)) : new Map(mine);
  }

  /** Those of a change that belong into this set. */
  ownOf(elements: readonly Element[]): Element[] {
    const { family, kind } = this.part;
    return elements.filter(
      (element) => element.family === family && element.isNetwork === (kind === 'networks'),
    );
  }

  /** How many rules look into the set when all is well. */
  get expectedRules(): number {
    return this.#settings.chains.length * this.#settings.rules(this.part.family).length;
  }

  /**
   * Commands that bring the set and its rules to these elements. `renewed`: addresses that may be there, and get their timeout
   * again. What was missing goes to `missing`, in words.
   */
  sync(
    table: NftTable,
    elements: ReadonlyMap<string, Element>,
    present: readonly string[],
    renewed: ReadonlySet<string>,
    missing: string[],
  ): string[] {
    const { part } = this;
    const set = table.sets.get(part.set);
    const usable = set !== undefined && this.#isUsable(set, elements.size);
    const rulesFit = this.isMade && usable && rulesOf(part, table).length === this.expectedRules;
    const there = new Set(usable ? present : []);
    const absent = [...elements.values()].filter(({ address }) => !there.has(address));
    const again = [...elements.values()].filter(({ address }) => there.has(address) && renewed.has(address));
    const surplus = [...there].filter((address) => !elements.has(address));
    missing.push(...this.#missing(table, usable || set === undefined ? absent : []));
    const size = usable ? set.size : sizeFor(elements.size, this.#settings.mostElements);
    const script = [
      ...(rulesFit ? [] : deleteRules(this.#settings, part, table)),
      ...(usable ? [] : this.#newSet(set !== undefined, size)),
      ...(rulesFit ? [] : ruleCommands(this.#settings, part)),
      ...elementCommand('delete', this.#settings, part, surplus),
      ...this.changes(absent, again, []),
    ];
    for (const address of surplus) this.#timeouts.forget(address);
    this.#size = size === 0 ? this.#settings.mostElements : size;
    return script;
  }

  /** Commands for a set that is in place. */
  changes(add: readonly Element[], replace: readonly Element[], remove: readonly Element[]): string[] {
    // What the kernel has ended needs no deleting; what it may end any moment is added first, since deleting what is not there fails.
    const ending = remove.filter(({ address }) => !this.#timeouts.isOver(address));
    const gone = [...replace, ...ending].map(({ address }) => address);
    for (const { address } of remove) this.#timeouts.forget(address);
    if (this.#replaced.size > mostReplaced) this.#replaced.clear();
    for (const { address } of replace) this.#replaced.add(address);
    return [
      ...elementCommand('add', this.#settings, this.part, gone),
      ...elementCommand('delete', this.#settings, this.part, gone),
      ...elementCommand('add', this.#settings, this.part, this.#timed([...add, ...replace])),
    ];
  }

  flushCommand(): string {
    this.#timeouts.clear();
    return `flush set ${this.#settings.tableFamily} ${this.part.table} ${this.part.set}`;
  }

  /** It is to be looked at as if it had never been made. */
  forget(): void {
    this.#size = undefined;
  }

  /** Nothing is in it any more. */
  clear(): void {
    this.#size = undefined;
    this.#timeouts.clear();
  }

  /** Whether the news that an address was deleted is news. */
  lacks(address: string): boolean {
    return !this.#replaced.delete(address) && this.#timeouts.isHeld(address);
  }

  renewals(): readonly string[] {
    return this.#timeouts.renewals();
  }

  #missing(table: NftTable, absent: readonly Element[]): string[] {
    if (!this.isMade || !table.exists) return this.#lost(absent);
    const { set } = this.part;
    const rules = rulesOf(this.part, table).length;
    return [
      ...(table.sets.has(set) ? [] : [`the set ${set}`]),
      ...(rules < this.expectedRules ? [`rules for ${set}`] : []),
      ...(rules > this.expectedRules ? [`single rules for ${set}, they were there twice`] : []),
      ...this.#lost(absent),
    ];
  }

  #lost(absent: readonly Element[]): string[] {
    const lost = absent.filter(({ address }) => this.#timeouts.isHeld(address)).length;
    return this.isMade && lost > 0 ? [`${lost} bans in ${this.part.set}`] : [];
  }

  #newSet(isThere: boolean, size: number): string[] {
    const { tableFamily } = this.#settings;
    const { table, set } = this.part;
    const create = setCommand(this.#settings, this.part, size);
    return isThere ? [`delete set ${tableFamily} ${table} ${set}`, create] : [create];
  }

  #timed(elements: readonly Element[]): string[] {
    return elements.flatMap((element) => {
      const seconds = this.#timeouts.take(element);
      if (seconds === undefined) return [];
      return [seconds === 0 ? element.address : `${element.address} timeout ${seconds}s`];
    });
  }

  #isUsable({ flags, size }: NftSet, count: number): boolean {
    const fits = flags.size === this.part.flags.length && this.part.flags.every((flag) => flags.has(flag));
    return fits && (size === 0 || count <= size * fullEnough || size >= this.#settings.mostElements);
  }
}

function sizeFor(count: number, most: number): number {
  return Math.min(2 ** Math.ceil(Math.log2(Math.max(leastSize, count * 2))), most);
}
