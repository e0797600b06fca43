import { type PythonValue, parseIp, WarderError } from '../../src/base/index.ts';
import type {
  ActionApi,
  BanInForce,
  JailApi,
  JailOptions,
  JailStatus,
  PythonAction,
} from '../../src/control/index.ts';

/** What a jail needs of the server that holds it. */
export interface FakeHost {
  readonly nowSec: number;
  readonly events: string[];
}

/** One jail of the FakeServer. */
export class FakeJail implements JailApi {
  readonly name: string;
  started = false;
  counts: Omit<JailStatus, 'backend' | 'currentlyBanned' | 'totalBanned'> = {
    currentlyFailed: 0,
    totalFailed: 0,
  };
  readonly #server: FakeHost;
  readonly #backend: string;
  #options: JailOptions = {
    idle: false,
    ignoreSelf: true,
    dryRun: false,
    banPrefix4: undefined,
    banPrefix6: undefined,
    escalateAfter: undefined,
    ignoreCommand: undefined,
    ignoreCache: undefined,
    logEncoding: 'UTF-8',
    logTimeZone: undefined,
    logFormat: 'text',
    prefRegex: undefined,
    useDns: 'warn',
    datePattern: undefined,
    findTimeSec: 600,
    findTimeIsFloat: false,
    banTimeSec: 600,
    maxRetry: 3,
    maxMatches: 5,
    maxLines: 1,
  };
  readonly #extra = new Map<string, PythonValue>();
  readonly #lists = { fail: [] as string[], ignore: [] as string[], ip: [] as string[], log: [] as string[] };
  #journal: string[][] = [];
  readonly #actions = new Map<string, FakeAction>();
  readonly #bans = new Map<string, BanInForce>();
  #totalBanned = 0;

  constructor(server: FakeHost, name: string, backend: string) {
    this.#server = server;
    this.name = name;
    this.#backend = backend === 'auto' ? 'pyinotify' : backend;
  }

  option<K extends keyof JailOptions>(option: K): JailOptions[K] {
    return this.#options[option];
  }

  async setOptions(values: Partial<JailOptions>): Promise<void> {
    this.#options = { ...this.#options, ...values };
  }

  banTimeExtra(name: string): PythonValue | undefined {
    return this.#extra.get(name);
  }

  async setBanTimeExtra(name: string, value: PythonValue | undefined): Promise<void> {
    if (value === undefined) this.#extra.delete(name);
    else this.#extra.set(name, value);
  }

  failRegex = (): readonly string[] => this.#lists.fail;
  ignoreRegex = (): readonly string[] => this.#lists.ignore;
  ignoreIp = (): readonly string[] => this.#lists.ip;
  logPaths = (): readonly string[] => this.#lists.log;
  journalMatch = (): readonly (readonly string[])[] => this.#journal;

  async addFailRegex(regexes: readonly string[]): Promise<void> {
    if (regexes.some((regex) => regex.includes('((')))
      throw new WarderError('REGEX', 'unbalanced parenthesis');
    this.#lists.fail.push(...regexes);
  }

  async deleteFailRegex(index: number): Promise<void> {
    this.#lists.fail.splice(index, 1);
  }

  async addIgnoreRegex(regexes: readonly string[]): Promise<void> {
    this.#lists.ignore.push(...regexes);
  }

  async deleteIgnoreRegex(index: number): Promise<void> {
    this.#lists.ignore.splice(index, 1);
  }

  async addIgnoreIp(entry: string): Promise<void> {
    this.#lists.ip.push(entry);
  }

  async deleteIgnoreIp(entry: string): Promise<void> {
    const at = this.#lists.ip.indexOf(entry);
    if (at < 0) throw new WarderError('IGNOREIP_UNKNOWN', 'list.remove(x): x not in list');
    this.#lists.ip.splice(at, 1);
  }

  async addLogPath(path: string): Promise<void> {
    this.#lists.log.push(path);
  }

  async deleteLogPath(path: string): Promise<void> {
    this.#lists.log.splice(this.#lists.log.indexOf(path), 1);
  }

  async addJournalMatch(words: readonly string[]): Promise<void> {
    this.#journal.push([...words]);
  }

  async deleteJournalMatch(words: readonly string[]): Promise<void> {
    this.#journal = this.#journal.filter((terms) => terms.join(' ') !== words.join(' '));
  }

  actionNames(): readonly string[] {
    return [...this.#actions.keys()];
  }

  action(name: string): FakeAction {
    const action = this.#actions.get(name);
    if (action === undefined) throw new WarderError('ACTION_UNKNOWN', `Invalid Action name: ${name}`);
    return action;
  }

  async addAction(name: string, python?: PythonAction): Promise<void> {
    if (python !== undefined) throw new WarderError('ACTION_PYTHON', 'Python actions cannot run here');
    if (this.#actions.has(name)) throw new WarderError('DUPLICATE_ACTION', `Action ${name} already exists`);
    this.#actions.set(name, new FakeAction(name));
  }

  async deleteAction(name: string): Promise<void> {
    this.action(name);
    this.#actions.delete(name);
  }

  status(): JailStatus {
    const banned = { currentlyBanned: this.#bans.size, totalBanned: this.#totalBanned };
    return { backend: this.#backend, ...this.counts, ...banned };
  }

  bans(): readonly BanInForce[] {
    return [...this.#bans.values()];
  }

  bannedIds(): readonly string[] {
    return [...this.#bans.keys()];
  }

  isBanned(id: string): boolean {
    return this.#bans.has(parseIp(id)?.text ?? id);
  }

  async ban(ids: readonly string[]): Promise<number> {
    const fresh = ids.map((id) => parseIp(id)?.text ?? id).filter((id) => !this.#bans.has(id));
    for (const id of fresh) {
      this.#bans.set(id, { id, timeSec: this.#server.nowSec, banTimeSec: this.#options.banTimeSec });
    }
    this.#totalBanned += fresh.length;
    return fresh.length;
  }

  async unban(ids: readonly string[]): Promise<{ ended: number; absent: string[] }> {
    const absent = ids.filter((id) => !this.#bans.delete(parseIp(id)?.text ?? id));
    return { ended: ids.length - absent.length, absent };
  }

  async attempt(id: string, lines: readonly string[]): Promise<number> {
    this.#server.events.push(`attempt ${id} ${lines.length}`);
    return 1;
  }
}

class FakeAction implements ActionApi {
  readonly name: string;
  readonly #properties = new Map<string, PythonValue>();

  constructor(name: string) {
    this.name = name;
  }

  properties(): ReadonlyMap<string, PythonValue> {
    return this.#properties;
  }

  async setProperty(name: string, value: PythonValue): Promise<void> {
    this.#properties.set(name, value);
  }

  async call(method: string, args: Readonly<Record<string, unknown>>): Promise<PythonValue> {
    return `${method} ${JSON.stringify(args)}`;
  }
}
