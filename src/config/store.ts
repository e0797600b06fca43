import type { IniFile, RawOption, Section } from './ini.ts';

/** Section in which the values stay that a later file has replaced, for `%(known/x)s`. */
export function knownSection(section: string): string {
  return `KNOWN/${section}`;
}

const conditional = /^([\p{L}\p{N}_]+)(\?.+)$/u;

/** Splits `Init?family=inet6` or `blocktype?family=inet6` into name and condition; undefined for a plain name. */
export function splitConditional(name: string): { name: string; condition: string } | undefined {
  const match = conditional.exec(name);
  return match === null ? undefined : { name: match[1]!, condition: match[2]! };
}

/** Several configuration files laid over each other, before any substitution. */
export class ConfigStore {
  /** `[DEFAULT]`. */
  readonly defaults: Section = new Map();
  readonly sections = new Map<string, Section>();

  /**
   * Lays a file over what is there. Replaced values stay reachable as known ones. The options of a conditional section
   * such as `[Init?family=inet6]` go to `[Init]`, and their names get the condition.
   */
  merge(file: IniFile): void {
    overlay(this.defaults, file.defaults);
    for (const [header, options] of file.sections) {
      const split = splitConditional(header);
      const name = split?.name ?? header;
      const added: Section =
        split === undefined
          ? options
          : new Map([...options].map(([option, raw]) => [option + split.condition, raw]));
      const present = this.sections.get(name);
      if (present === undefined) {
        this.sections.set(name, new Map(added));
        continue;
      }
      const replaced = [...present].filter(([option]) => added.has(option));
      overlay(this.#sectionFor(knownSection(name)), new Map(replaced));
      overlay(present, added);
    }
  }

  /** Sections in the order of their first appearance, without the known ones. */
  sectionNames(): string[] {
    return [...this.sections.keys()].filter((name) => !name.startsWith('KNOWN/'));
  }

  /** An option of the section itself or of `[DEFAULT]`. */
  raw(section: string, option: string): RawOption | undefined {
    return this.sections.get(section)?.get(option) ?? this.defaults.get(option);
  }

  /** Adds or replaces one option. */
  set(section: string, option: string, raw: RawOption): void {
    this.#sectionFor(section).set(option, raw);
  }

  #sectionFor(name: string): Section {
    let section = this.sections.get(name);
    if (section === undefined) {
      section = new Map();
      this.sections.set(name, section);
    }
    return section;
  }
}

function overlay(lower: Section, upper: Section): void {
  for (const [option, raw] of upper) lower.set(option, raw);
}
