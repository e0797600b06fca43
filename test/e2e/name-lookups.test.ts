import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { TestMachine, until } from '../support/netns.ts';
import { TestGuard } from '../support/sshd-guard.ts';
import { requireRoot } from '../support/tools.ts';

// The daemon with its real process for name lookups, on a machine whose only name server is the test's own.

const files: Readonly<Record<string, string>> = {
  'fail2ban/filter.d/word.conf': '[Definition]\nfailregex = ^ attack from <HOST>$\n',
  'fail2ban/action.d/record.conf':
    '[Definition]\nactionban = echo "<name> <ip>" >> /run/banned\nactionunban =\n',
  'fail2ban/action.d/host.conf':
    '[Definition]\nactionban = echo "<name> <ip> <ip-host>" >> /run/banned\nactionunban =\n',
  'fail2ban/jail.local': `[DEFAULT]
filter = word
action = record[name=%(__name__)s]
maxretry = 1
[sshd]
enabled = false
[words]
enabled = true
logpath = /var/log/words.log
[spares]
enabled = true
logpath = /var/log/spares.log
ignoreip = admin.example.org
[hosts]
enabled = true
logpath = /var/log/hosts.log
action = host[name=%(__name__)s]
`,
  'resolv.conf': 'nameserver 127.0.0.1\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};

/** The name server of the machine, which can be stopped like one that hangs, and killed. */
class NameServer {
  readonly #machine: TestMachine;
  #process: ChildProcess | undefined;
  #pid = '';

  constructor(machine: TestMachine) {
    this.#machine = machine;
  }

  async start(): Promise<void> {
    const program = join(import.meta.dirname, '..', 'support', 'name-server.ts');
    const script = 'echo $$ > /run/names.pid; exec "$0" "$1" /run/questions';
    const server = this.#machine.spawn('sh', ['-c', script, process.execPath, program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await Promise.race([once(server.stdout!, 'data'), once(server, 'exit')]);
    assert.equal(server.exitCode, null, 'the name server runs');
    this.#process = server;
    this.#pid = (await this.#machine.must('cat', ['/run/names.pid'])).trim();
  }

  async signal(name: 'STOP' | 'CONT'): Promise<void> {
    await this.#machine.must('kill', [`-${name}`, this.#pid]);
    // `nsenter` stops when its child does, and must go on as well.
    if (name === 'CONT') this.#process?.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    const ended = once(this.#process!, 'exit');
    await this.#machine.must('kill', ['-KILL', this.#pid]);
    await ended;
  }

  /** The names that were asked for. */
  async questions(): Promise<string[]> {
    const { stdout } = await this.#machine.run('cat', ['/run/questions']);
    return stdout.split('\n').map((line) => line.replace(/ \d+$/, ''));
  }
}

class Stage {
  readonly machine: TestMachine;
  readonly guard: TestGuard;
  readonly names: NameServer;

  constructor(machine: TestMachine) {
    this.machine = machine;
    this.guard = new TestGuard(machine, 'warder');
    this.names = new NameServer(machine);
  }

  static async set(context: TestContext): Promise<Stage> {
    const machine = await TestMachine.start('name-lookups');
    context.after(() => machine.stop());
    await machine.shell(
      'rm -rf /etc/fail2ban /etc/resolv.conf; mkdir -p /etc/fail2ban/filter.d /etc/fail2ban/action.d; touch /var/log/words.log /var/log/spares.log /var/log/hosts.log /run/banned',
    );
    for (const [name, text] of Object.entries(files)) {
      await machine.run('tee', [`/etc/${name}`], { input: text });
    }
    const stage = new Stage(machine);
    await stage.names.start();
    await stage.start();
    return stage;
  }

  start(): Promise<void> {
    return this.guard.start('words', 'spares', 'hosts');
  }

  attack(jail: string, source: string): Promise<string> {
    return this.machine.shell(
      `echo "$(date '+%Y-%m-%d %H:%M:%S') attack from ${source}" >> /var/log/${jail}.log`,
    );
  }

  async banned(): Promise<string> {
    return this.machine.must('cat', ['/run/banned']);
  }

  async sees(...lines: readonly string[]): Promise<void> {
    const seen = async (): Promise<boolean> => {
      const banned = (await this.banned()).split('\n');
      return lines.every((line) => banned.includes(line));
    };
    await until(`bans of ${lines.join(', ')}`, seen, {
      timeoutMs: 60_000,
      explain: () => this.guard.log(),
    });
  }

  /** The process for name lookups: a child of the daemon. */
  async helper(): Promise<string | undefined> {
    const { stdout } = await this.machine.run('sh', [
      '-c',
      'for pid in $(cat /proc/$(cat /run/fail2ban/fail2ban.pid)/task/*/children); do grep -qx warder-names /proc/$pid/comm && echo $pid; done',
    ]);
    return stdout.trim() === '' ? undefined : stdout.trim();
  }
}

test('names in logs are looked up by a process apart, and its troubles cost no ban', async (t) => {
  if (!requireRoot(t)) return;
  const stage = await Stage.set(t);
  const { guard, machine, names } = stage;

  await t.test('as long as no name is seen there is no such process', async () => {
    await stage.attack('words', '192.0.2.20');
    await stage.sees('words 192.0.2.20');
    assert.equal(await stage.helper(), undefined);
  });

  await t.test('a name bans every address that it has, and the log says so', async () => {
    await stage.attack('words', 'many.example.org');
    await stage.sees('words 192.0.2.1', 'words 192.0.2.2', 'words 2001:db8::1');
    assert.match(
      await guard.log(),
      /WARNING Determined IP using DNS Lookup: many\.example\.org = \{'192\.0\.2\.1', '192\.0\.2\.2', '2001:db8::1'\}/,
    );
  });

  await t.test('the process is nobody, in no group, and may do nothing', async () => {
    const helper = await stage.helper();
    const status = await machine.must('cat', [`/proc/${helper}/status`]);
    const users = await machine.shell(
      `cat /proc/${helper}/task/*/status | grep -E '^(Uid|CapEff)' | sort -u`,
    );
    assert.equal(users.trim().split('\n').length, 2, `all threads alike: ${users}`);
    assert.match(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
    assert.match(status, /^Gid:\t65534\t65534\t65534\t65534$/m);
    assert.match(status, /^Groups:\s*$/m);
    for (const set of ['Inh', 'Prm', 'Eff', 'Amb']) {
      assert.match(status, new RegExp(`^Cap${set}:\\t0+$`, 'm'), set);
    }
  });

  await t.test('numbers that pass for addresses are neither looked up nor banned', async () => {
    for (const number of ['1.2', '0x7f.1', '2130706433', '0300.0.2.30', '192.0.542', '0xc000021e', 'a.1']) {
      await stage.attack('words', number);
    }
    await stage.attack('words', '192.0.2.21');
    await stage.attack('words', 'gone.example.org');
    await stage.sees('words 192.0.2.21');
    await guard.until('the last name was looked up', async () =>
      (await names.questions()).includes('gone.example.org'),
    );
    assert.doesNotMatch(await stage.banned(), /192\.0\.2\.30|127\.0\.0\.1|1\.0\.0\.2/);
    const asked = new Set(await names.questions());
    assert.deepEqual([...asked].sort(), ['', 'gone.example.org', 'many.example.org']);
  });

  await t.test('who has a name on the ignore list is spared', async () => {
    await stage.attack('spares', '192.0.2.9');
    await stage.attack('spares', '192.0.2.22');
    await stage.sees('spares 192.0.2.22');
    assert.match(await guard.log(), /INFO +\[spares\] Ignore 192\.0\.2\.9 by dns/);
  });

  await t.test('the name of an address for a command comes the same way', async () => {
    await stage.attack('hosts', '192.0.2.7');
    await stage.sees('hosts 192.0.2.7 attacker.example.org');
    assert.ok((await names.questions()).includes('7.2.0.192.in-addr.arpa'));
  });

  await t.test('a name server that hangs holds up no ban of an address', async () => {
    await names.signal('STOP');
    await stage.attack('words', 'late.example.org');
    await stage.attack('words', '192.0.2.23');
    await stage.attack('spares', '192.0.2.24');
    await stage.sees('words 192.0.2.23', 'spares 192.0.2.24');
    assert.doesNotMatch(await stage.banned(), /^words 192\.0\.2\.3$/m);
  });

  await t.test('kill -9 of the process while a name waits loses nothing', async () => {
    const killed = await stage.helper();
    assert.ok(killed !== undefined);
    await machine.must('kill', ['-KILL', killed]);
    await names.signal('CONT');
    await stage.sees('words 192.0.2.3');
    const next = await stage.helper();
    assert.ok(next !== undefined && next !== killed);
  });

  await t.test('a name that nobody answers for outlives kill -9 of the daemon, and counts then', async () => {
    await names.kill();
    await stage.attack('words', 'lost.example.org');
    await guard.until('the log says that nobody answers', async () =>
      /Unable to find a corresponding IP address for lost\.example\.org: \[Errno -3\]/.test(
        await guard.log(),
      ),
    );
    await guard.kill();
    await names.start();
    await stage.start();
    await stage.sees('words 192.0.2.4');
    assert.equal((await stage.banned()).match(/^words 192\.0\.2\.4$/gm)?.length, 1);
  });

  await t.test('with the daemon the process ends', async () => {
    const helper = await stage.helper();
    assert.ok(helper !== undefined);
    await guard.stop();
    await guard.until(
      'the process is gone',
      async () => (await machine.run('test', ['-e', `/proc/${helper}`])).code !== 0,
    );
  });
});
