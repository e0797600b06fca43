import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { checkDatabase } from '../../src/cli/doctor/rollback-database.ts';
import { MemoryTerminal, runWarder } from '../../src/cli/index.ts';
import { requireFail2ban } from '../support/fail2ban.ts';
import { ban, banned, StoreBench, startSec, temporaryFolder } from '../support/storing.ts';

const nowSec = startSec + 100;

class DoctorBench {
  readonly folder: string;
  readonly database: StoreBench;

  constructor(context: TestContext, jail: string) {
    this.folder = temporaryFolder(context);
    this.database = new StoreBench(context);
    for (const name of ['filter.d', 'action.d']) mkdirSync(join(this.folder, name));
    this.write('filter.d/app.conf', '[Definition]\nfailregex = ^\\s*bad login from <HOST>$\n');
    this.write('app.log', '');
    this.write('fail2ban.conf', `[Definition]\ndbfile = ${this.database.file}\n`);
    this.write(
      'jail.conf',
      `[DEFAULT]\nlogpath = ${join(this.folder, 'app.log')}\nbanaction = iptables-multiport\naction = %(banaction)s[name=%(__name__)s]\n${jail}`,
    );
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  async run(...options: string[]): Promise<{ readonly code: number; readonly stdout: string }> {
    const terminal = new MemoryTerminal();
    const code = await runWarder(['doctor', '--rollback-check', '-c', this.folder, ...options], terminal);
    return { code, stdout: terminal.stdout };
  }
}

/** Bans that last as long as the test may take to run. */
function fill(bench: StoreBench): void {
  const store = bench.opened();
  const forEver = { banTimeSec: -1 };
  store.commit({
    changes: [banned(ban('192.0.2.1', forEver), ban('2001:db8::1', forEver), ban('192.0.2.9'))],
  });
}

test('a plain configuration and a database of ours let one go back, and nothing is changed by looking', async (t) => {
  if (!requireFail2ban(t)) return;
  const bench = new DoctorBench(t, '[app]\nenabled = true\n');
  fill(bench.database);
  bench.database.store.close();
  const before = readFileSync(bench.database.file);
  const { code, stdout } = await bench.run();
  assert.equal(code, 0, stdout);
  assert.match(
    stdout,
    /^ok {7}database: .*fail2ban 1\.\S+ opens a copy of it, and finds 2 bans in force, 3 of the past/m,
  );
  assert.match(stdout, /^Going back to fail2ban would work now\.$/m);
  assert.deepEqual(readFileSync(bench.database.file), before);
  assert.deepEqual(readdirSync(dirname(bench.database.file)), ['fail2ban.sqlite3']);
});

test('a database in use, with what is not yet in the file proper, is looked at as it is', async (t) => {
  if (!requireFail2ban(t)) return;
  const bench = new StoreBench(t);
  fill(bench);
  assert.ok(statSync(`${bench.file}-wal`).size > 0);
  const [finding] = await checkDatabase(bench.file, { nowSec });
  assert.equal(finding?.verdict, 'good', JSON.stringify(finding));
  assert.match(finding?.message ?? '', /3 bans in force/);
});

test('without fail2ban the tables alone are judged, and the answer says so', async (t) => {
  const bench = new StoreBench(t);
  fill(bench);
  const [finding] = await checkDatabase(bench.file, { nowSec, pythons: ['/nonexistent/python3'] });
  assert.equal(finding?.verdict, 'good');
  assert.match(finding?.message ?? '', /version 4 with 3 bans in force.*no fail2ban is installed/);
});

test('a database of a newer release, and one that fail2ban cannot read, are problems', async (t) => {
  const newer = new StoreBench(t);
  const db = new DatabaseSync(newer.file);
  db.exec('CREATE TABLE fail2banDb (version INTEGER); INSERT INTO fail2banDb VALUES (5)');
  db.close();
  const [first] = await checkDatabase(newer.file, { nowSec });
  assert.equal(first?.verdict, 'problem');
  assert.match(first?.message ?? '', /STATE_SCHEMA_NEWER/);
  const damaged = new StoreBench(t);
  writeFileSync(damaged.file, 'no database'.repeat(500));
  assert.equal((await checkDatabase(damaged.file, { nowSec }))[0]?.verdict, 'problem');
});

const unknown: Readonly<Record<string, readonly [jail: string, told: RegExp]>> = {
  'logformat = json': [
    'logformat = json[time=ts, address=ip, matches="msg"]',
    /jail\.conf:\d+: jail app: logformat = json.*unknown to fail2ban/,
  ],
  'a file in ignoreip': [
    'ignoreip = 127.0.0.1 file:/etc/fail2ban/friends',
    /ignoreip = file:\/etc\/fail2ban\/friends/,
  ],
  'a list of chains': [
    'action = iptables-multiport[name=app, chain="INPUT,FORWARD"]',
    /chain = INPUT,FORWARD/,
  ],
  TARPIT: ['action = iptables-multiport[name=app, blocktype=TARPIT]', /blocktype = TARPIT/],
  'an action of our own': ['action = observe', /action\.d\/observe\.conf is Warder's own/],
};

for (const [name, [option, told]] of Object.entries(unknown)) {
  test(`${name} is told with its place, and the exit code says that one cannot wholly go back`, async (t) => {
    const bench = new DoctorBench(t, `[app]\nenabled = true\n${option}\n`);
    const { code, stdout } = await bench.run();
    assert.equal(code, 255, stdout);
    assert.match(stdout, told);
    const json = JSON.parse((await bench.run('--json')).stdout) as {
      works: boolean;
      findings: { about: string; verdict: string; message: string }[];
    };
    assert.equal(json.works, false);
    assert.ok(json.findings.some(({ verdict, about }) => verdict === 'problem' && about === 'configuration'));
  });
}

test('doctor on a configuration of its own says as JSON what it saw, and that no daemon answers', async (t) => {
  const bench = new DoctorBench(t, '[app]\nenabled = true\n');
  const terminal = new MemoryTerminal();
  const socket = join(bench.folder, 'nobody.sock');
  const code = await runWarder(['doctor', '--json', '-c', bench.folder, '-s', socket], terminal);
  assert.equal(code, 1);
  const { verdict, findings } = JSON.parse(terminal.stdout) as {
    verdict: string;
    findings: { about: string; verdict: string; message: string; hint?: string }[];
  };
  assert.equal(verdict, 'problem');
  const silent = findings.find(({ about }) => about === 'daemon');
  assert.match(silent?.message ?? '', /no daemon answers/);
  assert.ok(silent?.hint !== undefined);
  assert.ok(
    findings.some(({ about, message }) => about === 'logs' && /app\.log of app is empty/.test(message)),
  );
});

test('config show names for each value the file and line it comes from, and defaults as such', async (t) => {
  const bench = new DoctorBench(t, '[app]\nenabled = true\nmaxretry = 7\nfilter = app\n');
  const run = async (...args: string[]) => {
    const terminal = new MemoryTerminal();
    return { code: await runWarder(['config', 'show', ...args, '-c', bench.folder], terminal), ...terminal };
  };
  const file = join(bench.folder, 'jail.conf');
  assert.match((await run()).stdout, new RegExp(`^app +ok +app +${file}:6$`, 'm'));
  const { stdout } = await run('app');
  assert.match(stdout, new RegExp(`^ {2}${file}:7 +maxretry +7$`, 'm'));
  assert.match(stdout, /^ {2}default +findtime +600$/m);
  assert.match(stdout, new RegExp(`^ {2}${join(bench.folder, 'filter.d/app.conf')}:2 +failregex +\\^`, 'm'));
  const json = JSON.parse((await run('app', '--json')).stdout) as {
    options: Record<string, { value: unknown; file?: string; line?: number; default?: boolean }>;
    actions: { name: string; engine: string | null }[];
  };
  assert.deepEqual(json.options.maxretry, { value: 7, file, line: 7 });
  assert.deepEqual(json.options.bantime, { value: '600', default: true });
  assert.equal(json.actions[0]?.engine, 'iptables');
  const strange = await run('ap');
  assert.equal(strange.code, 255);
  assert.match(strange.stderr, /there is no enabled jail "ap"; did you mean app\?/);
});
