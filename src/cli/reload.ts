import { resolve } from 'node:path';
import { type PythonValue, pythonRepr } from '../base/index.ts';
import { readConfig } from './check-config.ts';
import type { Program } from './program.ts';
import { ask, perform, type Session } from './session.ts';
import { configLayers } from './settings.ts';

const flags = ['--restart', '--unban', '--if-exists'];

/** `reload [FLAGS] [JAIL|--all]`: `words` are those behind `reload`. */
export async function reload(program: Program, session: Session, words: readonly string[]): Promise<boolean> {
  const { log } = program;
  const firstOther = words.findIndex((word) => !flags.includes(word));
  const options = firstOther < 0 ? words : words.slice(0, firstOther);
  const rest = words.slice(options.length);
  if (rest.length > 1) {
    log.error(`Unexpected argument(s) for reload: ${pythonRepr([...rest])}`);
    return false;
  }
  const folders = await ownFolders(session);
  if (folders === undefined) {
    log.error('Could not find server');
    return false;
  }
  const target = rest[0] ?? '--all';
  const jail = target === '--all' ? {} : { jail: target };
  const { configuration, usable } = await readConfig(program.options, log, {
    ...jail,
    strict: false,
    allowNoFiles: false,
  });
  if (!usable) return false;
  if (program.options.interactive) program.terminal.out('  ## reload ... \n');
  const request: PythonValue[] = ['reload', target, [...options]];
  if (!sameFolders(folders, configLayers(program.options))) {
    const { toStream } = await import('../config/index.ts');
    request.push(toStream(configuration).map(({ args }) => args));
  }
  return perform(session, ['reload', target], { args: request });
}

/** The words that end a server which is to start again: ours leaves its bans in force meanwhile, where it can. */
export async function stopForRestart(session: Session): Promise<readonly string[]> {
  try {
    const answer = await ask(session.socketPath, ['own-configuration']);
    return answer.ok ? ['stop', '--keep-bans'] : ['stop'];
  } catch {
    return ['stop'];
  }
}

/**
 * The folders that the server reads its configuration from: empty for one that gets it from its clients, such as
 * fail2ban's. Undefined when no server answers.
 */
async function ownFolders(session: Session): Promise<readonly PythonValue[] | undefined> {
  try {
    const answer = await ask(session.socketPath, ['own-configuration']);
    return answer.ok && Array.isArray(answer.value) ? answer.value : [];
  } catch {
    return undefined;
  }
}

function sameFolders(theirs: readonly PythonValue[], ours: readonly string[]): boolean {
  return theirs.length === ours.length && ours.every((folder, index) => resolve(folder) === theirs[index]);
}
