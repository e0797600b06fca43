import { setTimeout as sleep } from 'node:timers/promises';
import { parseTimeSpan } from '../base/index.ts';
import { readConfig } from './check-config.ts';
import { launchDaemon } from './launch.ts';
import type { Program } from './program.ts';
import { ping } from './session.ts';
import { socketPath } from './settings.ts';

const defaultTimeoutSec = 30;
const pollMs = 20;
const pingTimeoutMs = 1000;

/** `start`: starts a server and waits until it is ready. Returns whether it runs; in the foreground, whether it ended well. */
export async function startServer(program: Program): Promise<boolean> {
  const { options, log } = program;
  if (await ping(await socketPath(options), pingTimeoutMs)) {
    log.error('Server already running');
    return false;
  }
  if (!options.background) return (await import('./server.ts')).serve(program).then((code) => code === 0);
  const { usable } = await readConfig(options, log, { strict: false, allowNoFiles: false });
  return usable && launchInBackground(program);
}

/** Starts fail2ban-server as a process of its own and waits for its word. */
export async function launchInBackground(program: Program): Promise<boolean> {
  const { options, terminal, log } = program;
  const result = await launchDaemon(options, waitLimitSec(program) * 1000);
  if (result.errorText !== '') terminal.err(result.errorText);
  if (options.json) {
    const { ready, reason, problems } = result;
    terminal.out(`${JSON.stringify(ready ? { ready, problems } : { ready, error: { message: reason } })}\n`);
    return ready;
  }
  for (const problem of result.problems) log.error(problem);
  if (!result.ready) {
    log.error(result.reason);
    return false;
  }
  terminal.out('Server ready\n');
  return true;
}

/** Waits until the condition no longer holds, at most as long as `--timeout` says. */
export async function waitWhile(program: Program, condition: () => Promise<boolean>): Promise<boolean> {
  const endMs = Date.now() + waitLimitSec(program) * 1000;
  while (await condition()) {
    if (Date.now() > endMs) return false;
    await sleep(pollMs);
  }
  return true;
}

function waitLimitSec({ options }: Program): number {
  return options.timeout === undefined ? defaultTimeoutSec : parseTimeSpan(options.timeout);
}
