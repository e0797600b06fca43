import { posix } from 'node:path';
import { type ConfigFileSystem, machineFiles } from './files.ts';
import { openFilter } from './filter.ts';
import type { IniFile, RawOption } from './ini.ts';
import { ConfigLoader } from './loader.ts';
import { parseOptionList } from './option-list.ts';
import { compareText } from './python-text.ts';
import { readFilter } from './read.ts';
import { RuleLines, type WrittenRule } from './rule-lines.ts';
import { splitConditional } from './store.ts';
import type { FilterConfig } from './types.ts';

export type { WrittenRule } from './rule-lines.ts';

/** An option as it is written in a file, before any substitution. */
export interface WrittenOption {
  readonly file: string;
  /** As written, `DEFAULT` included; a condition (`Init?family=inet6`) is left out. */
  readonly section: string;
  /** In lower case; a condition is left out. */
  readonly name: string;
  readonly text: string;
  readonly line: number;
}

/** A configuration file. */
export interface WrittenFile {
  readonly path: string;
  readonly sections: readonly string[];
  readonly options: readonly WrittenOption[];
}

/** A filter as it can be judged: what it says, and where each rule is written. */
export interface SurveyedFilter {
  readonly filter: FilterConfig;
  readonly rules: readonly WrittenRule[];
}

const mostFiles = 10_000;

/** Looks at the configuration as it is written: which files there are, which options they have, where a rule stands. */
export class ConfigSurvey {
  readonly #loader: ConfigLoader;
  readonly #roots: readonly string[];
  readonly #files: ConfigFileSystem;
  readonly #written = new Map<IniFile, WrittenFile>();

  /** `layers` as in `ReadOptions`. */
  constructor(layers: readonly string[], fileSystem: ConfigFileSystem = machineFiles) {
    this.#loader = new ConfigLoader(layers, fileSystem);
    this.#roots = layers;
    this.#files = fileSystem;
  }

  /** The filters or actions that there are, by name, those that only others include among them. */
  names(folder: 'filter.d' | 'action.d'): string[] {
    const names = this.#roots.flatMap((root) =>
      this.#files
        .list(posix.join(root, folder), mostFiles)
        .filter((entry) => !entry.startsWith('.') && /\.(?:conf|local)$/.test(entry))
        .map((entry) => entry.replace(/\.(?:conf|local)$/, '')),
    );
    return [...new Set(names)].sort(compareText);
  }

  /**
   * The files of a resource (`jail`, `fail2ban`, `filter.d/sshd`, or an absolute path without its extension), in the order in
   * which they are laid over each other.
   */
  filesOf(resource: string): readonly WrittenFile[] {
    return this.#loader.load(resource).files.map((file) => this.#describe(file));
  }

  /** Reads a filter with its options (`sshd[mode=ddos]`), for `backend`. Throws as `readFilter` does. */
  filter(text: string, backend = 'auto', file?: string): SurveyedFilter {
    const place = file === undefined ? {} : { file };
    const filter = readFilter(text, {
      layers: this.#roots,
      backend,
      fileSystem: this.#files,
      ...place,
    });
    const { resource } = openFilter(this.#loader, text, undefined, file);
    const lines = new RuleLines(resource, parseOptionList(text).options, backend);
    const prefixes = filter.prefRegex === undefined ? [] : [filter.prefRegex];
    return {
      filter,
      rules: [
        ...lines.find('prefregex', prefixes),
        ...lines.find('failregex', filter.failRegex),
        ...lines.find('ignoreregex', filter.ignoreRegex),
      ],
    };
  }

  #describe(file: IniFile): WrittenFile {
    const known = this.#written.get(file);
    if (known !== undefined) return known;
    const options = [['DEFAULT', file.defaults] as const, ...file.sections].flatMap(([header, section]) =>
      [...section].map(([name, raw]) => writtenOption(file.path, header, name, raw)),
    );
    const described = { path: file.path, sections: [...file.sections.keys()].map(plain), options };
    this.#written.set(file, described);
    return described;
  }
}

function writtenOption(file: string, header: string, name: string, raw: RawOption): WrittenOption {
  return { file, section: plain(header), name: plain(name), text: raw.text, line: raw.origin?.line ?? 1 };
}

function plain(name: string): string {
  return splitConditional(name)?.name ?? name;
}
