import { posix } from 'node:path';
import type { ConfigFileSystem } from './files.ts';
import { compareText } from './python-text.ts';

/** A file and the layer that it was found in. */
export interface LayerFile {
  readonly path: string;
  /** Index of the layer, the lowest being 0; -1 for a file outside all layers. */
  readonly layer: number;
  /** Path below the layer's root; the whole path outside of layers. */
  readonly relative: string;
}

const outside = -1;
/** A configuration directory with more entries than this is not read any further. */
const mostEntries = 10_000;

/**
 * Finds configuration files in layers of directories, each over the one before it: a file of the same relative name in
 * a higher layer replaces the lower one's, and names that only one layer has are all there. Layers may be missing.
 */
export class Layers {
  readonly roots: readonly string[];
  readonly #absolute: readonly string[];
  readonly #files: ConfigFileSystem;

  constructor(roots: readonly string[], files: ConfigFileSystem) {
    this.roots = roots.map((root) => (root === '/' ? root : root.replace(/\/+$/, '')));
    this.#absolute = this.roots.map((root) => posix.resolve(root));
    this.#files = files;
  }

  /**
   * The files of one resource (`jail`, `filter.d/sshd`, or an absolute path without extension) in fail2ban's order:
   * `.conf`, `.d/*.conf`, `.local`, `.d/*.local`. Only existing ones.
   */
  resource(name: string): LayerFile[] {
    const found = (extension: string): LayerFile[] => {
      const file = this.#existing(this.#locate(name + extension), false);
      return file === undefined ? [] : [file];
    };
    return [
      ...found('.conf'),
      ...this.#folder(`${name}.d`, '.conf'),
      ...found('.local'),
      ...this.#folder(`${name}.d`, '.local'),
    ];
  }

  /** One file by its path, which is relative to the working directory; it belongs to the layer that it lies in. */
  file(path: string): LayerFile {
    return this.#locate(posix.resolve(path));
  }

  /** The file that an include names: first in the layer of the file that names it, then in the others, highest first. */
  include(from: LayerFile, name: string): LayerFile {
    if (posix.isAbsolute(name)) return this.#locate(name);
    const relative = posix.join(posix.dirname(from.relative), name);
    if (from.layer === outside) return this.#locate(relative);
    if (relative.startsWith('../')) return this.#locate(posix.join(this.#absolute[from.layer]!, relative));
    const own = this.#at(from.layer, relative);
    return this.#isPresent(own) ? own : (this.#existing(own, false) ?? own);
  }

  /** The same file with the extension `.local`, from the highest layer that has it. */
  localOf(file: LayerFile): LayerFile | undefined {
    const { dir, name } = posix.parse(file.relative);
    return this.#existing({ ...file, relative: posix.join(dir, `${name}.local`) }, true);
  }

  /** A file by its name below the roots, from the highest layer that has it. */
  shared(relative: string): LayerFile | undefined {
    return this.#existing(this.#at(0, relative), true);
  }

  /** Path of a file below the roots, as the root is written: in the highest layer that has it, else in the highest of all. */
  pathOf(relative: string): string {
    if (posix.isAbsolute(relative)) return relative;
    const layer = this.shared(relative)?.layer ?? this.roots.length - 1;
    return `${this.roots[layer] ?? '.'}/${relative}`;
  }

  /** A relative path is one below the roots. */
  #locate(path: string): LayerFile {
    if (!posix.isAbsolute(path)) return this.#at(this.roots.length - 1, posix.normalize(path));
    const normal = posix.normalize(path);
    for (let layer = this.roots.length - 1; layer >= 0; layer--) {
      const root = posix.join(this.#absolute[layer]!, '/');
      if (normal.startsWith(root)) return this.#at(layer, normal.slice(root.length));
    }
    return { path: normal, layer: outside, relative: normal };
  }

  #at(layer: number, relative: string): LayerFile {
    return { path: posix.join(this.roots[layer] ?? '.', relative), layer, relative };
  }

  /** The file of that relative name in the highest layer that has it. */
  #existing(file: LayerFile, onlyFiles: boolean): LayerFile | undefined {
    const candidates =
      file.layer === outside
        ? [{ ...file, path: file.relative }]
        : this.roots.map((_, layer) => this.#at(layer, file.relative)).reverse();
    return candidates.find((one) =>
      onlyFiles ? this.#files.kind(one.path) === 'file' : this.#isPresent(one),
    );
  }

  #isPresent(file: LayerFile): boolean {
    return this.#files.kind(file.path) !== undefined;
  }

  /** Files of a `.d` directory over all layers, sorted by name; hidden ones are left out. */
  #folder(name: string, extension: string): LayerFile[] {
    const folder = this.#locate(name);
    const layers = folder.layer === outside ? [outside] : this.roots.map((_, layer) => layer);
    const byName = new Map<string, LayerFile>();
    for (const layer of layers) {
      const at = layer === outside ? folder : this.#at(layer, folder.relative);
      for (const entry of this.#files.list(at.path, mostEntries)) {
        if (entry.startsWith('.') || !entry.endsWith(extension)) continue;
        const relative = posix.join(at.relative, entry);
        const file = { path: posix.join(at.path, entry), layer, relative };
        if (this.#isPresent(file)) byName.set(entry, file);
      }
    }
    return [...byName.keys()].sort(compareText).map((entry) => byName.get(entry)!);
  }
}
