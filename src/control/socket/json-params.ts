import { type PythonValue, WarderError } from '../../base/index.ts';
import { findRoute } from '../commands/router.ts';
import { type EventFilter, type EventType, eventTypes } from '../events/types.ts';
import { isRecord } from './json-rpc.ts';

const maxDepth = 60;

/** Commands that the dispatcher knows besides those of the table. */
const besides: readonly string[] = ['reload', 'server-stream'];

/**
 * The words of a command: those in the params of `command`, or a method that is the first word itself, with the others
 * in the params. Undefined for a method that is none; throws `JSON_PARAMS` for params that are no words.
 */
export function readWords(method: string, params: unknown): readonly PythonValue[] | undefined {
  if (method === 'command') {
    if (Array.isArray(params) && params.length > 0) return params.map((param) => toPython(param, 1));
    throw wrong('params must be the words of the command, such as ["status", "sshd"]');
  }
  if (!isVerb(method)) return undefined;
  if (params === undefined) return [method];
  if (!Array.isArray(params)) throw wrong(`params must be the words behind ${method}, such as ["sshd"]`);
  return [method, ...params.map((param) => toPython(param, 1))];
}

/** The filter of `subscribe`: `{"jails": ["sshd"], "types": ["ban", "unban"]}`, each of them optional. */
export function readFilter(params: unknown): EventFilter {
  if (params === undefined || (Array.isArray(params) && params.length === 0)) return {};
  if (!isRecord(params)) throw wrong('params must be an object, such as {"types": ["ban"]}');
  const unknown = Object.keys(params).find((name) => name !== 'jails' && name !== 'types');
  if (unknown !== undefined) throw wrong(`subscribe knows jails and types, not ${short(unknown)}`);
  const { jails, types } = params;
  const strange = texts('types', types)?.find((type) => !isEventType(type));
  if (strange !== undefined) {
    throw wrong(`there are no events ${short(strange)}; the types are ${eventTypes.join(', ')}`);
  }
  return { jails: texts('jails', jails), types: texts('types', types)?.filter(isEventType) };
}

/** A text of a client in a message to it: never as long as the client likes. */
export function short(text: string): string {
  return JSON.stringify(text.length <= 100 ? text : `${text.slice(0, 100)}…`);
}

function isVerb(method: string): boolean {
  if (besides.includes(method)) return true;
  try {
    findRoute([method]);
    return true;
  } catch (error) {
    // Words that are missing do not make it another command.
    return error instanceof WarderError && error.code === 'COMMAND_INCOMPLETE';
  }
}

function isEventType(type: string): type is EventType {
  return (eventTypes as readonly string[]).includes(type);
}

function texts(name: string, value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw wrong(`${name} must be an array of texts`);
}

/** A JSON value as Python would have it after `json.loads`. */
function toPython(value: unknown, depth: number): PythonValue {
  if (depth > maxDepth) throw wrong(`params nest deeper than ${maxDepth} levels`);
  if (Array.isArray(value)) return value.map((item) => toPython(item, depth + 1));
  if (isRecord(value)) {
    return new Map(Object.entries(value).map(([key, item]) => [key, toPython(item, depth + 1)]));
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return null;
}

function wrong(message: string): WarderError {
  return new WarderError('JSON_PARAMS', message);
}
