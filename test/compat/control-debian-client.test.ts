import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { startControl } from '../support/control-bench.ts';
import { requireTool } from '../support/tools.ts';

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Debian's client, in Python, at our socket. */
function debianClient(path: string, ...words: string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile('/usr/bin/fail2ban-client', ['-s', path, ...words], (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

test("Debian's fail2ban-client works with our socket", async (t) => {
  if (!requireTool(t, 'fail2ban-client')) return;
  const { path, server } = await startControl(t);
  await server.addJail('sshd', 'auto');
  await server.jail('sshd').addLogPath('/var/log/auth.log');
  const run = (...words: string[]): Promise<Run> => debianClient(path, ...words);

  assert.deepEqual(await run('ping'), { code: 0, stdout: 'Server replied: pong\n', stderr: '' });
  assert.equal((await run('version')).stdout, '1.0.2\n');
  assert.equal((await run('status')).stdout, 'Status\n|- Number of jail:\t1\n`- Jail list:\tsshd\n');
  assert.equal((await run('set', 'sshd', 'banip', '192.0.2.1', '192.0.2.2', '2001:db8::1')).stdout, '3\n');
  assert.equal(
    (await run('status', 'sshd')).stdout,
    [
      'Status for the jail: sshd',
      '|- Filter',
      '|  |- Currently failed:\t0',
      '|  |- Total failed:\t0',
      '|  `- File list:\t/var/log/auth.log',
      '`- Actions',
      '   |- Currently banned:\t3',
      '   |- Total banned:\t3',
      '   `- Banned IP list:\t192.0.2.1 192.0.2.2 2001:db8::1',
      '',
    ].join('\n'),
  );
  assert.equal((await run('banned')).stdout, "[{'sshd': ['192.0.2.1', '192.0.2.2', '2001:db8::1']}]\n");
  assert.equal((await run('banned', '192.0.2.1', '192.0.2.9')).stdout, "[['sshd'], []]\n");
  assert.equal((await run('unban', '192.0.2.1')).stdout, '1\n');
  assert.equal((await run('get', 'sshd', 'banip', ',')).stdout, '192.0.2.2,2001:db8::1\n');
  assert.equal((await run('get', 'sshd', 'maxretry')).stdout, '3\n');
  const unknown = await run('status', 'nojail');
  assert.equal(unknown.code, 255);
  assert.equal(unknown.stdout, "Sorry but the jail 'nojail' does not exist\n");
  assert.match(unknown.stderr, /NOK: \('nojail',\)/);
  assert.equal((await run('set', 'sshd')).stdout, 'Sorry but the command is invalid\n');
  assert.deepEqual(await run('stop'), { code: 0, stdout: 'Shutdown successful\n', stderr: '' });
  assert.equal(server.events.at(-1), 'shutdown');
});

test("Debian's fail2ban-client reloads our server with its own stream", async (t) => {
  if (!requireTool(t, 'fail2ban-client')) return;
  const { path, server } = await startControl(t);
  const folder = mkdtempSync(join(tmpdir(), 'warder-stock-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync('/etc/fail2ban', folder, { recursive: true });
  writeFileSync(join(folder, 'auth.log'), '');
  writeFileSync(
    join(folder, 'jail.local'),
    `[sshd]\nenabled = true\nbackend = polling\nlogpath = ${folder}/auth.log\n`,
  );

  const result = await debianClient(path, '-c', folder, 'reload');
  assert.equal(result.code, 0, result.stderr);
  assert.equal(result.stdout, 'OK\n');
  assert.equal(server.events[0], 'begin reload --all');
  assert.equal(server.events.at(-1), 'end reload');
  assert.ok(server.jailNames().includes('sshd'), server.events.join('\n'));
  assert.ok(server.jail('sshd').failRegex().length > 10);
});
