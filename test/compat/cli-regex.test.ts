import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { fail2banLibrary, requireFail2ban } from '../support/fail2ban.ts';

// The programs themselves, as they are started from a shell; regex-report.test.ts and regex-rows.test.ts compare much
// more, with both of them kept running.

const program = fileURLToPath(new URL('../../src/cli/fail2ban-regex.ts', import.meta.url));
const logs = `${fail2banLibrary}/tests/files/logs`;

interface Run {
  readonly code: number | null;
  readonly stdout: string;
}

function run(command: string, args: readonly string[]): Run {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  // The time that it took is not to be compared.
  return { code: status, stdout: stdout.replace(/^\[processed in .*\]$/m, '[processed]') };
}

test('the programs print the same and end with the same code', async (t) => {
  if (!requireFail2ban(t)) return;
  const line = 'Jul  5 10:00:00 host app[1]: failed from 192.0.2.1';
  const cases: readonly (readonly string[])[] = [
    [`${logs}/sshd`, 'sshd.conf[mode=aggressive]', '--print-all-matched', '--print-all-missed'],
    [`${logs}/dovecot`, 'dovecot.conf', '-o', '<ip> <time> <F-USER>'],
    [`${logs}/monit`, '/etc/fail2ban/filter.d/monit.conf', '-v'],
    [line, 'failed from <HOST>', 'app'],
    [line, 'failed from <HOST>', '-l', 'loud'],
    ['a line', 'no address here'],
    ['-V'],
  ];
  for (const args of cases) {
    const ours = run(process.execPath, [program, ...args]);
    const theirs = run('/usr/bin/fail2ban-regex', args);
    assert.equal(ours.code, theirs.code, args.join(' '));
    // A mistake that ends Python with an exception is told on standard output here.
    if (ours.code !== 1) assert.equal(ours.stdout, theirs.stdout, args.join(' '));
  }
});
