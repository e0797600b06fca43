const interpolation = /%\(([^)]+)\)s/g;
const innermostTag = /<([^<> \n]+)>/g;
/** Stands for what a tag inside of a tag becomes. */
const wildcard = '\0';

/** The names that texts refer to, as `%(name)s`, `%(section/name)s`, `<name>`, `<section/name>` or `<name-<other>>`. */
export class References {
  readonly #names = new Set<string>();
  readonly #patterns = new Map<string, RegExp>();
  readonly #sections = new Set<string>();

  add(text: string): void {
    for (const [, name] of text.matchAll(interpolation)) this.#note(name!.toLowerCase(), name!);
    // From the inside out: what a tag becomes may be part of another tag's name.
    let rest = text;
    for (let found = true; found; ) {
      found = false;
      rest = rest.replace(innermostTag, (_, name: string) => {
        found = true;
        this.#note(name.toLowerCase(), name);
        return wildcard;
      });
    }
  }

  /** Whether an option of that name is referred to, in whatever section. */
  has(name: string): boolean {
    if (this.#names.has(name)) return true;
    for (const pattern of this.#patterns.values()) if (pattern.test(name)) return true;
    return false;
  }

  hasSection(name: string): boolean {
    return this.#sections.has(name) || this.#sections.has(wildcard);
  }

  /** The names that are known in full. */
  get names(): Iterable<string> {
    return this.#names;
  }

  #note(key: string, written: string): void {
    const slash = key.indexOf('/');
    const name = key.slice(slash + 1);
    if (slash >= 0) {
      const section = written.slice(0, slash);
      this.#sections.add(section.includes(wildcard) ? wildcard : section);
    }
    if (!name.includes(wildcard)) this.#names.add(name);
    // A tag that is nothing but another tag may be any name; that tells nothing.
    else if (name !== wildcard) this.#patterns.set(name, patternOf(name));
  }
}

function patternOf(name: string): RegExp {
  const parts = name.split(wildcard).map((part) => part.replace(/[^\w]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
