import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { MemoryTerminal, runRegex } from '../../src/cli/index.ts';
import { fail2banLibrary, requireFail2ban } from '../support/fail2ban.ts';

interface Run {
  readonly code: number | null;
  readonly stdout: string;
}

/** The time that it took is not to be compared. */
function timeless(text: string): string {
  return text.replace(/^\[processed in .*\]$/m, '[processed]');
}

function theirs(args: readonly string[]): Run {
  const { status, stdout } = spawnSync('/usr/bin/fail2ban-regex', args, { encoding: 'utf8' });
  return { code: status, stdout: timeless(stdout) };
}

async function ours(args: readonly string[]): Promise<Run> {
  const terminal = new MemoryTerminal();
  const code = await runRegex('fail2ban-regex', args, terminal);
  return { code, stdout: timeless(terminal.stdout) };
}

test('the report on stock filters and their samples is the same', async (t) => {
  if (!requireFail2ban(t)) return;
  const logs = `${fail2banLibrary}/tests/files/logs`;
  assert.ok(existsSync(`${logs}/sshd`));
  const cases: readonly string[][] = [
    [`${logs}/sshd`, 'sshd.conf'],
    [
      `${logs}/sshd`,
      'sshd.conf[mode=aggressive]',
      '--print-all-matched',
      '--print-all-missed',
      '--print-all-ignored',
    ],
    [`${logs}/dovecot`, 'dovecot.conf', '--print-no-missed'],
    [`${logs}/monit`, '/etc/fail2ban/filter.d/monit.conf'],
    [`${logs}/mysqld-auth`, 'mysqld-auth.conf', '-L', '5'],
    [`${logs}/postfix`, 'postfix.conf', '--print-no-ignored', '--print-all-missed'],
  ];
  for (const args of cases) assert.deepEqual(await ours(args), theirs(args), args.join(' '));
});

test('the report on single lines and expressions is the same', async (t) => {
  if (!requireFail2ban(t)) return;
  const folder = mkdtempSync(join(tmpdir(), 'warder-regex-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const log = join(folder, 'log');
  const lines = Array.from(
    { length: 30 },
    (_, i) =>
      `2024-05-01 10:00:${String(i).padStart(2, '0')} login ${i % 3 ? 'bad' : 'ok'} from 192.0.2.${i}\r\n`,
  );
  writeFileSync(log, `# a comment\n\n${lines.join('')}no date here from 192.0.2.99\n`);
  const line = 'Jul  5 10:00:00 host app[1]: failed from 192.0.2.1';
  const cases: readonly string[][] = [
    [line, 'failed from <HOST>$'],
    [line, '^nothing <HOST>'],
    [line, 'failed from <HOST>', 'app'],
    [log, 'bad from <HOST>'],
    [log, 'from <HOST>', 'ok from', '--print-all-ignored'],
    [log, 'bad from <HOST>', '-d', '%Y-%m-%d %H:%M:%S', '--print-all-missed'],
    [log, 'bad from <HOST>', '-v', '-d', '{^LN-BEG}%Y-%m-%d %H:%M:%S'],
    [`${line}\n${line}`, 'failed from <ADDR>'],
    [line, 'failed from <HOST>', '--usedns', 'no', '-r'],
  ];
  for (const args of cases) assert.deepEqual(await ours(args), theirs(args), args.join(' '));
});

test('a wrong command line ends with the same code', async (t) => {
  if (!requireFail2ban(t)) return;
  const cases: readonly string[][] = [
    ['-Z'],
    ['--usedns'],
    ['-L', 'x', 'a', 'b'],
    ['--print', 'a', 'b'],
    ['only-a-log'],
    ['a', 'b', '--print-no-missed', '--print-all-missed'],
    ['-V'],
    ['a line', 'no address here'],
    ['a line', 'sshd[broken'],
  ];
  for (const args of cases) assert.equal((await ours(args)).code, theirs(args).code, args.join(' '));
});
