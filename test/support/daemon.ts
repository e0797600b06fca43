import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ManualClock, type PythonValue } from '../../src/base/index.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import { LogTarget } from '../../src/daemon/log-target.ts';
import { manualJailCommands } from '../../src/daemon/manual-jail.ts';
import { OwnConfigurationReader } from '../../src/daemon/own-configuration.ts';
import type { StartWeb, WebSettings } from '../../src/web/index.ts';
import { InlineDetection } from './inline-detection.ts';

/** A folder with a whole configuration in it, whose actions note in a file what they were told to do. */
export class TestHome {
  readonly path: string;
  readonly #daemons = new Set<TestDaemon>();

  constructor(context: TestContext) {
    this.path = mkdtempSync(join(tmpdir(), 'warder-daemon-'));
    context.after(async () => {
      for (const daemon of this.#daemons) await daemon.stop();
      rmSync(this.path, { recursive: true, force: true });
    });
    for (const folder of ['filter.d', 'action.d', 'jail.d']) mkdirSync(join(this.path, folder));
    this.write('app.log', '');
    this.write(
      'fail2ban.conf',
      `[Definition]
loglevel = INFO
logtarget = ${join(this.path, 'fail2ban.log')}
dbfile = ${join(this.path, 'fail2ban.sqlite3')}
dbpurgeage = 1d
`,
    );
    this.write('filter.d/app.conf', '[Definition]\nfailregex = ^\\s*bad login from <HOST>$\n');
    this.write(
      'filter.d/recidive.conf',
      '[Definition]\nfailregex = NOTICE\\s+\\[(?!recidive\\])[^\\]]+\\]\\s+Ban <HOST>$\n',
    );
    const note = (step: string): string =>
      `action${step} = echo "${step} <name> <ip>" >> ${join(this.path, 'acts')}`;
    this.write(
      'action.d/note.conf',
      `[Definition]
actionstart = echo "start <name>" >> ${join(this.path, 'acts')}
actionstop = echo "stop <name>" >> ${join(this.path, 'acts')}
${note('ban')}
${note('unban')}
[Init]
name = default
`,
    );
    this.write(
      'jail.conf',
      `[DEFAULT]
banaction_allports = note
banaction = note
action_ = %(banaction)s[name=%(__name__)s]
action = %(action_)s
maxretry = 3
findtime = 10m
bantime = 10m
backend = polling
filter = %(__name__)s
logpath = ${join(this.path, 'app.log')}
[app]
enabled = true
`,
    );
  }

  /** A daemon that is to be stopped when the test ends. */
  adopt(daemon: TestDaemon): void {
    this.#daemons.add(daemon);
  }

  /** It is gone already. */
  release(daemon: TestDaemon): void {
    this.#daemons.delete(daemon);
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.path, name), text);
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), 'utf8');
  }

  /** What the actions did so far. */
  acts(): readonly string[] {
    try {
      return this.read('acts').trim().split('\n');
    } catch {
      return [];
    }
  }
}

/** The page of a test's daemon. */
export interface TestWeb {
  readonly settings: WebSettings;
  readonly start?: StartWeb;
}

/** A daemon on such a folder, with lines fed by hand and time set by hand. */
export class TestDaemon {
  readonly home: TestHome;
  readonly clock: ManualClock;
  readonly log: LogTarget;
  readonly daemon: Daemon;
  detection!: InlineDetection;
  readonly #own: OwnConfigurationReader;

  /** `web`: the page is served as well. */
  constructor(home: TestHome, clock = new ManualClock(), web?: TestWeb) {
    this.home = home;
    this.clock = clock;
    this.log = new LogTarget({ clock });
    this.#own = new OwnConfigurationReader({
      reading: { layers: [home.path] },
      logger: this.log,
      isRunning: (jail) => this.daemon.server.jailNames().includes(jail),
    });
    this.daemon = new Daemon({
      log: this.log,
      clock,
      socketPath: join(home.path, 'fail2ban.sock'),
      force: false,
      web: web?.settings,
      ...(web?.start === undefined ? {} : { startWeb: web.start }),
      readInterfaces: () => ({}),
      readGateways: () => [],
      manualCommands: () => manualJailCommands({ layers: [home.path] }),
      ownConfiguration: this.#own,
      stopLimits: { hangSec: 0.5, allHangsSec: 1, leastSec: 0.2 },
      createDetection: (parts) => {
        this.detection = new InlineDetection(parts);
        return this.detection;
      },
    });
  }

  /** Starts with the folder's configuration. */
  async start(): Promise<this> {
    this.home.adopt(this);
    await this.log.setLogTarget(join(this.home.path, 'fail2ban.log'));
    await this.daemon.start();
    await this.daemon.dispatcher.applyStream(this.#own.readAll().commands);
    await this.daemon.restoreManualJail();
    return this;
  }

  /** A failure of `ip` in the log of the jail `app`, now. */
  fail(ip: string, times = 1): void {
    for (let count = 0; count < times; count += 1) {
      const date = new Date(this.clock.nowSec() * 1000).toISOString().replace('Z', '+00:00');
      this.detection.feed('app', `${date} bad login from ${ip}`);
    }
  }

  run(...words: PythonValue[]): Promise<PythonValue> {
    return this.daemon.dispatcher.execute(words);
  }

  /** Settles when the actions have caught up. */
  async settle(): Promise<void> {
    await this.daemon.settle();
  }

  async stop(): Promise<void> {
    await this.daemon.stop();
    this.log.close();
  }

  /** As `kill -9` leaves things: no jail is stopped, no firewall cleaned; only the socket and the file are free again. */
  async abandon(): Promise<void> {
    await this.daemon.close();
    this.log.close();
    this.home.release(this);
  }
}
