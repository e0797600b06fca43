import { pythonStr } from '../base/index.ts';
import { items } from './beautify-parts.ts';
import { ask } from './session.ts';

/** A server that is slow must not hold up a person who pressed the tabulator. */
const timeoutMs = 1000;

/** Values that a place in a command can have, where there are only so many. */
export const knownValues: Readonly<Record<string, readonly string[]>> = {
  LEVEL: ['CRITICAL', 'ERROR', 'WARNING', 'NOTICE', 'INFO', 'DEBUG', 'TRACEDEBUG', 'HEAVYDEBUG'],
  TARGET: ['STDOUT', 'STDERR', 'SYSLOG', 'SYSTEMD-JOURNAL'],
  BACKEND: ['auto', 'pyinotify', 'polling', 'systemd'],
  FLAVOR: ['basic', 'short', 'stats', 'cymru'],
};

/**
 * What the tabulator offers for a line: words of the table of commands, names of jails and actions from the server, values
 * that are known. The second value is the part of the line that they complete.
 */
export async function complete(line: string, socketPath: string): Promise<[string[], string]> {
  const { nextWords } = await import('../control/index.ts');
  const words = line.split(/\s+/).filter((word) => word !== '');
  const begun = /\s$/.test(line) ? '' : (words.pop() ?? '');
  const next = nextWords(words);
  const values = await Promise.all(next.names.map((name) => valuesOf(name, words, socketPath)));
  const offered = [...new Set([...next.words, ...values.flat()])].filter((word) => word.startsWith(begun));
  return [offered.map((word) => `${word} `), begun];
}

async function valuesOf(
  name: string,
  words: readonly string[],
  socketPath: string,
): Promise<readonly string[]> {
  if (name === 'JAIL') return namesFrom(socketPath, ['banned'], (value) => items(value).flatMap(keysOf));
  if (name === 'ACT' && words[1] !== undefined) {
    return namesFrom(socketPath, ['get', words[1], 'actions'], (value) => items(value).map(pythonStr));
  }
  if (name === 'IP' && words[0] === 'set' && words[2] === 'unbanip' && words[1] !== undefined) {
    return namesFrom(socketPath, ['get', words[1], 'banned'], (value) => items(value).map(pythonStr));
  }
  return knownValues[name] ?? [];
}

function keysOf(value: Parameters<typeof pythonStr>[0]): string[] {
  return value instanceof Map ? [...value.keys()].map(pythonStr) : [];
}

/** Nothing is offered while the server does not answer. */
async function namesFrom(
  socketPath: string,
  command: readonly string[],
  read: (value: Parameters<typeof pythonStr>[0]) => string[],
): Promise<string[]> {
  try {
    const answer = await ask(socketPath, command, timeoutMs);
    return answer.ok ? read(answer.value) : [];
  } catch {
    return [];
  }
}
