import { pythonRepr } from '../../base/index.ts';
import type { Node } from '../tree.ts';
import { Reader } from './reader.ts';
import { measure, type Width } from './width.ts';

/** What a parse knows besides the place it is at. */
export class ParseState {
  readonly reader: Reader;
  /** Refuse global flags that are not at the start. */
  readonly strict: boolean;
  /** Global flags. */
  flags: number;
  readonly groupNames = new Map<string, number>();
  /** By group number: undefined while the group is open. Entry 0 is the whole pattern, always open. */
  readonly groupWidths: (Width | undefined)[] = [undefined];
  /** Inside a lookbehind: how many groups there were (with group 0) when the outermost one began. */
  lookbehindGroups: number | undefined;
  /** Groups that a conditional names by number, with the index of that; they may come later. */
  readonly conditionGroups = new Map<number, number>();

  constructor(pattern: string, flags: number, strict: boolean) {
    this.reader = new Reader(pattern);
    this.flags = flags;
    this.strict = strict;
  }

  openGroup(name: string | undefined): number {
    const number = this.groupWidths.length;
    if (name !== undefined) {
      const earlier = this.groupNames.get(name);
      if (earlier !== undefined) {
        const text = `redefinition of group name ${pythonRepr(name)} as group ${number}; was group ${earlier}`;
        throw this.reader.error(text, Array.from(name).length + 1);
      }
      this.groupNames.set(name, number);
    }
    this.groupWidths.push(undefined);
    return number;
  }

  closeGroup(number: number, body: Node): void {
    this.groupWidths[number] = measure(body, this.groupWidths);
  }

  isClosed(group: number): boolean {
    return this.groupWidths[group] !== undefined;
  }

  /** Inside a lookbehind only groups from before it can be referred to. */
  checkLookbehindReference(group: number): void {
    if (this.lookbehindGroups === undefined) return;
    if (!this.isClosed(group)) throw this.reader.error('cannot refer to an open group');
    if (group >= this.lookbehindGroups) {
      throw this.reader.error('cannot refer to group defined in the same lookbehind subpattern');
    }
  }
}

/** The flags that hold from here to the end of the group; alternatives of one group share the object. */
export interface Scope {
  flags: number;
}
