import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type LogKind, type LogShape, logLines, writeLog } from '../../bench/data/logs.ts';
import { repositoryRoot } from '../support/sources.ts';

const kinds: readonly LogKind[] = [
  'auth-attack',
  'auth-benign',
  'auth-ipv6',
  'auth-none',
  'many-attackers',
  'mail',
  'nginx-access',
  'nginx-error',
  'quiet',
  'syslog',
];
const shape: LogShape = { lines: 3000, seed: 7, endSec: 1_795_000_000 };

test('the same seed gives the same log, and another seed another', () => {
  for (const kind of kinds) {
    const lines = [...logLines(kind, shape)];
    assert.equal(lines.length, shape.lines, kind);
    assert.deepEqual([...logLines(kind, shape)], lines, kind);
    assert.notDeepEqual([...logLines(kind, { ...shape, seed: 8 })], lines, kind);
  }
});

test('a log is written as its lines are', (context) => {
  const path = temporary(context, 'mail.log');
  const bytes = writeLog(path, 'mail', shape);
  const text = readFileSync(path, 'utf8');
  assert.equal(Buffer.byteLength(text), bytes);
  assert.equal(text, [...logLines('mail', shape)].map((line) => `${line}\n`).join(''));
});

test('as many attackers attack as are asked for', () => {
  const lines = [...logLines('many-attackers', { ...shape, attackers: 1000 })];
  const addresses = lines.map((line) => / from (\S+) port /.exec(line)?.[1]);
  assert.equal(new Set(addresses).size, 1000);
  assert.ok(!addresses.includes(undefined));
});

test('an IPv6 log has nobody on IPv4', () => {
  const lines = [...logLines('auth-ipv6', shape)];
  assert.deepEqual(
    lines.filter((line) => /\d+\.\d+\.\d+\.\d+/.test(line)),
    [],
  );
  assert.ok(lines.some((line) => line.includes('from 2001:db8:')));
});

for (const [kind, filters, part] of [
  ['auth-attack', ['sshd'], 0.5],
  ['auth-benign', ['sshd'], 0.02],
  ['auth-ipv6', ['sshd'], 0.5],
  ['auth-none', ['sshd'], 0],
  ['many-attackers', ['sshd'], 1],
  ['syslog', ['sshd'], 0.01],
  ['quiet', ['sshd', 'postfix', 'dovecot', 'pam-generic'], 0],
  ['mail', ['postfix[mode=extra]', 'dovecot'], 0.2],
  ['nginx-error', ['nginx-http-auth', 'nginx-limit-req'], 0.33],
] as const) {
  test(`the rules of ${filters.join(' and ')} count ${part * 100} % of the lines of ${kind}`, (context) => {
    const path = temporary(context, `${kind}.log`);
    writeLog(path, kind, shape);
    const found = filters.reduce((sum, filter) => sum + matched(path, filter), 0) / shape.lines;
    assert.ok(Math.abs(found - part) <= 0.01, `${found}`);
  });
}

/** Lines that our rule tester counts with our own filter. */
function matched(log: string, filter: string): number {
  const { stdout, stderr } = spawnSync(
    join(repositoryRoot, 'bin', 'fail2ban-regex'),
    ['-c', join(repositoryRoot, 'config'), log, filter],
    { encoding: 'utf8' },
  );
  const count = /^Lines: .* (\d+) matched/m.exec(stdout)?.[1];
  assert.ok(count !== undefined, stdout + stderr);
  return Number(count);
}

function temporary(context: TestContext, name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'warder-bench-data-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}
