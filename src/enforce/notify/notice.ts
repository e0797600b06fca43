import type { TagValues } from '../shell-command.ts';
import type { Properties } from '../tags.ts';
import { fillProperties } from '../tags.ts';
import type { Family } from '../types.ts';
import { limits } from './limits.ts';

/** Something that happened, for the notices that an action's command asks for. */
export interface Notice {
  readonly jail: string;
  readonly action: string;
  /** The action's command that asked: `actionban`, … */
  readonly command: string;
  /** The source concerned; undefined for a step of the action as a whole. */
  readonly ip: string | undefined;
  readonly timeSec: number;
  /** The action's properties at that moment. */
  readonly properties: Properties;
  readonly family: Family;
  /** Tags of the ban, given the names that were looked up. */
  readonly tags: (names: ReadonlyMap<string, string>) => TagValues;
  /** The action's `timeout`. */
  readonly timeoutSec: number;
  /** Told once, when it is delivered (no reason), or will not be. */
  readonly onEnd: (reason: string | undefined) => void;
}

/** The properties that describe one notice, with the other properties of the action filled in. */
export class NoticeProperties {
  readonly #properties: Properties;
  readonly #family: Family;
  readonly #name: string;

  constructor(notice: Notice, name: string) {
    this.#properties = withoutLineNames(notice.properties);
    this.#family = notice.family;
    this.#name = name;
  }

  /** `ban_subject` for a notice named `ban`; empty when there is none. */
  own(name: string): string {
    return this.shared(`${this.#name}_${name}`);
  }

  /** `ban_dest`, else `dest`. */
  either(name: string): string {
    return this.own(name) || this.shared(name);
  }

  /** A property by its whole name; empty when there is none. Throws `ACTION_TAG_CYCLE`. */
  shared(name: string): string {
    const properties = this.#properties;
    const isThere = properties.has(name) || properties.has(`${name}?family=${this.#family}`);
    return isThere ? fillProperties(name, properties, this.#family).trim() : '';
  }

  /** A whole number within bounds; `usual` where the property is none. */
  number(name: string, usual: number, most: number): number {
    const text = this.either(name);
    return /^[0-9]{1,9}$/.test(text) ? Math.min(Number(text), most) : usual;
  }

  /** A yes or no; no where the property is neither. */
  flag(name: string): boolean {
    return /^(?:1|on|true|yes)$/i.test(this.either(name));
  }

  /** Lines of `name: value`. */
  pairs(name: string): readonly (readonly [name: string, value: string])[] {
    return this.own(name)
      .split('\n')
      .map((line) => /^\s*([^:\s][^:]*?)\s*:\s*(.*?)\s*$/.exec(line))
      .filter((match) => match !== null)
      .map((match) => [match[1] ?? '', match[2] ?? ''] as const);
  }

  /** Matching lines that the notice may carry. */
  get mostLines(): number {
    return Math.max(1, this.number('grepmax', limits.lines, limits.lines));
  }
}

/**
 * An action may have a parameter `matches`, as smtp has, that says which lines it wants. It must not stand in the way of
 * the tag `<matches>`, so templates know it as `<wanted-lines>`.
 */
function withoutLineNames(properties: Properties): Properties {
  const wanted = properties.get('matches') ?? '';
  const others = new Map(properties);
  for (const name of lineNames) others.delete(name);
  return others.set('wanted-lines', lineNames.includes(wanted) ? wanted : 'none');
}

const lineNames = ['matches', 'ipmatches', 'ipjailmatches'];
