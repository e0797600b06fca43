import { escapeControl, type Logger, pythonRepr } from '../base/index.ts';

/** Names that are remembered as told. */
const mostTold = 1000;

/** Says, for `usedns = warn`, which addresses were found for a name: once, and again when they are others. */
export class LookupNews {
  readonly #logger: Logger;
  readonly #told = new Map<string, string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  tell(name: string, addresses: readonly string[]): void {
    if (addresses.length === 0) return;
    const key = [...addresses].sort().join(' ');
    if (this.#told.get(name) === key) return;
    this.#told.delete(name);
    this.#told.set(name, key);
    if (this.#told.size > mostTold) this.#told.delete(this.#told.keys().next().value ?? '');
    const found = pythonRepr(new Set(addresses));
    const message = `Determined IP using DNS Lookup: ${escapeControl(name)} = ${found}`;
    this.#logger.log('WARNING', 'fail2ban.ipdns', message);
  }
}
