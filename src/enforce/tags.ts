import { WarderError } from '../base/index.ts';
import type { Family } from './types.ts';

/** Properties by name, as text; a name may carry a condition (`blocktype?family=inet6`). */
export type Properties = ReadonlyMap<string, string>;

/** `<name>`; the innermost one where they are nested. */
export const tagPattern = /<([^ <>]+)>/g;

/** Log lines of attackers: never looked into for more tags, and escaped where an administrator sets them by hand. */
const foreignTexts: ReadonlySet<string> = new Set(['matches', 'ipmatches', 'ipjailmatches']);

/** Tags that stand for a character which the configuration language makes hard to write. */
const characters: ReadonlyMap<string, string> = new Map([
  ['br', '\n'],
  ['sp', ' '],
]);

/** As often as this may a text be gone through again for tags that were put together from others (`<a_<b>>`). */
const mostPasses = 26;
/** No kernel takes a longer command; growing further would only be a configuration that refers to itself in a clever way. */
const longestText = 1_000_000;

/**
 * The text of a property with the tags of all other properties filled in, again and again until none is left; those
 * that only a ban can fill (`<ip>`) stay. `family` selects `name?family=…` before `name`.
 *
 * Behaviour: fail2ban's CommandAction.replaceTag. Throws `ACTION_TAG_CYCLE` when properties refer to each other in a
 * circle, in any of them, used or not, as fail2ban does.
 */
export function fillProperties(name: string, properties: Properties, family: Family): string {
  const resolver = new Resolver(properties, family);
  resolver.resolveAll();
  let text = `<${name}>`;
  for (let pass = 0; pass < mostPasses; pass++) {
    const next = text.replace(
      tagPattern,
      (tag, inner: string) => resolver.textFor(inner) ?? characters.get(inner) ?? tag,
    );
    if (next === text || !next.includes('<')) return next;
    text = next;
  }
  throw cycleError(name, text);
}

class Resolver {
  readonly #properties: Properties;
  readonly #condition: string;
  readonly #resolved = new Map<string, string>();
  readonly #underWay = new Set<string>();

  constructor(properties: Properties, family: Family) {
    this.#properties = properties;
    this.#condition = family === '' ? '' : `?family=${family}`;
  }

  resolveAll(): void {
    for (const key of this.#properties.keys()) {
      if (!foreignTexts.has(key)) this.#resolve(key);
    }
  }

  /** What stands in a command for `<name>`; undefined when no property has that name. */
  textFor(name: string): string | undefined {
    const key = this.#keyOf(name);
    if (key === undefined) return undefined;
    return foreignTexts.has(name) ? escapeForShell(this.#properties.get(key) ?? '') : this.#resolve(key);
  }

  #keyOf(name: string): string | undefined {
    if (this.#condition !== '' && this.#properties.has(name + this.#condition)) return name + this.#condition;
    return this.#properties.has(name) ? name : undefined;
  }

  #resolve(key: string): string {
    const known = this.#resolved.get(key);
    if (known !== undefined) return known;
    const raw = this.#properties.get(key) ?? '';
    if (this.#underWay.has(key)) throw cycleError(key, raw);
    this.#underWay.add(key);
    const text = this.#fill(key, raw);
    this.#underWay.delete(key);
    this.#resolved.set(key, text);
    return text;
  }

  #fill(key: string, raw: string): string {
    let text = raw;
    for (let pass = 0; pass < mostPasses; pass++) {
      const next = text.replace(tagPattern, (tag, inner: string) => {
        if (inner === key) throw cycleError(key, raw);
        const target = foreignTexts.has(inner) ? undefined : this.#keyOf(inner);
        return target === undefined ? tag : this.#resolve(target);
      });
      if (next.length > longestText) throw cycleError(key, raw);
      if (next === text) return text;
      text = next;
    }
    throw cycleError(key, raw);
  }
}

/** A backslash before every character that means something to a shell. */
function escapeForShell(text: string): string {
  return text.replace(/[\\#&;`|*?~<>^()[\]{}$'"\n\r]/g, (char) => {
    if (char === '\n') return '\\n';
    return char === '\r' ? '\\r' : `\\${char}`;
  });
}

function cycleError(key: string, text: string): WarderError {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return new WarderError(
    'ACTION_TAG_CYCLE',
    `the property ${key} refers to itself and has no value: ${shown}`,
    {
      hint: 'break the circle of <tags> in the action file or the jail’s arguments for it',
    },
  );
}
