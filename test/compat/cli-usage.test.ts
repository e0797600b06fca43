import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { MemoryTerminal, runClient, runServer } from '../../src/cli/index.ts';
import { requireFail2ban } from '../support/fail2ban.ts';

interface Run {
  readonly code: number | null;
  readonly stdout: string;
}

function theirs(program: 'fail2ban-client' | 'fail2ban-server', args: readonly string[]): Run {
  const { status, stdout } = spawnSync(`/usr/bin/${program}`, args, { encoding: 'utf8' });
  return { code: status, stdout };
}

async function ours(program: 'fail2ban-client' | 'fail2ban-server', args: readonly string[]): Promise<Run> {
  const terminal = new MemoryTerminal();
  const run = program === 'fail2ban-client' ? runClient : runServer;
  return { code: await run(program, args, terminal), stdout: terminal.stdout };
}

test('help, version, usage errors and --str2sec print the same and end with the same code', async (t) => {
  if (!requireFail2ban(t)) return;
  const lines: readonly string[][] = [
    [],
    ['-h'],
    ['--help'],
    ['-V'],
    ['--version'],
    ['-xV'],
    ['-Z'],
    ['--none'],
    ['--log'],
    ['-c'],
    ['--str2sec', '1d12h'],
    ['--str2sec=1mo'],
    ['--str2sec', '-1'],
    ['--loglevel', 'bogus', 'ping'],
    ['-s', '/nonexistent/socket', 'ping'],
    ['-s', '/nonexistent/socket', 'status', 'sshd'],
    ['-s', '/nonexistent/socket', 'reload', 'a', 'b'],
    ['-c', '/nonexistent', 'ping'],
    ['-c', '/nonexistent', '-t'],
    ['-s', '/nonexistent/socket', '--timeout', '1m', 'ping'],
    ['-s', '/nonexistent/socket', '-q', 'ping', '3'],
    ['-s', '/nonexistent/socket', '-xb', '--async', '--pname', 'x', 'get', 'loglevel'],
    ['--vers'],
    ['-h', '-Z'],
    ['-V', '-h'],
  ];
  for (const args of lines) {
    assert.deepEqual(await ours('fail2ban-client', args), theirs('fail2ban-client', args), args.join(' '));
  }
  for (const args of [['-h'], ['-V'], ['-Z']]) {
    assert.deepEqual(await ours('fail2ban-server', args), theirs('fail2ban-server', args), args.join(' '));
  }
});
