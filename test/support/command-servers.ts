import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ping } from '../../src/cli/session.ts';

const startLimitMs = 20_000;

/** A server without any configuration, as a client starts it, in a folder of its own. */
export interface CommandServer {
  readonly folder: string;
  readonly socket: string;
}

/** A folder that is gone after the test. */
export function commandFolder(context: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'warder-commands-')));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts fail2ban's server, or ours, and waits until it answers; it ends with the test. */
export async function startCommandServer(
  context: TestContext,
  kind: 'theirs' | 'ours',
  folder: string,
): Promise<CommandServer> {
  mkdirSync(folder);
  const socket = join(folder, 'sock');
  const program =
    kind === 'theirs'
      ? ['/usr/bin/fail2ban-server']
      : [process.execPath, join(import.meta.dirname, '../../src/cli/fail2ban-server.ts')];
  const args = ['-f', '--async', '-s', socket, '-p', join(folder, 'pid'), '--logtarget', join(folder, 'log')];
  const options = ['--loglevel', 'INFO', '--syslogsocket', 'auto', 'start'];
  writeFileSync(join(folder, 'log'), '');
  const [command, ...first] = program as [string, ...string[]];
  const child = spawn(command, [...first, ...args, ...options], { stdio: 'ignore', cwd: '/' });
  context.after(() => ended(child));
  const endMs = Date.now() + startLimitMs;
  while (!(await ping(socket, 1000))) {
    if (child.exitCode !== null || Date.now() > endMs) throw new Error(`${kind} does not start`);
    await sleep(20);
  }
  return { folder, socket };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}
