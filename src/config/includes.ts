import { posix } from 'node:path';
import { WarderError } from '../base/index.ts';
import type { ConfigFileSystem } from './files.ts';
import { type IniFile, lineAt } from './ini.ts';
import { resolveOption } from './interpolate.ts';
import type { LayerFile, Layers } from './layers.ts';
import { ConfigStore } from './store.ts';
import type { ConfigWarning } from './types.ts';

/** What was noticed while files were gathered. */
export interface Findings {
  /** What leaves something out that fail2ban would have refused altogether. */
  readonly problems: Set<WarderError>;
  readonly errors: Set<WarderError>;
  readonly warnings: Set<ConfigWarning>;
}

/** A chain of more includes than this is a mistake; stock filters have chains of three. */
const deepestInclude = 32;
/** One resource does not need more files; includes that multiply end here. */
const mostFiles = 1000;
/** Includes that lead in circles do so many times over. */
const mostErrors = 20;

interface Gathered extends Findings {
  readonly files: readonly LayerFile[];
}

/** Follows `[INCLUDES] before/after` and `.local` files. */
export class Includes {
  readonly #layers: Layers;
  readonly #fileSystem: ConfigFileSystem;
  readonly #parse: (path: string) => IniFile | WarderError;
  readonly #known = new Map<string, Gathered>();

  constructor(layers: Layers, fileSystem: ConfigFileSystem, parse: (path: string) => IniFile | WarderError) {
    this.#layers = layers;
    this.#fileSystem = fileSystem;
    this.#parse = parse;
  }

  /**
   * The files with their includes and `.local` files, in the order in which they apply: what `before` names, the file,
   * what `after` names. A file that is included twice stands there twice, as for fail2ban. What is wrong is added to
   * `findings`.
   */
  gather(heads: readonly LayerFile[], findings: Findings): readonly LayerFile[] {
    return this.#gather(heads, [], findings);
  }

  #gather(heads: readonly LayerFile[], parents: readonly string[], findings: Findings): readonly LayerFile[] {
    const withLocals = this.#withLocals(heads);
    // fail2ban remembers the list by these names, also where a circle cut it short; so the results agree even then.
    const key = withLocals.map((file) => file.path).join('\0');
    let known = this.#known.get(key);
    if (known === undefined) {
      const files: LayerFile[] = [];
      known = { files, problems: new Set(), errors: new Set(), warnings: new Set() };
      for (const file of withLocals) files.push(...this.#around(file, parents, known));
      if (files.length > mostFiles) {
        known.problems.add(
          new WarderError('CONFIG_TOO_MANY_INCLUDES', `includes lead to more than ${mostFiles} files`, {
            file: withLocals[0]!.path,
            hint: 'only the first of them are read',
          }),
        );
        files.length = mostFiles;
      }
      this.#known.set(key, known);
    }
    for (const problem of known.problems) findings.problems.add(problem);
    for (const error of [...known.errors].slice(0, mostErrors)) findings.errors.add(error);
    for (const warning of known.warnings) findings.warnings.add(warning);
    return known.files;
  }

  #withLocals(heads: readonly LayerFile[]): LayerFile[] {
    return heads.flatMap((file) => {
      const local = this.#layers.localOf(file);
      const isNew = local !== undefined && !heads.some((head) => head.relative === local.relative);
      return isNew ? [file, local] : [file];
    });
  }

  /** The file between its includes; nothing when it cannot be read. */
  #around(file: LayerFile, parents: readonly string[], findings: Findings): LayerFile[] {
    if (this.#fileSystem.kind(file.path) === undefined) return [];
    const parsed = this.#parse(file.path);
    if (parsed instanceof WarderError) {
      findings.errors.add(parsed);
      return [];
    }
    const before = this.#included(parsed, file, 'before', parents, findings);
    const after = this.#included(parsed, file, 'after', parents, findings);
    return [...before, file, ...after];
  }

  #included(
    parsed: IniFile,
    file: LayerFile,
    option: 'before' | 'after',
    parents: readonly string[],
    findings: Findings,
  ): LayerFile[] {
    const names = this.#includedNames(parsed, option, findings);
    const list: LayerFile[] = [];
    for (const { name, line } of names) {
      // More are not kept anyway; lists that multiply shall not be built first.
      if (list.length > mostFiles) break;
      const target = this.#layers.include(file, name);
      const place = { file: file.path, line };
      if (parents.includes(target.path)) {
        const message = `including ${name} leads in a circle`;
        const hint = 'remove the include';
        if (findings.errors.size < mostErrors) {
          findings.errors.add(new WarderError('CONFIG_CIRCULAR_INCLUDE', message, { ...place, hint }));
        }
      } else if (parents.length >= deepestInclude) {
        findings.problems.add(
          new WarderError('CONFIG_TOO_MANY_INCLUDES', 'includes are nested too deeply', place),
        );
      } else {
        if (!this.#isThere(target)) {
          findings.warnings.add({ message: `included file ${name} does not exist`, origin: place });
        }
        list.push(...this.#gather([target], [...parents, file.path], findings));
      }
    }
    return list;
  }

  /** The names that the option lists, one a line, substituted with what this file alone defines. */
  #includedNames(
    parsed: IniFile,
    option: 'before' | 'after',
    findings: Findings,
  ): readonly { name: string; line: number }[] {
    if (!parsed.sections.has('INCLUDES')) return [];
    const store = new ConfigStore();
    store.merge(parsed);
    try {
      const text = resolveOption(store, 'INCLUDES', option)?.text ?? '';
      const raw = store.raw('INCLUDES', option);
      let index = 0;
      return text.split('\n').flatMap((name) => {
        // With references in it, the value's lines are no longer those of the file.
        const line = raw?.text === text ? lineAt(raw, index) : (raw?.origin?.line ?? 1);
        index += name.length + 1;
        return name === '' ? [] : [{ name, line }];
      });
    } catch (error) {
      if (!(error instanceof WarderError)) throw error;
      findings.problems.add(error);
      return [];
    }
  }

  /** A missing `.local` is no mistake: such files are there for customization. */
  #isThere(target: LayerFile): boolean {
    return (
      posix.extname(target.path) === '.local' ||
      this.#fileSystem.kind(target.path) !== undefined ||
      this.#layers.localOf(target) !== undefined
    );
  }
}
