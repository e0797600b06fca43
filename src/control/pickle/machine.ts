import { PythonFloat, PythonTuple, type PythonValue, WarderError } from '../../base/index.ts';
import type { Cursor } from './cursor.ts';
import { FrozenSet, type PickleItem, type PickleLimits, PythonClass, PythonObject } from './types.ts';

/** The decoder's memory: a stack with marks, and the memo of values that can be fetched again. */
export class Machine {
  readonly input: Cursor;
  readonly #limits: PickleLimits;
  readonly #stack: PickleItem[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleItem>();
  #made = 0;

  constructor(input: Cursor, limits: PickleLimits) {
    this.input = input;
    this.#limits = limits;
  }

  push(item: PickleItem): void {
    this.#count('values');
    this.#stack.push(item);
  }

  pop(): PickleItem {
    this.#need(1);
    return this.#stack.pop() as PickleItem;
  }

  /** The topmost `count` items, lowest first. */
  popMany(count: number): PickleItem[] {
    this.#need(count);
    return this.#stack.splice(this.#stack.length - count, count);
  }

  top(): PickleItem {
    this.#need(1);
    return this.#stack[this.#stack.length - 1] as PickleItem;
  }

  /** Removes one item; on an empty stack above a mark, the mark. */
  drop(): void {
    const floor = this.#marks.at(-1);
    if (floor !== undefined && this.#stack.length === floor) this.#marks.pop();
    else this.pop();
  }

  mark(): void {
    this.#count('marks');
    this.#marks.push(this.#stack.length);
  }

  /** Everything above the last mark, which goes too. */
  popMarked(): PickleItem[] {
    const floor = this.#marks.pop();
    if (floor === undefined) throw this.broken('closes a group that was not opened');
    return this.#stack.splice(floor);
  }

  /** Keeps the topmost item; a slot that is new counts as a value, since it takes room as one. */
  put(slot: number): void {
    const item = this.top();
    if (!this.#memo.has(slot)) this.#count('memo slots');
    this.#memo.set(slot, item);
  }

  memoize(): void {
    this.put(this.#memo.size);
  }

  get(slot: number): void {
    const item = this.#memo.get(slot);
    if (item === undefined) throw this.broken(`fetches a value that it did not keep (${slot})`);
    this.push(item);
  }

  /** The end of the pickle: exactly one value must be left. */
  finish(): PickleItem {
    if (this.#marks.length > 0 || this.#stack.length !== 1) throw this.broken('does not end with one value');
    return this.#stack[0] as PickleItem;
  }

  broken(what: string): WarderError {
    return new WarderError('PICKLE_BROKEN', `The pickle ${what}`, { index: this.input.position });
  }

  #count(what: string): void {
    this.#made += 1;
    if (this.#made <= this.#limits.maxValues) return;
    throw new WarderError('PICKLE_LIMIT', `The pickle has more than ${this.#limits.maxValues} ${what}`);
  }

  #need(count: number): void {
    const floor = this.#marks.at(-1) ?? 0;
    if (this.#stack.length - floor < count) throw this.broken('takes a value that is not there');
  }
}

/** A tuple of any items. The inert ones among them are weeded out or wanted later, by `decodePickle`'s callers. */
export function tuple(items: readonly PickleItem[]): PythonTuple {
  return new PythonTuple(items as readonly PythonValue[]);
}

/**
 * A value that Python would accept in a set or as a key; containers that can change are not. What stands within a tuple is
 * looked at by `checkSize`.
 */
export function hashable(machine: Machine, item: PickleItem): PickleItem {
  if (canChange(item)) throw machine.broken('uses a container as a key');
  return item;
}

function canChange(item: PickleItem): boolean {
  return Array.isArray(item) || item instanceof Map || (item instanceof Set && !(item instanceof FrozenSet));
}

/**
 * Holds a finished value to the limits as it would be walked: shared parts count as often as they are reached, so a small
 * pickle that unfolds without end (or into itself) is refused.
 */
export function checkSize(root: PickleItem, limits: PickleLimits): void {
  let nodes = 0;
  let text = 0;
  const visit = (item: PickleItem, depth: number, isKey: boolean): void => {
    nodes += 1;
    if (isKey && canChange(item)) throw new WarderError('PICKLE_BROKEN', 'A key holds a container');
    if (nodes > limits.maxValues) {
      throw new WarderError('PICKLE_LIMIT', `The pickle unfolds into more than ${limits.maxValues} values`);
    }
    if (depth > limits.maxDepth) {
      throw new WarderError('PICKLE_LIMIT', `The pickle nests deeper than ${limits.maxDepth} levels`);
    }
    if (typeof item === 'string' || item instanceof Uint8Array) {
      text += item.length;
      if (text > limits.maxText) throw new WarderError('PICKLE_LIMIT', 'The pickle holds too much text');
    }
    if (item instanceof Map) {
      for (const [key, value] of item) {
        visit(key, depth + 1, true);
        visit(value, depth + 1, isKey);
      }
    } else {
      const holdsKeys = isKey || item instanceof Set;
      for (const child of children(item)) visit(child, depth + 1, holdsKeys);
    }
  };
  visit(root, 0, false);
}

const leaf: readonly PickleItem[] = [];

/** What an item that is no dict holds. */
function children(item: Exclude<PickleItem, Map<PickleItem, PickleItem>>): Iterable<PickleItem> {
  if (item === null || typeof item !== 'object') return leaf;
  if (item instanceof Uint8Array || item instanceof PythonFloat || item instanceof PythonClass) return leaf;
  if (item instanceof PythonTuple) return item.items;
  if (item instanceof PythonObject) return item.args;
  return item;
}
