import { type PythonValue, pythonRepr, WarderError } from '../../base/index.ts';
import { commandTable } from './table.ts';
import type { CommandSpec } from './types.ts';
import { incomplete } from './values.ts';

/** A command found in the table, with the words that fill its places. */
export interface Route {
  readonly spec: CommandSpec;
  readonly jailName: string;
  readonly option: string;
  readonly args: readonly PythonValue[];
  readonly multiple: boolean;
}

const runnable: ReadonlyMap<string, CommandSpec> = new Map(
  commandTable
    .flatMap((section) => section.commands)
    .filter((spec) => spec.run !== undefined)
    .map((spec) => [spec.route, spec]),
);

/**
 * Finds the command that the words name. Options of the server win over a jail of the same name, as in fail2ban.
 * Throws `COMMAND_UNKNOWN`, or `COMMAND_INCOMPLETE` when words are missing.
 */
export function findRoute(words: readonly PythonValue[]): Route {
  const first = words[0];
  if (first === undefined) throw incomplete();
  const multiple = first === 'multi-set';
  const verb = multiple ? 'set' : first;
  if (verb === 'set' || verb === 'get') return checked(findOption(verb, words.slice(1), multiple));
  const spec = typeof verb === 'string' ? runnable.get(verb) : undefined;
  if (spec === undefined) throw new WarderError('COMMAND_UNKNOWN', 'Invalid command');
  return checked({ spec, jailName: '', option: '', args: words.slice(1), multiple: false });
}

/** Whether `set NAME` concerns the server itself; a jail of such a name cannot be reached. */
export function isServerOption(verb: 'set' | 'get', name: string): boolean {
  return runnable.has(`${verb} ${name}`);
}

function findOption(verb: 'set' | 'get', words: readonly PythonValue[], multiple: boolean): Route {
  const name = words[0];
  if (name === undefined) throw incomplete();
  const ofServer = runnable.get(`${verb} ${String(name)}`);
  if (ofServer !== undefined) {
    return { spec: ofServer, jailName: '', option: '', args: words.slice(1), multiple };
  }
  const option = words[1];
  if (option === undefined) throw incomplete();
  const route = `${verb} <JAIL> ${String(option)}`;
  const dot = route.indexOf('.');
  const spec = runnable.get(route) ?? (dot < 0 ? undefined : runnable.get(route.slice(0, dot + 1)));
  if (spec === undefined || typeof option !== 'string') throw unknownOption(verb, option);
  const inner = spec.route.endsWith('.') ? route.slice(dot + 1) : '';
  return { spec, jailName: String(name), option: inner, args: words.slice(2), multiple };
}

function checked(route: Route): Route {
  if (route.args.length < (route.spec.least ?? 0)) throw incomplete();
  return route;
}

function unknownOption(verb: 'set' | 'get', option: PythonValue): WarderError {
  const message =
    verb === 'get'
      ? 'Invalid command (no get action or not yet implemented)'
      : `Invalid command ${pythonRepr(option)} (no set action or not yet implemented)`;
  return new WarderError('COMMAND_UNKNOWN', message);
}
