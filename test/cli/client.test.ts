import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { MemoryTerminal, runClient } from '../../src/cli/index.ts';
import { type ControlBench, startControl } from '../support/control-bench.ts';

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Bench extends ControlBench {
  run(...args: string[]): Promise<Run>;
}

async function run(...args: string[]): Promise<Run> {
  const terminal = new MemoryTerminal();
  const code = await runClient('fail2ban-client', args, terminal);
  return { code, stdout: terminal.stdout, stderr: terminal.stderr };
}

async function bench(context: TestContext): Promise<Bench> {
  const control = await startControl(context);
  await control.server.addJail('sshd', 'auto');
  return { ...control, run: (...args) => run('-s', control.path, ...args) };
}

test('commands are sent and their answers shown', async (t) => {
  const { run, server } = await bench(t);
  assert.deepEqual(await run('ping'), { code: 0, stdout: 'Server replied: pong\n', stderr: '' });
  assert.equal((await run('ping', '2')).stdout, 'Server replied: pong\n');
  assert.equal((await run('set', 'sshd', 'banip', '192.0.2.1', '192.0.2.2')).stdout, '2\n');
  assert.equal((await run('get', 'sshd', 'banip')).stdout, '192.0.2.1 192.0.2.2\n');
  assert.equal((await run('ban', '192.0.2.3')).stdout, '1\n');
  assert.equal((await run('banned', '192.0.2.3')).stdout, "[['manual']]\n");
  assert.equal((await run('unban', '--all')).stdout, '3\n');
  assert.equal((await run('echo', 'a', 'b')).stdout, 'a b\n');
  assert.equal((await run('stop')).stdout, 'Shutdown successful\n');
  assert.equal(server.events.at(-1), 'shutdown');
});

test('an error of the server is shown in a sentence, logged, and ends with 255', async (t) => {
  const { run } = await bench(t);
  const unknown = await run('status', 'nojail');
  assert.equal(unknown.code, 255);
  assert.equal(unknown.stdout, "Sorry but the jail 'nojail' does not exist\n");
  assert.match(unknown.stderr, /^\d{4}-\d\d-\d\d .* fail2ban {16}\[\d+\]: ERROR {3}NOK: \('nojail',\)\n$/);
  assert.equal((await run('set', 'sshd', 'maxretry')).stdout, 'Sorry but the command is invalid\n');
});

test('--json gives documented values, before or behind the command', async (t) => {
  const { run, server } = await bench(t);
  await server.jail('sshd').ban(['192.0.2.1']);
  await server.jail('sshd').addLogPath('/var/log/auth.log');
  const json = async (...args: string[]): Promise<unknown> => JSON.parse((await run(...args)).stdout);
  assert.deepEqual(await json('--json', 'status'), { jailCount: 1, jails: ['sshd'] });
  const status = {
    filter: { currentlyFailed: 0, totalFailed: 0, files: ['/var/log/auth.log'] },
    actions: { currentlyBanned: 1, totalBanned: 1, banned: ['192.0.2.1'] },
  };
  assert.deepEqual(await json('status', 'sshd', '--json'), status);
  assert.deepEqual(await json('--json', 'status', '--all'), { sshd: status });
  assert.deepEqual(await json('--json', 'banned'), { sshd: ['192.0.2.1'] });
  assert.deepEqual(await json('--json', 'banned', '192.0.2.1', '192.0.2.9'), {
    '192.0.2.1': ['sshd'],
    '192.0.2.9': [],
  });
  assert.deepEqual(await json('--json', 'stats'), {
    sshd: { backend: 'pyinotify', currentlyFailed: 0, totalFailed: 0, currentlyBanned: 1, totalBanned: 1 },
  });
  const [ban] = (await json('--json', 'get', 'sshd', 'banip', '--with-time')) as {
    id: string;
    banTimeSec: number;
  }[];
  assert.equal(ban?.id, '192.0.2.1');
  assert.equal(ban?.banTimeSec, 600);
  assert.deepEqual(await json('--json', 'get', 'sshd', 'datepattern'), {
    pattern: null,
    name: 'Default Detectors',
  });
  assert.deepEqual(await json('--json', 'get', 'sshd', 'maxretry'), 3);
  const failed = await run('--json', 'status', 'nojail');
  assert.equal(failed.code, 255);
  assert.deepEqual(JSON.parse(failed.stdout), {
    error: { type: 'UnknownJailException', message: "Sorry but the jail 'nojail' does not exist" },
  });
});

test('a server that cannot be reached is explained', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'warder-client-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const missing = join(folder, 'missing');
  const gone = await run('-s', missing, 'status');
  assert.equal(gone.code, 255);
  assert.match(gone.stderr, new RegExp(`Failed to access socket path: ${missing}. Is fail2ban running\\?`));
  assert.match((await run('--json', '-s', missing, 'status')).stdout, /"type":"Unreachable"/);

  const file = join(folder, 'file');
  writeFileSync(file, '');
  assert.match(
    (await run('-s', file, 'status')).stderr,
    /\[\[Errno 111\] Connection refused\] Unable to contact server/,
  );
  assert.match((await run('-s', file, 'ping')).stderr, /ERROR {3}\[Errno 111\] Connection refused\n$/);
});

test('a server that says nothing, or nonsense, does not hold a ping for ever', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'warder-client-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const silent = join(folder, 'silent');
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (silent.endsWith('closing')) socket.end();
  });
  await new Promise<void>((resolve) => server.listen(silent, resolve));
  t.after(() => server.close());
  assert.match((await run('-s', silent, 'ping', '0.1')).stderr, /timed out/);
  const rude = join(folder, 'rude');
  const nonsense = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('hello<F2B_END_COMMAND>');
  });
  await new Promise<void>((resolve) => nonsense.listen(rude, resolve));
  t.after(() => nonsense.close());
  assert.equal((await run('-s', rude, 'status')).code, 255);
});

test('reload reads the configuration here and sends it, unless the server has the same folders', async (t) => {
  const { run, server } = await bench(t);
  const folder = mkdtempSync(join(tmpdir(), 'warder-conf-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'log'), '');
  writeFileSync(
    join(folder, 'jail.local'),
    `[DEFAULT]\nbanaction = observe\n[sshd]\nenabled = true\nbackend = polling\nlogpath = ${folder}/log\n`,
  );
  const sent = await run('-c', folder, 'reload', '--unban');
  assert.equal(sent.stdout, 'OK\n', sent.stderr);
  assert.equal(server.events.includes('begin reload --all unban'), true);
  assert.deepEqual(server.jail('sshd').logPaths(), [`${folder}/log`]);

  const layers = (await import('../../src/cli/settings.ts')).configLayers({ conf: folder } as never);
  server.ownConfiguration = { layers, read: (jail) => [{ args: ['add', jail ?? 'own', 'auto'] }] };
  assert.equal((await run('-c', folder, 'reload')).stdout, 'OK\n');
  assert.deepEqual(server.jailNames(), ['own']);
  assert.equal(
    (await run('-c', folder, 'restart', 'sshd')).stdout,
    "Sorry but the jail 'sshd' does not exist\n",
  );
  assert.match(
    (await run('-c', folder, 'reload', 'a', 'b')).stderr,
    /Unexpected argument\(s\) for reload: \['a', 'b'\]/,
  );
  assert.match((await run('-c', folder, 'reload', 'nojail')).stderr, /nojail/);
});

test('-t says what is wrong, with file and line, and --json as data', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'warder-conf-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(
    join(folder, 'jail.local'),
    '[DEFAULT]\nbanaction = observe\n\n[web]\nenabled = true\nfilter = nosuchfilter\n',
  );
  const bad = await run('-c', folder, '-t');
  assert.equal(bad.code, 255);
  assert.match(bad.stderr, /nosuchfilter/);
  assert.match(bad.stderr, /ERROR: test configuration failed\n$/);
  const asJson = JSON.parse((await run('-c', folder, '-t', '--json')).stdout) as {
    ok: boolean;
    errors: { jail: string }[];
  };
  assert.equal(asJson.ok, false);
  assert.ok(asJson.errors.some(({ jail }) => jail === 'web'));
  rmSync(join(folder, 'jail.local'));
  writeFileSync(join(folder, 'jail.local'), '[sshd]\nenabled = false\n');
  const good = await run('-c', folder, '-t');
  assert.deepEqual([good.code, good.stdout], [0, 'OK: configuration test is successful\n'], good.stderr);
});

test('stats, and the flavor of that name, are a table', async (t) => {
  const { run, server } = await bench(t);
  await server.addJail('a-long-name', 'polling');
  await server.jail('sshd').ban(['192.0.2.1', '192.0.2.2']);
  server.jail('sshd').counts = { currentlyFailed: 3, totalFailed: 1234 };
  const table = [
    'Jail         Backend    Failed now  total  Banned now  total',
    'a-long-name  polling             0      0           0      0',
    'sshd         pyinotify           3   1234           2      2',
    '',
  ].join('\n');
  for (const words of [['stats'], ['statistic'], ['statistics'], ['status', '--all', 'stats']]) {
    assert.deepEqual(await run(...words), { code: 0, stdout: table, stderr: '' });
  }
  assert.equal(
    (await run('status', 'sshd', 'stats')).stdout,
    [
      'Jail  Backend    Failed now  total  Banned now  total',
      'sshd  pyinotify           3   1234           2      2',
      '',
    ].join('\n'),
  );
});

test('help works without a server, as JSON too', async () => {
  const shown = JSON.parse((await run('help', '--json')).stdout) as { section: string; syntax: string }[];
  assert.ok(shown.some(({ section, syntax }) => section === 'BASIC' && syntax === 'ban <IP> ... <IP>'));
  assert.match((await run('help')).stdout, /^Usage: fail2ban-client \[OPTIONS\] <COMMAND>\n/);
});

test('ping takes a limit, and -1 for none', async (t) => {
  const { run } = await bench(t);
  assert.equal((await run('ping', '-1')).stdout, 'Server replied: pong\n');
  assert.equal((await run('ping', '99999999')).stdout, 'Server replied: pong\n');
  assert.match((await run('ping', '0')).stderr, /ERROR {3}\[Errno 11\] Resource temporarily unavailable\n$/);
  assert.match((await run('ping', '-5')).stderr, /ERROR {3}Timeout value out of range\n$/);
  assert.match((await run('ping', 'soon')).stderr, /could not convert string to float: 'soon'\n$/);
});
