import { type Clock, escapeControl, isSingle, parseIp } from '../base/index.ts';
import { IgnoreEntries } from './ignore-entries.ts';
import { IgnoreFile, ignoreFilePath } from './ignore-file.ts';
import { NamedAddresses } from './named-addresses.ts';
import type { OwnAddresses } from './own-addresses.ts';
import type { Resolver } from './resolver.ts';

/** Why an id is spared: fail2ban's words. `file:/path` where it stands in that file. */
export type ListedBy = 'ip' | 'dns' | 'ignoreself rule' | `file:${string}`;

/**
 * Why an id must not be banned. Beyond fail2ban's rules, a network that a log line names must not cover an own or
 * ignored address (`covers`) nor be huge (`too wide`). `no`: it may be banned. `unready`: host names of the list are
 * being looked up; ask again after `ready()`.
 */
export type IgnoreVerdict = ListedBy | 'no' | 'unready' | 'covers' | 'too wide';

/** Whether the id is spared by what the administrator wrote, and not only because no log line may ban so much. */
export function isListed(verdict: IgnoreVerdict): verdict is ListedBy {
  return !['no', 'unready', 'covers', 'too wide'].includes(verdict);
}

/** Refused even without an ignore list: no log line may shut out more than this. */
const widestPrefix = { 4: 8, 6: 16 };

/** Answers kept; they are only a shortcut, so at the bound all are thrown away. */
const maxVerdicts = 20_000;

export interface IgnoreListParts {
  readonly clock: Clock;
  readonly own: OwnAddresses;
  readonly resolver: Resolver;
  /** Takes what the administrator should know about the list. */
  readonly warn: (message: string) => void;
}

/** What stands in a list or one of its files, and the word for it. */
interface Source {
  readonly by: ListedBy;
  readonly entries: () => IgnoreEntries;
}

/** Who is never banned by a log line: `ignoreip` and `ignoreself` of one jail. */
export class IgnoreList {
  readonly #parts: IgnoreListParts;
  readonly #ignoreSelf: boolean;
  readonly #sources: readonly Source[];
  readonly #named: NamedAddresses;
  readonly #verdicts = new Map<string, IgnoreVerdict>();
  /** What the kept verdicts were made from. */
  #current: readonly IgnoreEntries[] = [];
  #generations = '';

  /** `entries`: addresses, networks, host names, raw ids, or `file:/path` with such in it. */
  constructor(entries: readonly string[], ignoreSelf: boolean, parts: IgnoreListParts) {
    this.#parts = parts;
    this.#ignoreSelf = ignoreSelf;
    this.#named = new NamedAddresses(parts);
    const plain = new IgnoreEntries(entries.filter((entry) => !entry.startsWith('file:')));
    const files = entries.filter((entry) => entry.startsWith('file:')).flatMap((entry) => this.#file(entry));
    this.#sources = [{ by: 'ip', entries: () => plain }, ...files];
  }

  /** Whether a log line may ban this id, and if not, why. */
  check(id: string): IgnoreVerdict {
    this.#refresh();
    if (!this.#named.isReady()) return 'unready';
    const generations = `${this.#parts.own.generation()} ${this.#named.generation}`;
    if (generations !== this.#generations || this.#verdicts.size > maxVerdicts) {
      this.#generations = generations;
      this.#verdicts.clear();
    }
    const kept = this.#verdicts.get(id);
    if (kept !== undefined) return kept;
    const verdict = this.#judge(id);
    this.#verdicts.set(id, verdict);
    return verdict;
  }

  /** The address, network or id of the list, or of one of its files, that spares an id; undefined for other reasons. */
  entryFor(id: string): string | undefined {
    this.#refresh();
    for (const entries of this.#current) {
      const entry = entries.entryFor(id);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  /** Settles when the host names have their addresses, or could not be looked up. Never rejects. */
  ready(): Promise<void> {
    this.#refresh();
    return this.#named.ready();
  }

  #file(entry: string): Source[] {
    const { clock, warn } = this.#parts;
    const path = ignoreFilePath(entry);
    if (path === undefined) {
      warn(`ignoreip ${escapeControl(entry)} is no file; write file: and an absolute path`);
      return [];
    }
    const file = new IgnoreFile(path, { clock, warn });
    return [{ by: `file:${path}`, entries: () => file.entries() }];
  }

  /** Takes over what has changed in the files. */
  #refresh(): void {
    const current = this.#sources.map((source) => source.entries());
    if (current.every((entries, index) => entries === this.#current[index])) return;
    this.#current = current;
    this.#verdicts.clear();
    this.#named.setNames(current.flatMap(({ names }) => names));
  }

  #judge(id: string): IgnoreVerdict {
    const ip = parseIp(id);
    if (ip === undefined) return this.#firstWith((entries) => entries.hasText(id)) ?? 'no';
    const { own } = this.#parts;
    if (isSingle(ip) && this.#ignoreSelf && own.touches(ip)) return 'ignoreself rule';
    const listed = this.#firstWith((entries) => entries.holds(ip));
    if (listed !== undefined) return listed;
    if (isSingle(ip)) return this.#named.holds(ip) ? 'dns' : 'no';
    if (ip.prefix < widestPrefix[ip.family]) return 'too wide';
    const covers =
      own.touches(ip) || this.#named.isWithin(ip) || this.#current.some((entries) => entries.isWithin(ip));
    return covers ? 'covers' : 'no';
  }

  #firstWith(test: (entries: IgnoreEntries) => boolean): ListedBy | undefined {
    return this.#sources.find((_source, index) => test(this.#current[index]!))?.by;
  }
}
