import { WarderError } from '../base/index.ts';
import { type ConfigFileSystem, readText } from './files.ts';
import { type Findings, Includes } from './includes.ts';
import { type IniFile, parseIni } from './ini.ts';
import { type LayerFile, Layers } from './layers.ts';
import { ConfigStore } from './store.ts';
import type { ConfigWarning } from './types.ts';

/** A resource (`jail`, `filter.d/sshd`, …) read from all its files. */
export interface LoadedResource {
  /** False when there is no file of it that could be read. */
  readonly found: boolean;
  readonly store: ConfigStore;
  /** The files in the order in which they are laid over each other; one that is included twice stands there twice. */
  readonly files: readonly IniFile[];
  /** Mistakes in the text of a file: of what they concern, something may be missing in the store. */
  readonly problems: readonly WarderError[];
  /** Files that were left out as a whole, and includes that go in circles; fail2ban goes on without them as well. */
  readonly errors: readonly WarderError[];
  readonly warnings: readonly ConfigWarning[];
}

/** The file in which releases up to 1.0.0 looked for settings of every iptables action, and the one that replaced it. */
const formerCommonLocal = 'action.d/iptables-common.local';
const iptablesBase = 'action.d/iptables.conf';

/** Reads configuration files of one set of layers; each file is read and parsed once. */
export class ConfigLoader {
  readonly layers: Layers;
  readonly files: ConfigFileSystem;
  readonly #parsed = new Map<string, IniFile | WarderError>();
  readonly #resources = new Map<string, LoadedResource>();
  readonly #includes: Includes;

  constructor(roots: readonly string[], files: ConfigFileSystem) {
    this.layers = new Layers(roots, files);
    this.files = files;
    this.#includes = new Includes(this.layers, files, (path) => this.#parse(path, false));
  }

  /** Reads a resource by its name below the roots; the same object for the same name. */
  load(name: string): LoadedResource {
    const known = this.#resources.get(name);
    if (known !== undefined) return known;
    const heads = this.layers.resource(name);
    // Sections are jails only here; parsed now, these files keep the jails' names in their mistakes.
    if (name === 'jail') for (const { path } of heads) this.#parse(path, true);
    const resource = this.#read(heads);
    this.#resources.set(name, resource);
    return resource;
  }

  /** Reads one file by its path, with its includes and its `.local`. */
  loadFile(path: string): LoadedResource {
    return this.#read([this.layers.file(path)]);
  }

  #read(heads: readonly LayerFile[]): LoadedResource {
    const findings: Findings = { problems: new Set(), errors: new Set(), warnings: new Set() };
    const list = this.#withFormerCommonLocal(this.#includes.gather(heads, findings));
    const store = new ConfigStore();
    const files: IniFile[] = [];
    for (const { path } of list) {
      const file = this.#parse(path, false);
      if (file instanceof WarderError) continue;
      files.push(file);
      store.merge(file);
      for (const problem of file.problems) findings.problems.add(problem);
    }
    return {
      found: files.length > 0,
      store,
      files,
      problems: [...findings.problems],
      errors: [...findings.errors],
      warnings: [...findings.warnings],
    };
  }

  /**
   * Puts `iptables-common.local` behind each `iptables.conf`. Releases since 1.0.1 ignore the file, because their
   * iptables actions include another one than before; whoever has it means every iptables action.
   */
  #withFormerCommonLocal(list: readonly LayerFile[]): readonly LayerFile[] {
    if (!list.some((file) => file.relative === iptablesBase)) return list;
    if (list.some((file) => file.relative === formerCommonLocal)) return list;
    const local = this.layers.shared(formerCommonLocal);
    if (local === undefined) return list;
    return list.flatMap((file) => (file.relative === iptablesBase ? [file, local] : [file]));
  }

  #parse(path: string, sectionIsJail: boolean): IniFile | WarderError {
    const known = this.#parsed.get(path);
    if (known !== undefined) return known;
    let result: IniFile | WarderError;
    try {
      result = parseIni(readText(this.files, path), path, sectionIsJail);
    } catch (error) {
      if (!(error instanceof WarderError)) throw error;
      result = error;
    }
    this.#parsed.set(path, result);
    return result;
  }
}
