import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PythonValue, pythonStr } from '../../src/base/index.ts';
import { readConfiguration, toStream } from '../../src/config/index.ts';
import { type Answer, ControlClient } from '../../src/control/index.ts';
import { attackers, attackLines, bystanders, sessions } from '../support/attack-lines.ts';
import { until } from '../support/netns.ts';
import { repositoryRoot } from '../support/sources.ts';

/** How long the attack takes; a reload comes every `pauseMs` of it. */
const attackSec = 8;
const pauseMs = 200;

/** Rules that mean the same, so that what they count can be compared. */
const banRules = [
  '^\\s*bad login from <HOST>$',
  '^\\s*bad login from <ADDR>\\s*$',
  '^\\s*(?:bad|worse) login from <HOST>$\n            ^\\s*worst login from <HOST>$',
];
const countRules = [
  '^\\s*(?:probe|bad login) from <HOST>$',
  '^\\s*probe from <HOST>$\n            ^\\s*bad login from <HOST>$',
];
const conn = '^\\s*conn <F-MLFID>\\d+</F-MLFID>:';
const sessionRules = [
  `${conn} <F-NOFAIL>from</F-NOFAIL> <HOST>$\n            ${conn} refused$`,
  `${conn} <F-NOFAIL>from</F-NOFAIL> <ADDR>$\n            ${conn} (?:refused|denied)$`,
];

const broken = '^\\s*bad (login from <HOST>$';

class Stage {
  readonly home: string;
  readonly #server: ChildProcess;
  #client: ControlClient | undefined;

  constructor(context: TestContext) {
    this.home = mkdtempSync(join(tmpdir(), 'warder-load-'));
    for (const folder of ['filter.d', 'action.d', 'held']) mkdirSync(join(this.home, folder));
    this.write('app.log', '');
    this.write('other.log', '');
    this.write(
      'fail2ban.conf',
      `[Definition]
loglevel = INFO
logtarget = ${this.path('fail2ban.log')}
dbfile = ${this.path('fail2ban.sqlite3')}
dbpurgeage = 1d
`,
    );
    this.write(
      'action.d/hold.conf',
      `[Definition]
actionstart = touch ${this.path('held')}/<name>
actionstop = rm ${this.path('held')}/<name>
actionflush = : > ${this.path('held')}/<name>
actionban = grep -qx <ip> ${this.path('held')}/<name> || echo <ip> >> ${this.path('held')}/<name>
actionunban = sed -i /^<ip>$/d ${this.path('held')}/<name>
[Init]
name = default
actionlist = cat ${this.path('held')}/<name> 2>/dev/null || true
`,
    );
    this.configure(0);
    const program = join(repositoryRoot, 'src/cli/fail2ban-server.ts');
    const args = ['-f', '-c', this.home, '-s', this.socket, '-p', this.path('pid')];
    this.#server = spawn(process.execPath, [program, ...args], { stdio: 'ignore' });
    context.after(async () => {
      this.#client?.close();
      const ended = once(this.#server, 'exit');
      if (this.#server.exitCode === null && this.#server.signalCode === null) {
        this.#server.kill('SIGTERM');
        await ended;
      }
      rmSync(this.home, { recursive: true, force: true });
    });
  }

  get socket(): string {
    return this.path('socket');
  }

  path(name: string): string {
    return join(this.home, name);
  }

  write(name: string, text: string): void {
    writeFileSync(this.path(name), text);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** The configuration of a round: always something else, and to the same effect. */
  configure(round: number): void {
    const choose = (choices: readonly string[]): string => choices[round % choices.length] ?? '';
    this.write(
      'filter.d/bans.conf',
      `[Definition]\nfailregex = ${isBroken(round) ? broken : choose(banRules)}\n`,
    );
    this.write('filter.d/counts.conf', `[Definition]\nfailregex = ${choose(countRules)}\n`);
    this.write('filter.d/sessions.conf', `[Definition]\nfailregex = ${choose(sessionRules)}\n`);
    this.write('filter.d/other.conf', '[Definition]\nfailregex = ^\\s*nothing of <HOST>$\n');
    this.write(
      'jail.conf',
      `[DEFAULT]
enabled = true
backend = auto
ignoreself = false
filter = %(__name__)s
logpath = ${this.path('app.log')}
findtime = ${choose(['1h', '2h', '30m'])}
bantime = ${choose(['1h', '2h'])}
maxretry = 3
maxmatches = ${1 + (round % 3)}
[bans]
action = hold[name=bans${Math.floor(round / 7) % 2}]
[counts]
maxretry = 1000000
action =
[sessions]
maxretry = 1
action =
${round % 2 === 0 ? '' : '[other]\naction =\n'}
${round % 3 === 0 ? '' : `[more-${round % 5}]\nfilter = other\nlogpath = ${this.path('other.log')}\naction =\n`}
`,
    );
  }

  /** Waits until the server answers. */
  async ready(): Promise<void> {
    this.#client = await until(
      'the server answers',
      async () => {
        try {
          const client = await ControlClient.open(this.socket);
          const answer = await client.send(['status', 'sessions']);
          if (answer.ok) return client;
          client.close();
        } catch {
          // Not yet.
        }
        return undefined;
      },
      { timeoutMs: 60_000 },
    );
  }

  send(...words: PythonValue[]): Promise<Answer> {
    if (this.#client === undefined) throw new Error('not ready');
    return this.#client.send(words);
  }
}

const isBroken = (round: number): boolean => round % 9 === 5;

/** One reload by one of the ways in; returns whether it was to succeed. */
async function reload(stage: Stage, round: number): Promise<void> {
  stage.configure(round);
  const stream = toStream(readConfiguration({ layers: [stage.home] })).map(({ args }) => args);
  const answer = await stage.send('reload', '--all', [], ...(round % 2 === 0 ? [] : [stream]));
  if (isBroken(round))
    assert.match(answer.ok ? 'OK' : pythonStr([...answer.error.args]), /bans: .*failregex/i);
  else assert.ok(answer.ok, answer.ok ? '' : `${round}: ${pythonStr([...answer.error.args])}`);
  if (round % 6 !== 4) return;
  // What a session has said so far is forgotten by a restart; each line of these two stands for itself.
  for (const jail of ['bans', 'counts']) assert.ok((await stage.send('reload', jail, ['--restart'])).ok);
}

test('while an attack is written, reloads every few hundred milliseconds lose no failure, count none twice and drop no ban', async (context) => {
  const stage = new Stage(context);
  await stage.ready();
  const lines = attackLines();
  const failing = lines.filter((line) => !line.startsWith('conn'));
  const writer = spawn(
    process.execPath,
    [join(repositoryRoot, 'test/support/attack-writer.ts'), stage.path('app.log'), String(attackSec)],
    { stdio: 'inherit' },
  );
  const written = once(writer, 'exit');
  let round = 1;
  while (writer.exitCode === null) {
    await reload(stage, round);
    round += 1;
    await sleep(pauseMs);
  }
  assert.equal((await written)[0], 0);
  // The last one may have been broken.
  while (isBroken(round)) round += 1;
  await reload(stage, round);
  const log = (): string => stage.read('fail2ban.log');
  const foundBy = (jail: string): Map<string, number> =>
    countBy(log(), new RegExp(`\\[${jail}\\] Found (\\S+) `, 'g'));
  await until(
    'everything is read',
    async () => sum(foundBy('counts')) >= failing.length && sum(foundBy('sessions')) >= sessions.length,
    {
      explain: async () =>
        `${sum(foundBy('counts'))} of ${failing.length}, ${sum(foundBy('sessions'))} of ${sessions.length}`,
    },
  );

  assert.ok(round >= 15, `only ${round} reloads`);
  context.diagnostic(`${round} reloads, ${failing.length} failures, ${attackers.length} bans`);
  assert.deepEqual(sorted(foundBy('counts')), sorted(countBy(failing.join('\n'), /from (\S+)/g)));
  assert.deepEqual(
    sorted(foundBy('bans')),
    sorted(countBy(lines.filter((line) => line.startsWith('bad')).join('\n'), /from (\S+)/g)),
  );
  assert.deepEqual(sorted(foundBy('sessions')), sorted(new Map(sessions.map((ip) => [ip, 1]))));

  const each = sorted(new Map(attackers.map((ip) => [ip, 1])));
  assert.deepEqual(sorted(countBy(log(), /\[bans\] Ban (\S+)/g)), each);
  assert.equal(countBy(log(), /\[\w+\] Unban (\S+)/g).size, 0);
  const banned = await stage.send('get', 'bans', 'banned');
  assert.deepEqual(banned.ok ? [...(banned.value as string[])].sort() : banned.error, [...attackers].sort());
  for (const ip of bystanders) assert.ok(!(banned.ok && (banned.value as string[]).includes(ip)), ip);
  const held = `held/bans${Math.floor(round / 7) % 2}`;
  await until(
    'the action holds them all',
    async () => stage.read(held).trim().split('\n').length >= attackers.length,
  );
  assert.deepEqual(stage.read(held).trim().split('\n').sort(), [...attackers].sort());
  assert.doesNotMatch(log(), /Unexpected error|unhandled/i);
});

function countBy(text: string, pattern: RegExp): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [, key = ''] of text.matchAll(pattern)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

function sorted(counts: ReadonlyMap<string, number>): [string, number][] {
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}
