import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { MemoryTerminal, runWarder } from '../../src/cli/index.ts';
import { warderCommands } from '../../src/cli/warder/commands.ts';
import { type ControlBench, startControl } from '../support/control-bench.ts';

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(...args: string[]): Promise<Run> {
  const terminal = new MemoryTerminal();
  const code = await runWarder(args, terminal);
  return { code, stdout: terminal.stdout, stderr: terminal.stderr };
}

async function bench(context: TestContext): Promise<ControlBench & { run(...args: string[]): Promise<Run> }> {
  const control = await startControl(context);
  await control.server.addJail('sshd', 'auto');
  await control.server.addJail('web', 'auto');
  return { ...control, run: (...args) => run(...args, '-s', control.path) };
}

test('every command has a help with examples that name it', async () => {
  const overview = await run('-h');
  assert.equal(overview.code, 0);
  for (const { name, examples } of warderCommands) {
    assert.match(overview.stdout, new RegExp(`^ {2}${name}\\b`, 'm'));
    const help = await run(name, '-h');
    assert.equal(help.code, 0);
    assert.ok(examples.length > 0);
    for (const example of examples) {
      assert.ok(example.startsWith(`warder ${name}`));
      assert.ok(help.stdout.includes(example));
    }
  }
});

test('ban, banned and unban work together', async (t) => {
  const { run } = await bench(t);
  assert.equal((await run('ban', '203.0.113.7', '203.0.113.8')).stdout, 'banned 2\n');
  assert.equal(
    (await run('banned')).stdout,
    'sshd    nobody\nweb     nobody\nmanual  203.0.113.7 203.0.113.8\n',
  );
  assert.equal(
    (await run('banned', '203.0.113.7', '::1')).stdout,
    '203.0.113.7  manual\n::1          not banned\n',
  );
  assert.deepEqual(JSON.parse((await run('banned', '--json')).stdout), {
    sshd: [],
    web: [],
    manual: ['203.0.113.7', '203.0.113.8'],
  });
  assert.equal((await run('unban', '203.0.113.7')).stdout, 'ended 1 ban\n');
  assert.equal((await run('unban', '--all', '--json')).stdout, '1\n');
  const without = await run('unban');
  assert.equal(without.code, 255);
  assert.match(without.stderr, /unban needs addresses, or --all/);
});

test('status shows all jails in a table, one in detail', async (t) => {
  const { run, server } = await bench(t);
  await server.jail('sshd').ban(['192.0.2.1']);
  server.jail('sshd').counts = { currentlyFailed: 3, totalFailed: 120 };
  assert.equal(
    (await run('status')).stdout,
    [
      'Jail  Backend    Failed now  total  Banned now  total',
      'sshd  pyinotify           3    120           1      1',
      'web   pyinotify           0      0           0      0',
      '',
    ].join('\n'),
  );
  assert.match((await run('status', 'sshd')).stdout, /^Status for the jail: sshd\n/);
});

test('status tells below its table what is not as it should be', async (t) => {
  const { run, server } = await bench(t);
  const log = { path: '/var/log/web\n.log', state: 'missing', reason: 'no file matches' };
  const web = { jail: 'web', backend: 'pyinotify', isIdle: false, isDryRun: false, isSuspended: false };
  server.healthReport = {
    ...{ observeOnly: false, nowSec: 1 },
    jails: [{ ...web, suspendedRules: ['failregex 2'], logs: [log], actions: [] }],
  };
  const { stdout } = await run('status');
  assert.ok(
    stdout.endsWith(
      '\n\nNot as it should be:\n  web  failregex 2 is suspended, since it held lines too long\n  web  /var/log/web\\n.log is missing: no file matches\n',
    ),
    stdout,
  );
});

test('status tells how far a jail is with a large log, and how much an action has before it', async (t) => {
  const { run, server } = await bench(t);
  const web = { jail: 'web', backend: 'pyinotify', isIdle: false, isDryRun: false, isSuspended: false };
  const more = { suspendedRules: [], logs: [], catchingUp: [{ path: '/var/log/web.log', percent: 42 }] };
  const actions = [
    { name: 'slow', waiting: 4000, held: 1000 },
    { name: 'quick', waiting: 1, held: 5000 },
  ];
  server.healthReport = { ...{ observeOnly: false, nowSec: 1 }, jails: [{ ...web, ...more, actions }] };
  const { stdout } = await run('status');
  assert.ok(
    stdout.endsWith(
      '  web  it is catching up with /var/log/web.log: 42 % read\n  web  action slow has 4000 decisions before it (1000 bans made)\n',
    ),
    stdout,
  );
});

test('why of a jail that does not run says so; as JSON it is what the server knows', async (t) => {
  const { run } = await bench(t);
  assert.equal((await run('why', '192.0.2.1')).stdout, '192.0.2.1 is not banned.\n');
  const strange = await run('why', '192.0.2.1', '--jail', 'nosuch');
  assert.equal(strange.code, 255);
  assert.match(strange.stderr, /there is no running jail "nosuch"/);
  assert.deepEqual(JSON.parse((await run('why', '192.0.2.1', '--json')).stdout), {
    ...{ id: '192.0.2.1', bannedBy: [], jails: [], history: [] },
  });
});

test('a wrong command line is told in a sentence and ends with 2', async () => {
  const cases: readonly [args: string[], message: RegExp][] = [
    [['dance'], /there is no command "dance"; 'warder -h' lists them/],
    [['stauts'], /there is no command "stauts"; did you mean status\?/],
    [['why', 'a', '--jial', 'b'], /there is no option "--jial"; did you mean --jail\?/],
    [['config', 'shwo'], /config does not take "shwo"/],
    [['ban'], /ban needs ADDRESS/],
    [['status', 'a', 'b'], /status does not take "b"/],
    [['status', '--frob'], /--frob/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await run(...args);
    assert.equal(code, 2, args.join(' '));
    assert.match(stderr, message);
  }
  assert.equal((await run()).code, 2);
  assert.match((await run('--version')).stdout, /^Warder \d+\.\d+\.\d+ \(speaks fail2ban 1\.0\.2\)\n$/);
});
