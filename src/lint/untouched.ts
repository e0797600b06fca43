import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { StockFiles } from '../config/index.ts';

/** Where the list of fail2ban's own files lies in the folder of the configuration that we ship. */
const stockList = 'stock-digests.json';

/** Reads a file; throws if that is not possible. */
export type ReadBytes = (path: string) => Uint8Array;

/** Tells which files nobody has changed: those that we ship, and those that are as a release of fail2ban had them. */
export class UntouchedFiles {
  readonly #shipped: string;
  readonly #layers: readonly string[];
  readonly #read: ReadBytes;
  readonly #known = new Map<string, boolean>();
  #stock: StockFiles | undefined;

  /** `layers`: the configuration folders, the shipped one first. */
  constructor(layers: readonly string[], read: ReadBytes = (path) => readFileSync(path)) {
    this.#layers = layers.map((layer) => posix.resolve(layer));
    this.#shipped = this.#layers[0] ?? '';
    this.#read = read;
  }

  has(path: string): boolean {
    const known = this.#known.get(path) ?? this.#look(posix.resolve(path));
    this.#known.set(path, known);
    return known;
  }

  #look(path: string): boolean {
    const layer = this.#layers.findLast((root) => path.startsWith(`${root}/`));
    if (layer === undefined) return false;
    if (layer === this.#shipped) return true;
    this.#stock ??= new StockFiles(
      new TextDecoder().decode(this.#read(posix.join(this.#shipped, stockList))),
    );
    try {
      return this.#stock.has(path.slice(layer.length + 1), this.#read(path));
    } catch {
      return false;
    }
  }
}
