import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter } from 'node:path';

/** What a command left behind. `code` is null when a signal ended it. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts a program of the demo. It has a process group of its own, so that Ctrl-C on the terminal reaches the demo alone, which then ends
 * everything in order.
 */
export function start(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const { env, ...others } = options;
  const child = spawn(command, args, { ...others, detached: true, env: { ...ownEnvironment(), ...env } });
  child.on('error', () => undefined);
  child.stdin?.on('error', () => undefined);
  return child;
}

/** Runs a program to its end, or kills it after `timeoutMs`. Never throws: one that cannot be started has the code 127. */
export async function run(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
  timeoutMs = 10_000,
): Promise<Ran> {
  const child = start(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const stdout = collected(child.stdout);
  const stderr = collected(child.stderr);
  const timer = setTimeout(() => {
    child.kill('SIGKILL');
    // What it started may hold the pipes; it ends with the machine.
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, timeoutMs);
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(127));
    child.once('close', (value) => resolve(value));
  });
  clearTimeout(timer);
  return { code, stdout: stdout(), stderr: stderr() };
}

/** Gathers what a stream says. */
export function collected(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

/** Hands each whole line of a stream over. */
export function eachLine(stream: NodeJS.ReadableStream | null, take: (line: string) => void): void {
  let rest = '';
  stream?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('utf8')).split(/\r*\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
}

/** Waits for the end of a process, which somebody has asked for; after `graceMs` the kernel makes it. */
export async function ended(child: ChildProcess, graceMs: number): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await once(child, 'exit');
  clearTimeout(timer);
}

/** Ours, with the folders of the administrator's programs, and without what is meant for this process alone. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_CHANNEL_FD: _channel, ...environment } = process.env;
  const folders = [process.env.PATH ?? '', '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];
  return { ...environment, LC_ALL: 'C', PATH: folders.filter((folder) => folder !== '').join(delimiter) };
}
