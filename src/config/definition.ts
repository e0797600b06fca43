import type { WarderError } from '../base/index.ts';
import { resolveOption } from './interpolate.ts';
import type { LoadedResource } from './loader.ts';
import { convert, effective, type OptionSpec, readOptions, wrongValue } from './options.ts';
import { splitConditional } from './store.ts';
import { substituteTags } from './tags.ts';
import type { EffectiveOption, OptionValue, Origin } from './types.ts';

const foreignTag = /^([\p{L}\p{N}_-]+)\/([^\s>]+)$/u;

/**
 * A filter or action file as one jail uses it: its `[Definition]`, its `[Init]`, and the arguments that the jail gives
 * in brackets, which replace options of either.
 */
export class Definition {
  /** The jail's arguments, then what `[Init]` adds; `known/…` is the value of `[Init]` itself. */
  readonly #init: Map<string, EffectiveOption>;
  readonly #given: ReadonlySet<string>;
  readonly #resource: LoadedResource;
  readonly #specs: readonly OptionSpec[];
  readonly #tags = new Map<string, string | undefined>();
  #selected = new Map<string, EffectiveOption>();
  #variables = new Map<string, string | null>();

  /** `origin`: where the arguments are written. */
  constructor(
    resource: LoadedResource,
    specs: readonly OptionSpec[],
    given: ReadonlyMap<string, string>,
    origin: Origin | undefined,
  ) {
    this.#resource = resource;
    this.#specs = specs;
    this.#given = new Set(given.keys());
    this.#init = new Map([...given].map(([name, value]) => [name, effective(name, value, origin)]));
  }

  /** What the jail passes and `[Init]` adds, before tags are replaced, without `known/…`. */
  get initial(): EffectiveOption[] {
    return [...this.#init.values()].filter((option) => !option.name.startsWith('known/'));
  }

  /** Sets `logtype` for the backend, unless the jail or the file itself decided it. */
  setLogType(backend: string): void {
    const isGiven = (this.#init.get('logtype')?.value ?? '') !== '';
    if (isGiven || this.#resource.store.sections.get('Definition')?.has('logtype')) return;
    this.#init.set('logtype', effective('logtype', backend.startsWith('systemd') ? 'journal' : 'file'));
  }

  /**
   * Reads the options, except those that `outer` (the jail) has as well. `everything` adds all other options of
   * `[Definition]`. Throws the errors of substitution.
   */
  select(outer: ReadonlyMap<string, EffectiveOption>, everything = false): void {
    const { store } = this.#resource;
    const above = new Map([...outer, ...this.#init]);
    this.#variables = new Map(
      [...above].map(([name, option]) => [name.toLowerCase(), pythonText(option.value)]),
    );
    this.#selected = readOptions(store, 'Definition', this.#specs, {
      variables: this.#variables,
      skip: above,
      isTyped: false,
      onError: (_, error) => {
        throw error;
      },
    });
    for (const name of store.sections.get('Init')?.keys() ?? []) this.#addInitial(name);
    if (!everything) return;
    for (const name of store.sections.get('Definition')?.keys() ?? []) {
      if (!this.#selected.has(name)) this.#selected.set(name, this.#resolve('Definition', name));
    }
  }

  #addInitial(name: string): void {
    const own = this.#resolve('Init', name);
    if (!name.startsWith('known/')) this.#init.set(`known/${name}`, { ...own, name: `known/${name}` });
    if (this.#init.has(name)) return;
    // Since 1.1 an argument also holds for the conditional forms of its option (`blocktype?family=inet6`).
    const plain = splitConditional(name)?.name;
    const argument = plain !== undefined && this.#given.has(plain) ? this.#init.get(plain) : undefined;
    this.#init.set(name, argument === undefined ? own : { ...argument, name });
  }

  #resolve(section: string, name: string): EffectiveOption {
    const found = resolveOption(this.#resource.store, section, name);
    return effective(name, found?.text ?? null, found?.origin);
  }

  /**
   * All options with their tags replaced and in their types. Tags in `ignored`, and those that have a conditional form,
   * stay for later. Throws the errors of substitution; a value of the wrong type becomes `null` and is told to
   * `onError`.
   */
  combine(ignored: readonly string[], onError: (error: WarderError) => void): Map<string, EffectiveOption> {
    const options = new Map([...this.#selected, ...this.#init]);
    const stays = new Set(ignored);
    for (const name of options.keys()) {
      const split = splitConditional(name);
      if (split !== undefined) stays.add(split.name);
    }
    const texts = new Map([...options].map(([name, option]) => [name, pythonText(option.value)]));
    const values = this.#replaceTags(texts, stays, options);
    const result = new Map<string, EffectiveOption>();
    for (const [name, value] of values) result.set(name, effective(name, value, options.get(name)?.origin));
    for (const spec of this.#specs) {
      const value = values.get(spec.name);
      if (typeof value !== 'string' || spec.type === 'string') continue;
      const converted = convert(spec, value);
      const origin = options.get(spec.name)?.origin;
      result.set(spec.name, effective(spec.name, converted, origin));
      if (converted === null) onError(wrongValue(spec, value, origin));
    }
    return result;
  }

  #replaceTags(
    texts: Map<string, string | null>,
    stays: ReadonlySet<string>,
    options: ReadonlyMap<string, EffectiveOption>,
  ): Map<string, string | null> {
    return substituteTags(texts, stays, {
      lookUp: (tag) => this.#lookUpTag(tag),
      originOf: (name) => options.get(name)?.origin,
    });
  }

  /** What a tag stands for that is no option here: any other name that `[Definition]` or a foreign section has. */
  #lookUpTag(tag: string): string | undefined {
    if (!this.#tags.has(tag)) this.#tags.set(tag, this.#findTag(tag));
    return this.#tags.get(tag);
  }

  #findTag(tag: string): string | undefined {
    const { store } = this.#resource;
    const match = foreignTag.exec(tag);
    if (match !== null) {
      const section = match[1]!;
      const lower = section.toLowerCase();
      const places =
        lower === 'known' ? ['KNOWN/Definition', 'Definition'] : [lower === 'default' ? 'DEFAULT' : section];
      for (const place of places) {
        const found = resolveOption(store, place, match[2]!);
        if (found !== undefined) return found.text;
      }
    }
    return resolveOption(store, 'Definition', tag, this.#variables)?.text;
  }
}

/** A value as Python's `str` shows it where it is inserted into a text. */
function pythonText(value: OptionValue): string | null {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return String(value);
}
