import { WarderError } from '../base/index.ts';
import { Definition } from './definition.ts';
import type { RawOption } from './ini.ts';
import type { LoadedResource } from './loader.ts';
import { filterOptions } from './options.ts';
import { ConfigStore } from './store.ts';
import type { Origin } from './types.ts';

/** A rule of a filter with the very line that it comes from. */
export interface WrittenRule {
  readonly kind: 'prefregex' | 'failregex' | 'ignoreregex';
  /** After substitution, with fail2ban's own tags. */
  readonly text: string;
  /** The option in which it is written, which may be one that failregex refers to. */
  readonly option: string;
  readonly origin: Origin | undefined;
}

interface LineOfRule {
  readonly text: string;
  readonly option: string;
  readonly origin: Origin | undefined;
}

/** Options that refer to each other deeper than this are looked at no further. */
const deepest = 8;
const interpolation = /^%\(([^)]+)\)s$/;
const tag = /^<((?:[^<>]|<[^<>]*>)+)>$/;
const trial = 'failregex';

/**
 * The rules of a filter, each with the line in which it is written: an option of many lines is substituted line by line, and
 * a line that is nothing but a reference leads to the lines of what it refers to.
 */
export class RuleLines {
  readonly #resource: LoadedResource;
  readonly #options: ReadonlyMap<string, string>;
  readonly #backend: string;

  /** `options`: what the jail gives in brackets. */
  constructor(resource: LoadedResource, options: ReadonlyMap<string, string>, backend: string) {
    this.#resource = resource;
    this.#options = options;
    this.#backend = backend;
  }

  /** The rules of one kind. `texts`: how they read; where the lines come out otherwise, all have the place of the option. */
  find(kind: WrittenRule['kind'], texts: readonly string[]): WrittenRule[] {
    const raw = this.#raw(kind);
    const lines = raw === undefined ? [] : this.#lines(kind, raw, 0);
    const agree = lines.length === texts.length && lines.every(({ text }, index) => text === texts[index]);
    return texts.map((text, index) => {
      const { option, origin } = (agree ? lines[index] : undefined) ?? { option: kind, origin: raw?.origin };
      return { kind, text, option, origin };
    });
  }

  #raw(option: string): RawOption | undefined {
    const { store } = this.#resource;
    const name = option.toLowerCase();
    if (name.startsWith('known/')) {
      return store.sections.get('KNOWN/Definition')?.get(name.slice('known/'.length));
    }
    return store.sections.get('Init')?.get(name) ?? store.raw('Definition', name);
  }

  #lines(option: string, raw: RawOption, depth: number): LineOfRule[] {
    return raw.text.split('\n').flatMap((line, index) => {
      if (line.trim() === '') return [];
      const place = raw.lineNumbers?.[index] ?? raw.origin?.line;
      const origin =
        raw.origin === undefined || place === undefined ? raw.origin : { file: raw.origin.file, line: place };
      const name = option.replace(/^known\//i, '');
      const rules = this.#substitute(line).map((text) => ({ text, option: name, origin }));
      if (depth >= deepest || rules.length === 0) return rules;
      const target = this.#referredTo(line.trim());
      const targetRaw = target === undefined ? undefined : this.#raw(target);
      if (target === undefined || targetRaw === undefined) return rules;
      const below = this.#lines(target, targetRaw, depth + 1);
      const isSame = below.length === rules.length && below.every(({ text }, at) => text === rules[at]?.text);
      return isSame ? below : rules;
    });
  }

  /** The option that a line consists of a reference to. */
  #referredTo(line: string): string | undefined {
    const name = interpolation.exec(line)?.[1];
    if (name !== undefined) return name;
    const inner = tag.exec(line)?.[1];
    return inner === undefined ? undefined : inner.includes('<') ? this.#substitute(inner)[0] : inner;
  }

  /** The lines that a text becomes in the place of failregex. */
  #substitute(text: string): string[] {
    const store = new ConfigStore();
    for (const [name, raw] of this.#resource.store.defaults) store.defaults.set(name, raw);
    for (const [name, section] of this.#resource.store.sections) store.sections.set(name, new Map(section));
    store.set('Definition', trial, { text });
    store.sections.get('Init')?.delete(trial);
    const given = new Map([...this.#options].filter(([name]) => name !== trial));
    const specs = filterOptions.filter(({ name }) => name === trial);
    try {
      const definition = new Definition({ ...this.#resource, store }, specs, given, undefined);
      definition.setLogType(this.#backend);
      definition.select(new Map());
      const value = definition.combine([], () => undefined).get(trial)?.value;
      return String(value ?? '')
        .split('\n')
        .filter((line) => line !== '');
    } catch (error) {
      if (!(error instanceof WarderError)) throw error;
      return [];
    }
  }
}
