import { PythonTuple } from '../../base/index.ts';
import type { Handler } from './handlers.ts';
import { hashable, type Machine } from './machine.ts';
import { op } from './opcodes.ts';
import { decodePythonUtf8 } from './text.ts';
import { type PickleItem, PythonClass, PythonObject } from './types.ts';

/*
 * What a fail2ban server puts into its answers besides plain data: exceptions, and addresses as `str('192.0.2.1')`.
 * Nothing here imports or calls: a class is a name, an object a name with arguments, and the built-in types that Python
 * itself writes as a call are rebuilt as the data that they are.
 */

function pushGlobal(machine: Machine): void {
  const module = decodePythonUtf8(Buffer.from(machine.input.line(), 'latin1'));
  machine.push(new PythonClass(module, decodePythonUtf8(Buffer.from(machine.input.line(), 'latin1'))));
}

function stackGlobal(machine: Machine): void {
  const [module, name] = machine.popMany(2);
  if (typeof module !== 'string' || typeof name !== 'string')
    throw machine.broken('names a class by something else than texts');
  machine.push(new PythonClass(module, name));
}

function reduce(machine: Machine): void {
  const [made, args] = machine.popMany(2);
  if (!(made instanceof PythonClass) || !(args instanceof PythonTuple))
    throw machine.broken('calls something that is no class');
  machine.push(rebuild(machine, made, args.items as readonly PickleItem[]));
}

function newObject(machine: Machine, count: 2 | 3): void {
  const parts = machine.popMany(count);
  const [made, args] = parts;
  if (!(made instanceof PythonClass) || !(args instanceof PythonTuple))
    throw machine.broken('makes an object of something that is no class');
  machine.push(rebuild(machine, made, args.items as readonly PickleItem[]));
}

/** BUILD sets attributes of the object below; an inert record does without them. */
function dropState(machine: Machine): void {
  machine.pop();
  if (!(machine.top() instanceof PythonObject)) throw machine.broken('sets attributes of plain data');
}

/** Protocols 0 to 2 name the modules as Python 2 had them. */
const modernModule: Readonly<Record<string, string>> = { __builtin__: 'builtins', exceptions: 'builtins' };

function rebuild(machine: Machine, made: PythonClass, args: readonly PickleItem[]): PickleItem {
  const module = modernModule[made.module] ?? made.module;
  const builtin = module === 'builtins';
  const first = args[0];
  if (builtin && (made.name === 'str' || made.name === 'unicode') && typeof first === 'string') return first;
  if (builtin && (made.name === 'set' || made.name === 'frozenset') && Array.isArray(first)) {
    return new Set(first.map((item) => hashable(machine, item)));
  }
  if (module === '_codecs' && made.name === 'encode' && typeof first === 'string') {
    return Uint8Array.from(Buffer.from(first, 'latin1'));
  }
  return new PythonObject(module, made.name, args as PythonObject['args']);
}

/** Handlers for the opcodes that the strict decoder refuses. */
export const foreignHandlers: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [op.GLOBAL, pushGlobal],
  [op.STACK_GLOBAL, stackGlobal],
  [op.REDUCE, reduce],
  [op.NEWOBJ, (machine) => newObject(machine, 2)],
  [op.NEWOBJ_EX, (machine) => newObject(machine, 3)],
  [op.BUILD, dropState],
]);
