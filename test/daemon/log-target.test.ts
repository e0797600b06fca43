import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { formatLogTime } from '../../src/base/index.ts';
import { bench, folder, nowSec, textOf } from '../support/log-bench.ts';

const time = formatLogTime(nowSec);
const banLine = `${time} fail2ban.actions        [32409]: NOTICE  [sshd] Ban 192.0.2.1\n`;

test('a file gets fail2ban’s line, readable for its group, behind what it held', async (t) => {
  const { log } = bench(t);
  const path = join(folder(t), 'fail2ban.log');
  const umask = process.umask(0o022);
  t.after(() => process.umask(umask));
  await log.setLogTarget(path);
  log.log('NOTICE', 'fail2ban.actions', '[sshd] Ban 192.0.2.1');
  assert.equal(await textOf(path), banLine);
  assert.equal(statSync(path).mode & 0o777, 0o640);
  const { log: next } = bench(t);
  await next.setLogTarget(path);
  next.log('NOTICE', 'fail2ban.actions', '[sshd] Ban 192.0.2.1');
  assert.equal(await textOf(path), banLine + banLine);
});

test('levels below the one that is set are left out; names and numbers are taken', async (t) => {
  const { log } = bench(t);
  const path = join(folder(t), 'log');
  await log.setLogTarget(path);
  const written = async (level: string): Promise<string[]> => {
    rmSync(path, { force: true });
    log.flush();
    log.setLogLevel(level);
    for (const each of ['CRITICAL', 'NOTICE', 'INFO', 'DEBUG', 'HEAVYDEBUG'] as const)
      log.log(each, 'x', each);
    return (await textOf(path))
      .split('\n')
      .filter((line) => !line.includes('rollover'))
      .map((line) => line.slice(line.lastIndexOf(' ') + 1))
      .slice(0, -1);
  };
  assert.deepEqual(await written('notice'), ['CRITICAL', 'NOTICE']);
  assert.equal(log.logLevel(), 'NOTICE');
  assert.deepEqual(await written('10'), ['CRITICAL', 'NOTICE', 'INFO', 'DEBUG']);
  assert.deepEqual((await written('HEAVYDEBUG')).length, 5);
  assert.match(await textOf(path), /HEAVY {3}HEAVYDEBUG\n$/);
  assert.throws(() => log.setLogLevel('loud'), { code: 'LOG_LEVEL', message: "Invalid log level 'LOUD'" });
  assert.equal(log.logLevel(), 'HEAVYDEBUG');
});

test('after a rotation flush goes on in the new file', async (t) => {
  const { log } = bench(t);
  const path = join(folder(t), 'log');
  await log.setLogTarget(path);
  log.log('INFO', 'x', 'before');
  renameSync(path, `${path}.1`);
  log.log('INFO', 'x', 'still the old one');
  assert.equal(log.flush(), 'rolled over');
  log.log('INFO', 'x', 'after');
  assert.match(await textOf(`${path}.1`), /before\n.*still the old one\n$/);
  assert.match(await textOf(path), /^.*rollover performed on .*log\n.*after\n$/);
});

test('a rotation that leaves no place for the new file keeps the old one, and says so', async (t) => {
  const { log, errors } = bench(t);
  const home = folder(t);
  mkdirSync(join(home, 'logs'));
  const path = join(home, 'logs', 'log');
  await log.setLogTarget(path);
  renameSync(join(home, 'logs'), join(home, 'moved'));
  log.flush();
  log.log('INFO', 'x', 'not lost');
  assert.match(await textOf(join(home, 'moved', 'log')), /not lost/);
  assert.match(errors.join(''), /ERROR +.*logs\/log: cannot open the log/);
});

test('a target that cannot be had throws and leaves the log where it was', async (t) => {
  const { log } = bench(t);
  const home = folder(t);
  const path = join(home, 'log');
  await log.setLogTarget(path);
  await assert.rejects(log.setLogTarget(join(home, 'none', 'log')), { code: 'LOG_TARGET' });
  await assert.rejects(log.setLogTarget(`${home}/x[format="%(colour)s"]`), { code: 'LOG_FORMAT' });
  await log.setSyslogSocket(join(home, 'no-socket'));
  await assert.rejects(log.setLogTarget('SYSLOG'), {
    code: 'LOG_TARGET',
    message: /does not exists or is not a socket/,
  });
  assert.equal(log.logTarget(), path);
  log.log('INFO', 'x', 'here');
  assert.match(await textOf(path), /here/);
});

test('a changed target is announced there; the same one again changes nothing', async (t) => {
  const { log } = bench(t);
  const home = folder(t);
  await log.setLogTarget(join(home, 'a'));
  await log.setLogTarget(join(home, 'b'));
  await log.setLogTarget(join(home, 'b'));
  assert.equal(await textOf(join(home, 'a')), '');
  assert.deepEqual(await messages(join(home, 'b')), [
    'Start Fail2ban v1.0.2',
    `Changed logging target to ${home}/b for Fail2ban v1.0.2`,
  ]);
});

test('options choose time, padding and the whole format', async (t) => {
  const { log } = bench(t);
  const home = folder(t);
  const cases: readonly [options: string, line: string][] = [
    ['datetime=off', 'fail2ban.actions        [32409]: NOTICE  Ban'],
    ['padding=no', `${time} fail2ban.actions[32409]: NOTICE Ban`],
    ['datetime=no, padding=off', 'fail2ban.actions[32409]: NOTICE Ban'],
    [
      'format="%(levelname)-8s|%(levelno)03d|%(name).8s|%(module)10s|%(message)s%%"',
      'NOTICE  |025|fail2ban|   actions|Ban%',
    ],
    ['format="%(relativeCreated)5d %(thread)X %(funcName)s."', '    0 7E99 .'],
  ];
  for (const [index, [options, line]] of cases.entries()) {
    const path = join(home, String(index));
    await log.setLogTarget(`${path}[${options}]`);
    assert.equal(log.logTarget(), path);
    log.log('NOTICE', 'fail2ban.actions', 'Ban');
    assert.equal((await textOf(path)).split('\n').at(-2), line);
  }
});

test('a message of several lines is written as it is', async (t) => {
  const { log } = bench(t);
  const path = join(folder(t), 'log');
  await log.setLogTarget(path);
  log.log('ERROR', 'x', 'one\ntwo');
  assert.match(await textOf(path), /ERROR {3}one\ntwo\n$/);
});

test('the same trouble is told once a minute', async (t) => {
  const { log, clock, errors } = bench(t);
  const path = join(folder(t), 'logs', 'log');
  mkdirSync(join(path, '..'));
  await log.setLogTarget(path);
  rmSync(join(path, '..'), { recursive: true });
  log.flush();
  log.flush();
  assert.equal(errors.length, 1);
  clock.advance(61);
  log.flush();
  assert.equal(errors.length, 2);
});

async function messages(path: string): Promise<string[]> {
  return (await textOf(path))
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^.*?\]: \w+ +/, ''));
}
