import { type PythonFloat, WarderError } from '../../src/base/index.ts';
import type {
  DatabaseOptions,
  FailedJail,
  HealthReport,
  OwnConfiguration,
  ReloadOptions,
  ServerApi,
  ServerOptions,
  ShutdownOptions,
  TarpitReport,
  WebReport,
  WhyReport,
} from '../../src/control/index.ts';
import { FakeJail } from './fake-jail.ts';

/** A server in memory: keeps what commands set, bans without a firewall, and writes down what it was told. */
export class FakeServer implements ServerApi {
  readonly jails = new Map<string, FakeJail>();
  readonly events: string[] = [];
  nowSec: number;
  #database: FakeDatabase | undefined;
  readonly options: ServerOptions;
  ownConfiguration?: OwnConfiguration;

  constructor(nowSec = 1_800_000_000) {
    this.nowSec = nowSec;
    this.options = new FakeOptions();
  }

  /** What `tarpit` answers. */
  tarpitReport: TarpitReport = {
    means: 'off',
    jails: [],
    problems: [],
    mostHeld: 0,
    figures: { held: 0, byVoice: {}, longestSec: 0, accepted: 0, refused: 0, wastedSec: 0 },
    addresses: [],
  };

  async tarpit(): Promise<TarpitReport> {
    return this.tarpitReport;
  }

  async why(id: string): Promise<WhyReport> {
    return { id, bannedBy: [], jails: [], history: [] };
  }

  /** What `health` answers. */
  healthReport: HealthReport = { observeOnly: false, nowSec: 1, jails: [] };

  health(): HealthReport {
    return this.healthReport;
  }

  /** What `web` answers. */
  webReport: WebReport = { state: 'off' };

  web(): WebReport {
    return this.webReport;
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

  async shutdown(options?: ShutdownOptions): Promise<void> {
    this.events.push(options?.keepBans ? 'shutdown, bans kept' : 'shutdown');
  }

  async beginReload(jail: string | undefined, options: ReloadOptions): Promise<void> {
    if (jail !== undefined && !options.ifExists) this.jail(jail);
    for (const name of jail === undefined ? this.jailNames() : [jail]) this.jails.delete(name);
    const flags = Object.entries(options).filter(([, on]) => on);
    this.events.push(`begin reload ${[jail ?? '--all', ...flags.map(([flag]) => flag)].join(' ')}`);
  }

  async endReload(failed: readonly FailedJail[]): Promise<readonly FailedJail[]> {
    this.events.push(`end reload${failed.map(({ jail }) => ` failed:${jail}`).join('')}`);
    return failed;
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

  /** TXT records by name; a name that is not there does not exist. */
  readonly texts = new Map<string, readonly string[] | Error>();

  async lookupText(name: string): Promise<readonly string[]> {
    const found = this.texts.get(name) ?? Object.assign(new Error(`no ${name}`), { code: 'ENOTFOUND' });
    if (found instanceof Error) throw found;
    return found;
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
  #purgeAgeSec: number | PythonFloat = 86_400;

  constructor(file: string) {
    this.file = file;
  }

  maxMatches = (): number => this.#maxMatches;
  purgeAgeSec = (): number | PythonFloat => this.#purgeAgeSec;

  setMaxMatches(count: number): void {
    this.#maxMatches = count;
  }

  setPurgeAgeSec(ageSec: number | PythonFloat): void {
    this.#purgeAgeSec = ageSec;
  }
}
