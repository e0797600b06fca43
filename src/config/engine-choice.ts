import { describeError } from '../base/index.ts';
import { type ConfigFileSystem, readText } from './files.ts';
import type { IniFile } from './ini.ts';
import { resolveOption } from './interpolate.ts';
import { ConfigLoader, type LoadedResource } from './loader.ts';
import { StockFiles } from './stock-files.ts';
import type { EngineChoice } from './types.ts';

/** In our configuration folder, beside the digests of fail2ban's files, which also tell that it is ours. */
const digestsFile = 'stock-digests.json';
const mostFileBytes = 1024 * 1024;
/** Options of `[Definition]` that an engine knows and that are no properties. */
const engineValues = ['type', 'pre-rule', 'rich-suffix'];
/** Parts of commands: who writes one of these wants his own commands to run. */
const commandParts = /^(?:action(?!start_on_demand$|repair_on_unban$)|_|rule|match$|kill$|fwcmd_rich_rule$)/;
/** Of files whose commands send notices; see `EngineChoice`. */
export const noticesEngine = 'notices';
const knownSections = /^(?:INCLUDES|Init(?:\?.*)?|Definition(?:\?.*)?)$/;

/**
 * Decides which actions are carried out by an engine of the daemon instead of by their commands: those of our own files that
 * name one (`engine` in `[Definition]`), and those of a file of the same name that fail2ban shipped and nobody touched,
 * unless `stock-actions = as-written` in fail2ban.conf. Files of the administrator on top may set parameters; once one of
 * them writes a command, or a part of one, the commands run as they are written.
 */
export class EngineChooser {
  readonly #loader: ConfigLoader;
  readonly #files: ConfigFileSystem;
  readonly #root: string;
  #shipped: ConfigLoader | undefined;
  #stock: StockFiles | undefined;

  constructor(loader: ConfigLoader) {
    this.#loader = loader;
    this.#files = loader.files;
    this.#root = loader.layers.roots[0] ?? '.';
  }

  /** The choice for an action by its name in action.d; undefined where there is no engine for it. */
  choose(action: string, resource: LoadedResource): EngineChoice | undefined {
    try {
      return this.#choose(action, resource);
    } catch (error) {
      return { asWritten: describeError(error) };
    }
  }

  #choose(action: string, resource: LoadedResource): EngineChoice | undefined {
    const engine = this.#engineFor(action, resource);
    if (engine === undefined) return undefined;
    if (engine === 'none') return { asWritten: 'engine = none is set' };
    if (engine === noticesEngine) return this.#notices(action, resource);
    let isStock = false;
    for (const file of resource.files) {
      const origin = this.#originOf(file);
      if (origin === 'stock') isStock = true;
      else if (origin === 'other') {
        const part = writtenCommand(file);
        if (part !== undefined) return { asWritten: `${file.path} sets ${part}` };
      }
    }
    if (isStock && this.#stockAsWritten()) return { asWritten: 'stock-actions = as-written is set' };
    return { engine, values: definedValues(resource) };
  }

  /**
   * Actions that only tell something need no engine: our files say `warder-notify`. Those of fail2ban of the same name get the
   * commands of ours, and the parameters that they lack. A command that somebody has emptied, so as not to be told, stays empty.
   */
  #notices(action: string, resource: LoadedResource): EngineChoice | undefined {
    const origins = resource.files.map((file) => ({ file, origin: this.#originOf(file) }));
    if (!origins.some(({ origin }) => origin === 'stock')) return undefined;
    if (this.#stockAsWritten()) return { asWritten: 'stock-actions = as-written is set' };
    const emptied = new Set<string>();
    for (const { file } of origins.filter(({ origin }) => origin === 'other')) {
      const part = writtenCommand(file, emptied);
      if (part !== undefined) return { asWritten: `${file.path} sets ${part}` };
    }
    this.#shipped ??= new ConfigLoader([this.#root], this.#files);
    const { store } = this.#shipped.load(`action.d/${action}`);
    const values = new Map<string, string>();
    for (const section of ['Definition', 'Init']) {
      for (const name of store.sections.get(section)?.keys() ?? []) {
        const isCommand = /^action/.test(name);
        if ((section === 'Definition') !== isCommand || name.startsWith('known/')) continue;
        const found = emptied.has(name) ? undefined : resolveOption(store, section, name);
        values.set(name, found?.text ?? '');
      }
    }
    return { engine: noticesEngine, values };
  }

  /** What the action's files say, else what our own file of that name says. */
  #engineFor(action: string, resource: LoadedResource): string | undefined {
    if (this.#files.kind(`${this.#root}/${digestsFile}`) !== 'file') return undefined;
    const said = resolveOption(resource.store, 'Definition', 'engine')?.text.trim();
    if (said !== undefined && said !== '') return said;
    this.#shipped ??= new ConfigLoader([this.#root], this.#files);
    const shipped = this.#shipped.load(`action.d/${action}`);
    return shipped.found ? resolveOption(shipped.store, 'Definition', 'engine')?.text.trim() : undefined;
  }

  #originOf(file: IniFile): 'ours' | 'stock' | 'other' {
    const { layer, relative } = this.#loader.layers.file(file.path);
    if (layer === 0) return 'ours';
    if (layer < 0) return 'other';
    try {
      this.#stock ??= new StockFiles(readText(this.#files, `${this.#root}/${digestsFile}`));
      return this.#stock.has(relative, this.#files.read(file.path, mostFileBytes)) ? 'stock' : 'other';
    } catch {
      // Without the list nothing is known to be untouched, so what stands there runs as it is written.
      return 'other';
    }
  }

  #stockAsWritten(): boolean {
    const { store } = this.#loader.load('fail2ban');
    return resolveOption(store, 'Definition', 'stock-actions')?.text.trim().toLowerCase() === 'as-written';
  }
}

/**
 * The first command, or part of one, that a file sets; undefined if it sets nothing but parameters. With `emptied`, a command
 * that it only empties is added there instead.
 */
function writtenCommand(file: IniFile, emptied?: Set<string>): string | undefined {
  for (const [name, section] of file.sections) {
    if (!knownSections.test(name)) return `[${name}]`;
    for (const [option, { text }] of section) {
      if (emptied !== undefined && option.startsWith('action') && text.trim() === '') emptied.add(option);
      else if (commandParts.test(option)) return option;
    }
  }
  return [...file.defaults.keys()].find((option) => commandParts.test(option));
}

function definedValues(resource: LoadedResource): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const name of engineValues) {
    const found = resolveOption(resource.store, 'Definition', name);
    if (found !== undefined) values.set(name, found.text);
  }
  // What `chain = <known/chain>` in a jail means: the file's own value.
  for (const name of resource.store.sections.get('Init')?.keys() ?? []) {
    const found = resolveOption(resource.store, 'Init', name);
    if (found !== undefined) values.set(`known/${name}`, found.text);
  }
  return values;
}
