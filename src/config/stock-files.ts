import { posix } from 'node:path';
import { WarderError } from '../base/index.ts';

/** Which configuration files are as a release of fail2ban shipped them. */
export class StockFiles {
  readonly #digests: ReadonlyMap<string, ReadonlySet<string>>;

  /**
   * `json`: for each file, by its path below the configuration folder, the SHA-256 digests (hexadecimal) of its releases.
   * Throws CONFIG_STOCK_DIGESTS.
   */
  constructor(json: string) {
    this.#digests = parse(json);
  }

  /** Whether the content of a file, named by its path below the configuration folder, is that of some release. */
  has(relativePath: string, content: Uint8Array): boolean {
    const digests = this.#digests.get(posix.normalize(relativePath));
    if (digests === undefined) return false;
    // Loaded where it is needed: it takes longer than everything else here.
    const { createHash } = process.getBuiltinModule('node:crypto');
    return digests.has(createHash('sha256').update(content).digest('hex'));
  }

  /** Paths of all files that any release had. */
  get paths(): readonly string[] {
    return [...this.#digests.keys()];
  }
}

function parse(json: string): Map<string, Set<string>> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || value === null) throw new Error('it is no object');
    return new Map(Object.entries(value).map(([path, list]) => [path, digestsOf(list)]));
  } catch (cause) {
    const message = `the list of fail2ban's files is damaged: ${cause instanceof Error ? cause.message : cause}`;
    throw new WarderError('CONFIG_STOCK_DIGESTS', message, { hint: 'install the package again', cause });
  }
}

function digestsOf(list: unknown): Set<string> {
  if (!Array.isArray(list) || !list.every((digest) => /^[0-9a-f]{64}$/.test(String(digest)))) {
    throw new Error('a digest is not one');
  }
  return new Set(list.map(String));
}
