import type { PythonFloat, PythonValue } from '../base/index.ts';
import type { UseDns } from '../detect/index.ts';
import type { HealthReport, TarpitReport, WebReport, WhyReport } from './reports.ts';

/**
 * What the control socket needs of the daemon. `src/daemon` implements it, tests have it in memory.
 *
 * Values are typed and in units: parsing the words of a command (integers, time spans, `on`/`off`, JSON) and shaping the
 * answer in fail2ban's nesting is done by `control/commands`. A method that cannot do what is asked throws a
 * `WarderError`; the codes of `control/python-errors.ts` reach a Python client as the exception that fail2ban would raise.
 */
export interface ServerApi {
  /** Version that `version` answers: the release of fail2ban that we are compatible with. */
  version(): string;

  /** Server-wide options that have a value at every time. */
  readonly options: ServerOptions;

  /** The database in use, or undefined while there is none. */
  database(): DatabaseOptions | undefined;

  /**
   * Opens the database (`None` in any letter case: none). Throws `DATABASE_IN_USE` when jails are present and the file
   * differs.
   */
  setDatabase(file: string): Promise<void>;

  /** Names of all jails in the order of their creation. */
  jailNames(): readonly string[];

  /** The jail; throws `UNKNOWN_JAIL` (with `jail`). While a reload is under way its settings are those being built. */
  jail(name: string): JailApi;

  /**
   * `add`: creates a jail, or, during a reload that covers it, takes it over. `backend` as given, with options in
   * brackets. Throws `DUPLICATE_JAIL` or `BACKEND_UNKNOWN`.
   */
  addJail(name: string, backend: string): Promise<void>;

  /** `start JAIL`: brings the running jail to its settings, starting it where it does not run, and ends its idling. */
  startJail(name: string): Promise<void>;

  /** `stop JAIL`: stops and removes the jail. */
  stopJail(name: string): Promise<void>;

  /** `stop --all`: stops and removes every jail; the server goes on. */
  stopAllJails(): Promise<void>;

  /**
   * `stop`: stops every jail and closes the database. The answer goes out when this resolves; the process ends
   * afterwards. It must not wait for the socket server's `stop`, which waits for this command.
   */
  shutdown(options?: ShutdownOptions): Promise<void>;

  /**
   * Begins a reload of one jail or (`undefined`) of all: their settings become empty drafts, which the commands that
   * follow fill. Throws `UNKNOWN_JAIL`, or `RELOAD_BUSY` while another runs.
   */
  beginReload(jail: string | undefined, options: ReloadOptions): Promise<void>;

  /**
   * Ends it: jails that got no `start` since are stopped and removed. `failed` are jails whose commands had an error: they
   * keep running as they were before (a new one is not started), and so do those that `config-error` named. Returns both.
   */
  endReload(failed: readonly FailedJail[]): Promise<readonly FailedJail[]>;

  /** Tells of the jails of a `server-stream` whose commands had an error; they are shown as broken, the others run. */
  reportFailedJails(failed: readonly FailedJail[]): void;

  /** Our extension `ban IP…`: bans in the built-in jail `manual`, creating it on first use. Returns the number of new bans. */
  ban(ids: readonly string[]): Promise<number>;

  /** `unban`: in all jails and the database; `undefined` is every ban. Returns the number of bans that ended. */
  unban(ids: readonly string[] | undefined): Promise<number>;

  /** What the tarpit holds, and has held since the daemon started. */
  tarpit(): Promise<TarpitReport>;

  /** Why an address, a network or another id is banned, or is not. An id that nobody knows is `clean` everywhere. */
  why(id: string): Promise<WhyReport>;

  /** How the daemon, its jails, logs, rules and actions are. */
  health(): HealthReport;

  /** The web page and its address. */
  web(): WebReport;

  /** Reopens the log file. Returns fail2ban's words: `rolled over` for a file, `flushed` for anything else. */
  flushLogs(): Promise<string>;

  /** Where the server reads its configuration by itself; absent when it got it from a client only. */
  readonly ownConfiguration?: OwnConfiguration;

  /** The TXT records of a name; throws an error with the `code` of node:dns (`ENOTFOUND`: there is no such name). */
  lookupText(name: string): Promise<readonly string[]>;

  /** `config-error`: the client tells what was wrong in the configuration; goes to the log as an error. */
  reportConfigError(message: string): void;
}

/** The server's own configuration, which a reload without a stream reads anew. */
export interface OwnConfiguration {
  /** Its folders, the lowest layer first. */
  readonly layers: readonly string[];
  /** Reads it, all of it or one jail (`undefined`: all), as commands. Mistakes go to the log. */
  read(jail: string | undefined): readonly SourcedCommand[];
}

/** A command of a stream, with the place in the configuration that it comes from where that is known. */
export interface SourcedCommand {
  readonly args: readonly PythonValue[];
  readonly origin?: { readonly file: string; readonly line: number };
}

/** `--restart`: stop and start instead of changing in place; `--unban`: end the bans first; `--if-exists`: no error for an unknown jail. */
export interface ReloadOptions {
  readonly restart: boolean;
  readonly unban: boolean;
  readonly ifExists: boolean;
}

/** `keepBans`: for a restart; bans stay in force where the actions can find them again. */
export interface ShutdownOptions {
  readonly keepBans: boolean;
}

export interface FailedJail {
  readonly jail: string;
  readonly error: unknown;
  /** Where the command that failed was written, when that is known. */
  readonly origin?: { readonly file: string; readonly line: number };
}

/** Options of the server. A setter throws when the value cannot be used; the old one stays then. */
export interface ServerOptions {
  /** A level's name or number, as it was set, in upper case. */
  logLevel(): string;
  setLogLevel(level: string): void;
  /** Target without its options, as fail2ban shows it. */
  logTarget(): string;
  setLogTarget(target: string): Promise<void>;
  syslogSocket(): string;
  setSyslogSocket(path: string): Promise<void>;
  /** true, false or `auto`. */
  setAllowIpv6(value: boolean | 'auto'): void;
}

export interface DatabaseOptions {
  readonly file: string;
  maxMatches(): number;
  setMaxMatches(count: number): void;
  /** A float where the span was given as one of Python's. */
  purgeAgeSec(): number | PythonFloat;
  setPurgeAgeSec(ageSec: number | PythonFloat): void;
}

/** One jail: its settings, its counts and its bans. */
export interface JailApi {
  readonly name: string;

  option<K extends keyof JailOptions>(option: K): JailOptions[K];
  /** Takes effect at once in a running jail; throws when a value is no good (a regex, a time zone, an encoding). */
  setOptions(values: Partial<JailOptions>): Promise<void>;

  /** `bantime.NAME`; undefined when it is not set. */
  banTimeExtra(name: string): PythonValue | undefined;
  /** `value` undefined takes the option back. Numbers of seconds for maxtime and rndtime, a boolean for increment. */
  setBanTimeExtra(name: string, value: PythonValue | undefined): Promise<void>;

  failRegex(): readonly string[];
  addFailRegex(regexes: readonly string[]): Promise<void>;
  /** Index as Python has it (negative counts from the end); one that does not exist is logged and changes nothing. */
  deleteFailRegex(index: number): Promise<void>;
  ignoreRegex(): readonly string[];
  addIgnoreRegex(regexes: readonly string[]): Promise<void>;
  deleteIgnoreRegex(index: number): Promise<void>;

  ignoreIp(): readonly string[];
  addIgnoreIp(entry: string): Promise<void>;
  /** Throws `IGNOREIP_UNKNOWN` when it is not there. */
  deleteIgnoreIp(entry: string): Promise<void>;

  /** Files in use; empty for a journal. */
  logPaths(): readonly string[];
  addLogPath(path: string, tail: boolean): Promise<void>;
  deleteLogPath(path: string): Promise<void>;
  /** Alternatives of terms; empty for files. */
  journalMatch(): readonly (readonly string[])[];
  /** Words of one command; a `+` among them separates alternatives. */
  addJournalMatch(words: readonly string[]): Promise<void>;
  deleteJournalMatch(words: readonly string[]): Promise<void>;

  /** Names of the actions in their order. */
  actionNames(): readonly string[];
  /** Throws `ACTION_UNKNOWN`. */
  action(name: string): ActionApi;
  /** Throws `DUPLICATE_ACTION`, or `ACTION_PYTHON` when a Python file is asked for that has no built-in equal. */
  addAction(name: string, python?: PythonAction): Promise<void>;
  deleteAction(name: string): Promise<void>;

  status(): JailStatus;
  /** Bans in force, in the order in which they were made. */
  bans(): readonly BanInForce[];
  /** Their ids, in the same order. */
  bannedIds(): readonly string[];
  isBanned(id: string): boolean;
  /** `banip`: returns the number of new bans. */
  ban(ids: readonly string[]): Promise<number>;
  /** `unbanip`: addresses, networks, names. Returns the bans that ended; `absent` names the ids that had none. */
  unban(ids: readonly string[]): Promise<{ readonly ended: number; readonly absent: readonly string[] }>;
  /** `attempt`: counts as many failures of `id` as there are lines, at least one. */
  attempt(id: string, lines: readonly string[]): Promise<number>;
}

/** A Python action file and its arguments, as `addaction` carries them. */
export interface PythonAction {
  readonly file: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Options of a jail with one value each. */
export interface JailOptions {
  idle: boolean;
  ignoreSelf: boolean;
  /** Enforce nothing, and say what would be. */
  dryRun: boolean;
  /** Prefix lengths of bans, and after how many banned addresses a network is banned; undefined where not set. */
  banPrefix4: number | undefined;
  banPrefix6: number | undefined;
  escalateAfter: number | undefined;
  /** Undefined until one is set. */
  ignoreCommand: string | undefined;
  /** Parameters of `ignorecache` (`key`, `max-count`, `max-time`), or undefined when answers are not kept. */
  ignoreCache: ReadonlyMap<string, string> | undefined;
  /** A name as given, or `auto`. */
  logEncoding: string;
  logTimeZone: string | undefined;
  prefRegex: string | undefined;
  useDns: UseDns;
  datePattern: string | undefined;
  /** `text`, or `json[…]`. */
  logFormat: string;
  findTimeSec: number;
  /** The span was given as one of Python's floats (`1mo`, `1.5h`), which answers show. */
  findTimeIsFloat: boolean;
  banTimeSec: number;
  maxRetry: number;
  maxMatches: number;
  maxLines: number;
}

/** One action of a jail. */
export interface ActionApi {
  readonly name: string;
  /** Properties that were set, and `timeout` in seconds as a number; a command that was not set is absent. */
  properties(): ReadonlyMap<string, PythonValue>;
  setProperty(name: string, value: PythonValue): Promise<void>;
  /** Calls `start`, `stop`, `flush`, `ban`, … with keyword arguments; throws `ACTION_METHOD` for one that we do not have. */
  call(method: string, args: Readonly<Record<string, unknown>>): Promise<PythonValue>;
}

/** A jail's counts. */
export interface JailStatus {
  /** Backend in use: `pyinotify`, `polling` or `systemd`. */
  readonly backend: string;
  readonly currentlyFailed: number;
  readonly totalFailed: number;
  readonly currentlyBanned: number;
  readonly totalBanned: number;
  /** Rules that held lines too often and do not run, as `failregex 3`; absent without any. */
  readonly suspendedRules?: readonly string[];
  /** With them all of the jail's detection is suspended. */
  readonly isSuspended?: boolean;
}

export interface BanInForce {
  readonly id: string;
  /** Start, seconds since the epoch. */
  readonly timeSec: number;
  /** -1 is for ever. */
  readonly banTimeSec: number;
}
