import { type ErrorPlace, WarderError } from '../base/index.ts';
import { lineAt, type RawOption } from './ini.ts';
import { type ConfigStore, knownSection } from './store.ts';
import type { Origin } from './types.ts';

/** An option after substitution, with the place where it was written. */
export interface Resolved {
  readonly text: string;
  readonly origin?: Origin;
}

/** Names that exist beside those of the configuration, by lower-case name. `null` hides a name. */
export type Variables = ReadonlyMap<string, string | null>;

/** As deep as Python's configparser goes. */
const deepestReference = 10;
/** A value of this many characters, or from this many references, comes from an accident or an attack. */
const longestValue = 4_194_304;
const mostReferences = 100_000;

const noVariables: Variables = new Map();
const foreignName = /^([\p{L}\p{N}_-]+)\/(.+)$/su;

/**
 * The value of an option with every `%(name)s` replaced, or undefined when neither the section nor `[DEFAULT]` has it.
 *
 * A name is looked for in `variables`, the section and `[DEFAULT]`, in this order; `%(__name__)s` is the section's
 * name, `%(section/name)s` an option of another section or of `[DEFAULT]`, `%(default/name)s` one of `[DEFAULT]`,
 * `%(known/name)s` the value that this section had in the files before, and `%%` a percent sign. What a
 * name stands for is itself replaced in the terms of this section (jail.conf(5); Python's BasicInterpolation). Throws
 * `CONFIG_UNDEFINED_NAME`, `CONFIG_CIRCULAR_INTERPOLATION`, `CONFIG_INTERPOLATION_TOO_DEEP`,
 * `CONFIG_INTERPOLATION_SYNTAX` or `CONFIG_VALUE_TOO_LONG` with file and line.
 */
export function resolveOption(
  store: ConfigStore,
  section: string,
  option: string,
  variables: Variables = noVariables,
): Resolved | undefined {
  if (section !== 'DEFAULT' && !store.sections.has(section)) return undefined;
  const scope: Scope = { store, section, variables };
  const raw = findName(scope, option.toLowerCase());
  if (raw === undefined) return undefined;
  const text = raw.text.includes('%') ? new Expansion(scope).run(raw, option.toLowerCase()) : raw.text;
  return raw.origin === undefined ? { text } : { text, origin: raw.origin };
}

interface Scope {
  readonly store: ConfigStore;
  readonly section: string;
  readonly variables: Variables;
}

class Expansion {
  readonly #scope: Scope;
  readonly #output: string[] = [];
  readonly #path: string[] = [];
  readonly #reference = /%\(([^)]+)\)s/y;
  #length = 0;
  #references = 0;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  run(raw: RawOption, name: string): string {
    this.#expand(raw, name);
    return this.#output.join('');
  }

  #expand(raw: RawOption, name: string): void {
    this.#path.push(name);
    const { text } = raw;
    let from = 0;
    for (let percent = text.indexOf('%'); percent >= 0; percent = text.indexOf('%', from)) {
      this.#write(text.slice(from, percent), raw);
      if (text[percent + 1] === '%') {
        this.#write('%', raw);
        from = percent + 2;
      } else {
        this.#reference.lastIndex = percent;
        const match = this.#reference.exec(text);
        if (match === null) throw badSyntax(raw, percent);
        this.#refer(match[1]!, raw, percent);
        from = percent + match[0].length;
      }
    }
    this.#write(text.slice(from), raw);
    this.#path.pop();
  }

  #refer(name: string, raw: RawOption, index: number): void {
    const key = name.toLowerCase();
    const target = findName(this.#scope, key) ?? findForeign(this.#scope, name);
    if (target === undefined) throw undefinedName(name, raw, index, this.#scope.section);
    if (++this.#references > mostReferences) throw tooLong(raw);
    if (!target.text.includes('%')) {
      this.#write(target.text, raw);
      return;
    }
    if (this.#path.includes(key)) {
      const circle = [...this.#path.slice(this.#path.indexOf(key)), key].join(' → ');
      throw new WarderError('CONFIG_CIRCULAR_INTERPOLATION', `%(${name})s leads in a circle: ${circle}`, {
        ...place(raw, index),
      });
    }
    if (this.#path.length >= deepestReference) {
      const message = `%(${name})s is nested deeper than ${deepestReference} references`;
      throw new WarderError('CONFIG_INTERPOLATION_TOO_DEEP', message, place(raw, index));
    }
    this.#expand(target, key);
  }

  #write(text: string, raw: RawOption): void {
    this.#length += text.length;
    if (this.#length > longestValue) throw tooLong(raw);
    this.#output.push(text);
  }
}

function findName(scope: Scope, key: string): RawOption | undefined {
  if (key === '__name__') return { text: scope.section };
  const variable = scope.variables.get(key);
  if (variable !== undefined) return variable === null ? undefined : { text: variable };
  return scope.store.raw(scope.section, key);
}

/** `section/name`, `default/name` and `known/name`. */
function findForeign(scope: Scope, name: string): RawOption | undefined {
  const match = foreignName.exec(name);
  if (match === null) return undefined;
  const section = match[1]!;
  const option = match[2]!.toLowerCase();
  const { store } = scope;
  if (section.toLowerCase() === 'default') return store.defaults.get(option);
  if (section.toLowerCase() === 'known') return store.raw(knownSection(scope.section), option);
  return store.sections.has(section) ? store.raw(section, option) : undefined;
}

function place(raw: RawOption, index: number): ErrorPlace {
  return raw.origin === undefined ? {} : { file: raw.origin.file, line: lineAt(raw, index) };
}

function undefinedName(name: string, raw: RawOption, index: number, section: string): WarderError {
  return new WarderError('CONFIG_UNDEFINED_NAME', `%(${name})s is not defined`, {
    ...place(raw, index),
    hint: `define it in [${section}] or [DEFAULT], or write %% for a percent sign`,
  });
}

function badSyntax(raw: RawOption, index: number): WarderError {
  const found = raw.text.slice(index, index + 12);
  return new WarderError('CONFIG_INTERPOLATION_SYNTAX', `% begins no reference in ${JSON.stringify(found)}`, {
    ...place(raw, index),
    hint: 'write %% for a percent sign, %(name)s for the value of name',
  });
}

function tooLong(raw: RawOption): WarderError {
  return new WarderError('CONFIG_VALUE_TOO_LONG', 'value grows too long by its references', place(raw, 0));
}
