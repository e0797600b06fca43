import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type OracleDaemon, Ours, SharedClock, Theirs } from './daemons.ts';
import { dateAt, type JailText, type Restart, type Scenario, type Step, startSec } from './scenario.ts';
import { markOf, marks, type Told } from './transcript.ts';

/** What a daemon told of a scenario, and what its database knows in the end. */
export interface Account {
  readonly told: readonly string[];
  readonly bans: readonly string[];
}

export interface Comparison {
  readonly scenario: Scenario;
  readonly theirs: Account;
  readonly ours: Account;
}

interface WorldOptions {
  readonly restarts?: readonly Restart[];
  /** Jails that read the daemon's own log: after each round both are given time to read it. */
  readonly readsOwnLog?: boolean;
}

/** A file system in memory: both databases are written after each ban, and the disk is not what is compared. */
const memory = '/dev/shm';

/** So long ours has for reading a line of its own log, which no mark follows. */
const ownLogMs = 300;

const usual: JailText = {
  enabled: 'true',
  backend: 'polling',
  filter: 'app',
  action: '',
  maxretry: '3',
  findtime: '600',
  bantime: '607',
  ignoreself: 'false',
  ignoreip: marks,
};

/** Many scenarios, each in jails of its own, lived through at the same time by one process of each daemon. */
export class World {
  readonly #scenarios: readonly Scenario[];
  readonly #restarts: readonly Restart[];
  readonly #readsOwnLog: boolean;
  readonly #clock: SharedClock;
  readonly #theirs: Theirs;
  readonly #ours: Ours;
  #options: ReadonlyMap<string, JailText>;
  #round = 0;

  constructor(context: TestContext, scenarios: readonly Scenario[], options: WorldOptions = {}) {
    const folder = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'warder-oracle-'));
    this.#scenarios = scenarios;
    this.#restarts = options.restarts ?? [];
    this.#readsOwnLog = options.readsOwnLog ?? false;
    this.#clock = new SharedClock(folder);
    this.#theirs = new Theirs(join(folder, 'theirs'), this.#clock);
    this.#ours = new Ours(join(folder, 'ours'), this.#clock);
    this.#options = new Map(scenarios.flatMap(({ jails }) => Object.entries(jails)));
    context.after(async () => {
      await Promise.all(this.#both.map((daemon) => daemon.end('kill')));
      rmSync(folder, { recursive: true, force: true });
    });
  }

  get #both(): readonly [OracleDaemon, OracleDaemon] {
    return [this.#theirs, this.#ours];
  }

  /** Lives through everything, and returns what each daemon told of each scenario. */
  async run(): Promise<Comparison[]> {
    for (const daemon of this.#both) {
      for (const { name, before } of this.#scenarios) {
        writeFileSync(logOf(daemon, name), (before ?? []).map((text) => `${text}\n`).join(''));
      }
    }
    this.#clock.set(0);
    await this.#start(0);
    for (const [atSec, steps] of this.#moments()) {
      this.#clock.set(atSec);
      const restart = this.#restarts.find((one) => one.atSec === atSec);
      const isDown = this.#restarts.some((one) => one.atSec < atSec && atSec < one.upAtSec);
      const isUp = this.#restarts.find((one) => one.upAtSec === atSec);
      if (isUp !== undefined) await this.#restart(isUp);
      else if (!isDown) await this.#settle();
      for (const round of rounds(steps)) await this.#live(round, !isDown);
      if (restart !== undefined) await Promise.all(this.#both.map((daemon) => daemon.end(restart.how)));
    }
    await Promise.all(this.#both.map((daemon) => daemon.end('stop')));
    return this.#scenarios.map((scenario) => ({
      scenario,
      theirs: accountOf(this.#theirs, scenario),
      ours: accountOf(this.#ours, scenario),
    }));
  }

  /** Steps by time, in their order; times of restarts have none. */
  #moments(): [number, { scenario: Scenario; step: Step }[]][] {
    const all = this.#scenarios.flatMap((scenario) => scenario.steps.map((step) => ({ scenario, step })));
    const moments = Map.groupBy(all, ({ step }) => step.atSec);
    for (const { atSec, upAtSec } of this.#restarts) {
      for (const time of [atSec, upAtSec]) if (!moments.has(time)) moments.set(time, []);
    }
    return [...moments].sort(([a], [b]) => a - b);
  }

  async #start(atSec: number): Promise<void> {
    for (const daemon of this.#both) this.#configure(daemon);
    await Promise.all(this.#both.map((daemon) => daemon.start()));
    await this.#settle();
    // With a date, since a daemon that begins to read a log drops lines without one.
    await this.#mark(this.#scenarios, `${dateAt(atSec)} `);
  }

  async #restart({ upAtSec, changes = {} }: Restart): Promise<void> {
    this.#options = new Map(
      [...this.#options].map(([jail, options]) => [jail, { ...options, ...changes[jail] }]),
    );
    await this.#start(upAtSec);
  }

  async #settle(): Promise<void> {
    if (this.#readsOwnLog) await sleep(ownLogMs);
    await Promise.all(this.#both.map((daemon) => daemon.settle()));
  }

  /** One step of each of some scenarios, all at once. */
  async #live(round: readonly { scenario: Scenario; step: Step }[], isUp: boolean): Promise<void> {
    for (const { scenario, step } of round) {
      for (const daemon of this.#both) await perform(daemon, scenario, step);
    }
    if (!isUp) return;
    const written = round.filter(({ step }) => step.kind === 'line').map(({ scenario }) => scenario);
    if (written.length > 0) await this.#mark(written);
    else await this.#settle();
  }

  /** Writes a mark into the logs of these scenarios and waits until both have read it. */
  async #mark(scenarios: readonly Scenario[], date = ''): Promise<void> {
    const mark = markOf(++this.#round);
    const marked = scenarios.filter(({ name }) => name !== ownLog);
    for (const daemon of this.#both) {
      for (const { name } of marked) appendFileSync(logOf(daemon, name), `${date}bad login from ${mark}\n`);
    }
    await this.#settle();
    const jails = marked.flatMap((scenario) => Object.keys(scenario.jails));
    await Promise.all(this.#both.map((daemon) => daemon.seen(jails, mark)));
  }

  #configure(daemon: OracleDaemon): void {
    const { folder } = daemon;
    const write = (name: string, text: string): void => writeFileSync(join(folder, 'conf', name), text);
    write(
      'fail2ban.conf',
      `[Definition]
loglevel = INFO
logtarget = ${join(folder, 'fail2ban.log')}
syslogsocket = auto
socket = ${daemon.socket}
pidfile = ${join(folder, 'pid')}
dbfile = ${join(folder, 'fail2ban.sqlite3')}
dbpurgeage = 30d
dbmaxmatches = 10
`,
    );
    write('filter.d/app.conf', '[Definition]\nfailregex = ^\\s*bad login from <HOST>$\n');
    write(
      'filter.d/again.conf',
      '[Definition]\nfailregex = ^\\s*fail2ban\\.actions\\s+\\[\\d+\\]: NOTICE\\s+\\[(?!again\\])[^\\]]+\\] Ban <HOST>$\n',
    );
    const sections = this.#scenarios.flatMap(({ name, jails }) =>
      Object.keys(jails).map((jail) => {
        const options = { ...usual, logpath: logOf(daemon, name), ...this.#options.get(jail) };
        const text = Object.entries(options).map(([option, value]) => `${option} = ${value}\n`);
        return `[${jail}]\n${text.join('')}`;
      }),
    );
    write('jail.conf', sections.join('\n'));
  }
}

/** The scenario of this name reads the log of the daemon itself. */
export const ownLog = 'fail2ban';

function logOf(daemon: OracleDaemon, name: string): string {
  return join(daemon.folder, `${name}.log`);
}

/** The steps of one time in rounds, at most one of each scenario in a round. */
function rounds<T extends { readonly scenario: Scenario }>(steps: readonly T[]): T[][] {
  const result: T[][] = [];
  const counts = new Map<Scenario, number>();
  for (const step of steps) {
    const round = counts.get(step.scenario) ?? 0;
    counts.set(step.scenario, round + 1);
    const others = result[round] ?? [];
    others.push(step);
    result[round] = others;
  }
  return result;
}

async function perform(daemon: OracleDaemon, { name }: Scenario, step: Step): Promise<void> {
  const log = logOf(daemon, name);
  switch (step.kind) {
    case 'line':
      appendFileSync(log, `${step.text}\n`);
      return;
    case 'command':
      await daemon.send(step.words);
      return;
    case 'rotate':
      renameSync(log, `${log}.1`);
      writeFileSync(log, '');
      return;
    case 'truncate':
      truncateSync(log);
  }
}

/** By address: the two daemons need not end bans of one moment in the same order. */
function accountOf(daemon: OracleDaemon, { jails }: Scenario): Account {
  const told = daemon.transcript.told.filter(({ jail }) => jail in jails);
  const byId = Map.groupBy(told, ({ jail, id }) => `${jail} ${id}`);
  return {
    told: [...byId].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, lines]) => lines.map(lineOf)),
    bans: bansOf(daemon, Object.keys(jails)),
  };
}

function lineOf({ time, jail, text }: Told): string {
  return `${time} [${jail}] ${text}`;
}

function bansOf(daemon: OracleDaemon, jails: readonly string[]): string[] {
  const db = new DatabaseSync(join(daemon.folder, 'fail2ban.sqlite3'), { readOnly: true });
  try {
    const rows = db
      .prepare('SELECT jail, ip, timeofban, bantime + 0.0 AS length, bancount FROM bips ORDER BY jail, ip')
      .all();
    return rows
      .filter(({ jail }) => jails.includes(String(jail)))
      .map(({ jail, ip, timeofban, length, bancount }) => {
        const bound = Number(length).toFixed(3);
        return `${jail} ${ip} ${Number(timeofban) - startSec} + ${bound}, ${bancount} times`;
      });
  } finally {
    db.close();
  }
}
