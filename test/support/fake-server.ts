import { type PythonValue, parseIp, WarderError } from '../../src/base/index.ts';
import type {
  ActionApi,
  BanInForce,
  DatabaseOptions,
  FailedJail,
  JailApi,
  JailOptions,
  JailStatus,
  PythonAction,
  ReloadOptions,
  ServerApi,
  ServerOptions,
} from '../../src/control/index.ts';

/** A server in memory: keeps what commands set, bans without a firewall, and writes down what it was told. */
export class FakeServer implements ServerApi {
  readonly jails = new Map<string, FakeJail>();
  readonly events: string[] = [];
  nowSec: number;
  #database: FakeDatabase | undefined;
  readonly options: ServerOptions;

  constructor(nowSec = 1_800_000_000) {
    this.nowSec = nowSec;
    this.options = new FakeOptions();
  }

  version(): string {
    return '1.0.2';
  }

  database(): DatabaseOptions | undefined {
    return this.#database;
  }

  async setDatabase(file: string): Promise<void> {
    this.#database = file.toLowerCase() === 'none' ? undefined : new FakeDatabase(file);
  }

  jailNames(): readonly string[] {
    return [...this.jails.keys()];
  }

  jail(name: string): FakeJail {
    const jail = this.jails.get(name);
    if (jail === undefined) throw new WarderError('UNKNOWN_JAIL', `no jail ${name}`, { jail: name });
    return jail;
  }

  async addJail(name: string, backend: string): Promise<void> {
    if (this.jails.has(name))
      throw new WarderError('DUPLICATE_JAIL', `there is a jail ${name}`, { jail: name });
    this.jails.set(name, new FakeJail(this, name, backend));
    this.events.push(`add ${name} ${backend}`);
  }

  async startJail(name: string): Promise<void> {
    this.jail(name).started = true;
    this.events.push(`start ${name}`);
  }

  async stopJail(name: string): Promise<void> {
    this.jail(name);
    this.jails.delete(name);
    this.events.push(`stop ${name}`);
  }

  async stopAllJails(): Promise<void> {
    for (const name of this.jailNames()) await this.stopJail(name);
  }

  async shutdown(): Promise<void> {
    this.events.push('shutdown');
  }

  async beginReload(jail: string | undefined, options: ReloadOptions): Promise<void> {
    if (jail !== undefined && !options.ifExists) this.jail(jail);
    for (const name of jail === undefined ? this.jailNames() : [jail]) this.jails.delete(name);
    const flags = Object.entries(options).filter(([, on]) => on);
    this.events.push(`begin reload ${[jail ?? '--all', ...flags.map(([flag]) => flag)].join(' ')}`);
  }

  async endReload(failed: readonly FailedJail[]): Promise<void> {
    this.events.push(`end reload${failed.map(({ jail }) => ` failed:${jail}`).join('')}`);
  }

  reportFailedJails(failed: readonly FailedJail[]): void {
    this.events.push(
      `failed ${failed.map(({ jail, origin }) => `${jail}${origin ? `@${origin.line}` : ''}`).join(' ')}`,
    );
  }

  async ban(ids: readonly string[]): Promise<number> {
    if (!this.jails.has('manual')) await this.addJail('manual', 'auto');
    return this.jail('manual').ban(ids);
  }

  async unban(ids: readonly string[] | undefined): Promise<number> {
    let ended = 0;
    for (const jail of this.jails.values()) {
      ended += (await jail.unban(ids ?? jail.bans().map((ban) => ban.id))).ended;
    }
    return ended;
  }

  async flushLogs(): Promise<string> {
    return 'rolled over';
  }

  reportConfigError(message: string): void {
    this.events.push(`config-error ${message}`);
  }
}

class FakeOptions implements ServerOptions {
  #level = 'INFO';
  #target = '/var/log/fail2ban.log';
  #socket = 'auto';
  logLevel = (): string => this.#level;
  logTarget = (): string => this.#target;
  syslogSocket = (): string => this.#socket;
  setAllowIpv6 = (): void => undefined;

  setLogLevel(level: string): void {
    this.#level = level.toUpperCase();
  }

  async setLogTarget(target: string): Promise<void> {
    if (target.startsWith('/none/')) throw new WarderError('LOG_TARGET', `cannot write ${target}`);
    this.#target = target;
  }

  async setSyslogSocket(path: string): Promise<void> {
    this.#socket = path;
  }
}

class FakeDatabase implements DatabaseOptions {
  readonly file: string;
  #maxMatches = 10;
  #purgeAgeSec = 86_400;

  constructor(file: string) {
    this.file = file;
  }

  maxMatches = (): number => this.#maxMatches;
  purgeAgeSec = (): number => this.#purgeAgeSec;

  setMaxMatches(count: number): void {
    this.#maxMatches = count;
  }

  setPurgeAgeSec(ageSec: number): void {
    this.#purgeAgeSec = ageSec;
  }
}

/** One jail of the FakeServer. */
export class FakeJail implements JailApi {
  readonly name: string;
  started = false;
  counts: Pick<JailStatus, 'currentlyFailed' | 'totalFailed'> = { currentlyFailed: 0, totalFailed: 0 };
  readonly #server: FakeServer;
  readonly #backend: string;
  #options: JailOptions = {
    idle: false,
    ignoreSelf: true,
    ignoreCommand: '',
    ignoreCache: undefined,
    logEncoding: 'UTF-8',
    logTimeZone: undefined,
    prefRegex: undefined,
    useDns: 'warn',
    datePattern: undefined,
    findTimeSec: 600,
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

  constructor(server: FakeServer, name: string, backend: string) {
    this.#server = server;
    this.name = name;
    this.#backend = backend === 'auto' ? 'pyinotify' : backend;
  }

  option<K extends keyof JailOptions>(option: K): JailOptions[K] {
    return this.#options[option];
  }

  async setOption<K extends keyof JailOptions>(option: K, value: JailOptions[K]): Promise<void> {
    this.#options = { ...this.#options, [option]: value };
  }

  banTimeExtra(name: string): PythonValue | undefined {
    return this.#extra.get(name);
  }

  async setBanTimeExtra(name: string, value: PythonValue | undefined): Promise<void> {
    if (value === undefined) this.#extra.delete(name);
    else this.#extra.set(name, value);
  }

  datePattern(): readonly [string | null, string] {
    const pattern = this.#options.datePattern;
    return pattern === undefined ? [null, 'Default Detectors'] : [pattern, pattern];
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
