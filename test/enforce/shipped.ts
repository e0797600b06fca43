import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ManualClock, MemoryLogger, type PythonValue } from '../../src/base/index.ts';
import { readConfiguration, toStream } from '../../src/config/index.ts';
import {
  type Action,
  type ActionSettings,
  createShellAction,
  type ShellCommand,
  type ShellResult,
  type ShellRunner,
} from '../../src/enforce/index.ts';
import type { TestMachine } from '../support/netns.ts';
import { repositoryRoot } from '../support/sources.ts';
import { figures, testNames } from './harness.ts';

export const shippedConfig = join(repositoryRoot, 'config');

/**
 * The settings of an action as a jail named `x` gets them: `text` is the value of `action`, `files` lie in a layer over ours,
 * as an administrator's would.
 */
export function actionSettings(
  text: string,
  files: Readonly<Record<string, string>> = {},
  layers: readonly string[] = [shippedConfig],
): ActionSettings {
  const own = mkdtempSync(join(tmpdir(), 'warder-action-'));
  try {
    const jail = `[x]\nenabled = true\nbackend = polling\nlogpath = /dev/null\nfilter =\naction = ${text}\n`;
    for (const [name, content] of Object.entries({ 'jail.d/x.local': jail, ...files })) {
      mkdirSync(dirname(join(own, name)), { recursive: true });
      writeFileSync(join(own, name), content);
    }
    return settingsFrom([...layers, own]);
  } finally {
    rmSync(own, { recursive: true });
  }
}

function settingsFrom(layers: readonly string[]): ActionSettings {
  const configuration = readConfiguration({ layers, jails: ['x'], allowNoFiles: true });
  const errors = configuration.jails
    .flatMap((jail) => [jail.configError, ...jail.errors.map(String)])
    .filter(Boolean);
  if (errors.length > 0) throw new Error(errors.join('\n'));
  const properties = new Map<string, PythonValue>();
  let name = '';
  for (const { args } of toStream(configuration)) {
    if (args[0] === 'multi-set' && args[2] === 'action') {
      name = String(args[3]);
      for (const pair of args[4] as [string, PythonValue][]) properties.set(pair[0], pair[1]);
    }
  }
  if (name === '') throw new Error('the configuration has no action');
  return { name, properties };
}

/** An action, what it said in the log, and every command that it ran. */
export interface ShippedAction {
  readonly action: Action;
  readonly logger: MemoryLogger;
  readonly ran: readonly ShellCommand[];
}

/** Runs commands in a test machine, noting what ran and what went wrong. */
export function runnerIn(machine: TestMachine, logger: MemoryLogger, ran: ShellCommand[] = []): ShellRunner {
  return {
    async run(command): Promise<ShellResult> {
      ran.push(command);
      const startedMs = performance.now();
      const { code, stdout, stderr } = await machine.run('/bin/sh', ['-c', command.script, ...command.args]);
      if (code !== 0) logger.log('ERROR', 'test', `${command.script}\n${stdout}${stderr}`);
      else if (stderr !== '') logger.log('WARNING', 'test', `${command.script}\n${stderr}`);
      return {
        ok: code === 0,
        returnCode: code ?? -1,
        timedOut: false,
        stdout,
        stderr,
        pid: undefined,
        durationMs: performance.now() - startedMs,
      };
    },
  };
}

/** An action whose commands run in a test machine. */
export function actionIn(machine: TestMachine, settings: ActionSettings): ShippedAction {
  const logger = new MemoryLogger();
  const ran: ShellCommand[] = [];
  const action = createShellAction(settings, {
    jail: 'x',
    runner: runnerIn(machine, logger, ran),
    logger,
    clock: new ManualClock(),
    names: testNames,
    figures,
    history: undefined,
    allowIpv6: () => true,
    rank: () => 0,
  });
  return { action, logger, ran };
}
