import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { commandFolder, startCommandServer } from '../support/command-servers.ts';
import { requireFail2ban } from '../support/fail2ban.ts';

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const ourClient = [process.execPath, join(import.meta.dirname, '../../src/cli/fail2ban-client.ts')];
const theirClient = ['/usr/bin/fail2ban-client'];

function converse(program: readonly string[], args: readonly string[], input: string): Promise<Run> {
  const [command, ...first] = program as [string, ...string[]];
  const child = spawn(command, [...first, ...args]);
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString().replace(/^.*?: (?=ERROR|WARNING)/gm, '');
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
}

const conversations: readonly (readonly [words: readonly string[], input: string])[] = [
  [[], 'ping\nstatus\nexit\n'],
  [[], 'ping'],
  [[], ''],
  [[], 'status x\n\n  \nquit\n'],
  [[], "echo 'a\necho 'a  b' \"c d\" e\\ f\nhelp me\nget loglevel\n"],
  [[], 'reload a b\nrestart a b\nexit\nping\n'],
  [['ping'], 'help\nexit\n'],
  [['status', 'x'], 'ping\nexit\n'],
];

test('a conversation reads and ends as with the reference: prompts, answers, errors, exit codes', async (t) => {
  if (!requireFail2ban(t)) return;
  const folder = commandFolder(t);
  const server = await startCommandServer(t, 'theirs', join(folder, 'server'));
  const conf = join(folder, 'conf');
  mkdirSync(conf);
  writeFileSync(join(conf, 'fail2ban.conf'), '[Definition]\n');
  const options = ['-c', conf, '-s', server.socket, '-p', join(folder, 'pid'), '--loglevel', 'INFO'];
  const args = [...options, '--logtarget', join(folder, 'log'), '--syslogsocket', 'auto', '-i'];
  for (const [words, input] of conversations) {
    const [theirs, ours] = await Promise.all([
      converse(theirClient, [...args, ...words], input),
      converse(ourClient, [...args, ...words], input),
    ]);
    assert.deepEqual(ours, theirs, JSON.stringify([words, input]));
  }
});
