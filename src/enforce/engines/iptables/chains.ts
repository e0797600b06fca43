import type { Failure } from '../engine.ts';
import type { Tools } from '../tools.ts';
import type { IpFamily } from '../wanted.ts';
import type { IptablesSettings } from './settings.ts';

/** Reads and changes the chains of one family. */
export class Chains {
  readonly #tools: Tools;
  readonly #settings: IptablesSettings;
  readonly family: IpFamily;
  #kind: 'nf_tables' | 'legacy' | undefined;
  /** Rules that we deleted ourselves and that the kernel has not told of yet. */
  #ownDeletes = 0;
  #ownUntilMs = 0;

  constructor(tools: Tools, settings: IptablesSettings, family: IpFamily) {
    this.#tools = tools;
    this.#settings = settings;
    this.family = family;
  }

  /** Whether `nft monitor` tells of changes by these tools. */
  async isTold(): Promise<boolean> {
    if (this.#kind === undefined) {
      const { stdout } = await this.#tools.run(this.#tool.program, ['-V']);
      this.#kind = stdout.includes('nf_tables') ? 'nf_tables' : 'legacy';
    }
    return this.#kind === 'nf_tables';
  }

  /** The rules of a chain as `-S` prints them, without the line that names it; undefined for a missing chain. */
  async rules(chain: string): Promise<readonly string[] | undefined | Failure> {
    const { program, waiting } = this.#tool;
    const result = await this.#tools.run(program, [...waiting, '-S', chain]);
    // Where the table is not there at all, the tool on nf_tables calls the chain incompatible.
    if (!result.ok) return /No chain|does not exist|is incompatible/i.test(result.error) ? undefined : result;
    return result.stdout.split('\n').filter((line) => line.startsWith(`-A ${chain} `));
  }

  /** Runs commands of `iptables-restore` in one transaction. */
  async run(commands: readonly string[], deletes: number): Promise<Failure | undefined> {
    if (commands.length === 0) return undefined;
    this.#expect(deletes);
    const { restore, waiting } = this.#tool;
    const input = `*filter\n${commands.join('\n')}\nCOMMIT\n`;
    const result = await this.#tools.run(restore, ['--noflush', ...waiting], { input });
    this.#expect(0);
    return result.ok ? undefined : result;
  }

  /** Whether the deletion of a rule, which the kernel tells of, is our own. */
  isOwnDelete(): boolean {
    if (this.#ownDeletes <= 0 || performance.now() > this.#ownUntilMs) return false;
    this.#ownDeletes--;
    return true;
  }

  get #tool(): ReturnType<IptablesSettings['of']>['tool'] {
    return this.#settings.of(this.family).tool;
  }

  #expect(deletes: number): void {
    const nowMs = performance.now();
    this.#ownDeletes = (nowMs > this.#ownUntilMs ? 0 : this.#ownDeletes) + deletes;
    this.#ownUntilMs = nowMs + 2000;
  }
}

export function isFailure(value: readonly string[] | undefined | Failure): value is Failure {
  return value !== undefined && 'error' in value;
}
