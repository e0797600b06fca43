import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { MemoryLogger, type PythonValue } from '../../../src/base/index.ts';
import { ActionProperties } from '../../../src/enforce/index.ts';
import { ScriptAction, type ScriptActionParts } from '../../../src/enforce/script-action/script-action.ts';
import { type ScriptHelper, startScript } from '../../../src/enforce/script-action/start-helper.ts';

/** Where nobody but root can write, up to the root; the usual folder for temporary files is none. */
export const rootsOwn = '/run';

/** A folder that only root can write, with a name of its own. */
export function rootFolder(context: TestContext): string {
  const folder = mkdtempSync(join(rootsOwn, 'warder-script-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'action.d'));
  return folder;
}

/** Writes a module that only root can write. Returns its path. */
export function writeModule(folder: string, name: string, source: string): string {
  const path = join(folder, 'action.d', name);
  writeFileSync(path, source, { mode: 0o644 });
  return path;
}

export interface ScriptBench {
  readonly action: ScriptAction;
  readonly logger: MemoryLogger;
  /** The processes that were started, the last one last. */
  readonly helpers: ScriptHelper[];
  /** What the module printed. */
  said(): string[];
}

/** An action of the jail `sshd` with this text as its module, in a real process. */
export function scriptBench(
  context: TestContext,
  source: string,
  properties: Readonly<Record<string, PythonValue>> = {},
  parts: Partial<ScriptActionParts> = {},
): ScriptBench {
  const logger = new MemoryLogger();
  const helpers: ScriptHelper[] = [];
  const action = new ScriptAction({
    jail: 'sshd',
    name: 'own',
    file: '/etc/fail2ban/action.d/own.js',
    source,
    properties: new ActionProperties(new Map(Object.entries(properties))),
    logger,
    start(events) {
      const helper = startScript(events);
      helpers.push(helper);
      return helper;
    },
    ...parts,
  });
  context.after(() => action.leave());
  const said = (): string[] =>
    logger.lines.flatMap((line) => /action 'own': says: (.*)/.exec(line)?.[1] ?? []);
  return { action, logger, helpers, said };
}
