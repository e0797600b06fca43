import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { MemoryTerminal, runClient, runServer } from '../../src/cli/index.ts';

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Place {
  readonly folder: string;
  readonly pidFile: string;
  client(...args: string[]): Promise<Run>;
  server(...args: string[]): Promise<Run>;
}

/** A configuration of its own with one jail that only observes; whatever runs there is stopped at the end. */
function place(context: TestContext, socket = 'run/sock'): Place {
  const folder = mkdtempSync(join(tmpdir(), 'warder-background-'));
  const pidFile = join(folder, 'run', 'pid');
  mkdirSync(join(folder, 'run'));
  writeFileSync(join(folder, 'auth.log'), '');
  writeFileSync(
    join(folder, 'fail2ban.local'),
    `[Definition]\nsocket = ${folder}/${socket}\npidfile = ${pidFile}\nlogtarget = ${folder}/log\ndbfile = None\n`,
  );
  writeFileSync(
    join(folder, 'jail.local'),
    '[DEFAULT]\nbanaction = observe\nbanaction_allports = observe\nbanaction_hostsdeny =\n' +
      `[sshd]\nenabled = true\nbackend = polling\nlogpath = ${folder}/auth.log\n`,
  );
  const call = async (run: typeof runClient, name: string, args: readonly string[]): Promise<Run> => {
    const terminal = new MemoryTerminal();
    const code = await run(name, ['-c', folder, ...args], terminal);
    return { code, stdout: terminal.stdout, stderr: terminal.stderr };
  };
  const client = (...args: string[]): Promise<Run> => call(runClient, 'fail2ban-client', args);
  context.after(async () => {
    if (existsSync(join(folder, socket))) await client('stop');
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder, pidFile, client, server: (...args) => call(runServer, 'fail2ban-server', args) };
}

test('start brings a server up in the background, restart makes a new one, stop ends it', async (t) => {
  const { pidFile, client, server } = place(t);
  assert.deepEqual(await client('start'), { code: 0, stdout: 'Server ready\n', stderr: '' });
  const firstPid = Number(readFileSync(pidFile, 'utf8'));
  assert.match((await client('status')).stdout, /Jail list:\tsshd/);
  const again = await client('start');
  assert.equal(again.code, 255);
  assert.match(again.stderr, /Server already running/);
  assert.match((await server()).stderr, /Server already running/);
  assert.match((await client('get', 'sshd', 'logpath')).stdout, /auth\.log/);

  assert.deepEqual(await client('restart'), {
    code: 0,
    stdout: 'Shutdown successful\nServer ready\n',
    stderr: '',
  });
  assert.notEqual(Number(readFileSync(pidFile, 'utf8')), firstPid);
  assert.throws(() => process.kill(firstPid, 0), { code: 'ESRCH' });
  assert.deepEqual(await client('stop'), { code: 0, stdout: 'Shutdown successful\n', stderr: '' });
  await waitUntil(() => !existsSync(pidFile));
});

test('a server that cannot start says why, and the start fails', async (t) => {
  const { folder, client } = place(t, 'auth.log');
  const { code, stdout, stderr } = await client('start');
  assert.equal(code, 255);
  assert.equal(stdout, '');
  assert.match(stderr, new RegExp(`${folder}/auth.log exists and is no socket`));
  assert.match(stderr, /Could not start fail2ban-server: it ended with 255/);
});

test('a jail that is wrong is told at the start, and the others run', async (t) => {
  const { folder, client } = place(t);
  mkdirSync(join(folder, 'jail.d'));
  writeFileSync(join(folder, 'jail.d', 'bad.conf'), '[bad]\nenabled = true\nfilter = nosuchfilter\n');
  const started = await client('--json', 'start');
  assert.equal(started.code, 0, started.stderr);
  const { ready, problems } = JSON.parse(started.stdout) as { ready: boolean; problems: string[] };
  assert.equal(ready, true);
  assert.ok(
    problems.some((problem) => problem.includes('nosuchfilter')),
    problems.join('\n'),
  );
  assert.match((await client('status')).stdout, /Jail list:\tsshd\n/);
});

test('--async waits for a client’s configuration', async (t) => {
  const { folder, server, client } = place(t);
  assert.equal((await server('--async', '-b', 'start')).stdout, 'Server ready\n');
  assert.match((await client('status')).stdout, /Number of jail:\t0/);
  assert.deepEqual(await client('reload'), { code: 0, stdout: 'OK\n', stderr: '' });
  assert.match((await client('get', 'sshd', 'logpath')).stdout, new RegExp(`${folder}/auth.log`));
});

async function waitUntil(condition: () => boolean): Promise<void> {
  for (let i = 0; !condition(); i += 1) {
    assert.ok(i < 1000, 'it takes too long');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
