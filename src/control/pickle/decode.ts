import { PythonTuple, type PythonValue, pythonRepr, WarderError } from '../../base/index.ts';
import { Cursor } from './cursor.ts';
import { foreignHandlers } from './foreign.ts';
import { plainHandlers } from './handlers.ts';
import { checkSize, Machine } from './machine.ts';
import { constructing, op } from './opcodes.ts';
import {
  defaultPickleLimits,
  type PickleItem,
  type PickleLimits,
  PythonClass,
  PythonObject,
} from './types.ts';

/**
 * Decodes one pickle (protocols 0 to 5) of plain data: None, booleans, numbers, texts, bytes, lists, tuples, sets and
 * dicts. Throws `PICKLE_REFUSED` for an opcode that imports or calls anything, `PICKLE_BROKEN` for malformed input,
 * `PICKLE_LIMIT` beyond the limits. Bytes behind the end of the pickle are ignored, as Python does.
 */
export function decodePickle(bytes: Uint8Array, limits: PickleLimits = defaultPickleLimits): PythonValue {
  return run(bytes, limits, false) as PythonValue;
}

/** The same in turns: after some milliseconds of work everybody else has one, so that a huge request holds nobody up. */
export async function decodePickleInTurns(
  bytes: Uint8Array,
  limits: PickleLimits = defaultPickleLimits,
): Promise<PythonValue> {
  const decoder = new Decoder(bytes, limits, false);
  while (!decoder.advance(opcodesPerTurn, bytesPerTurn))
    await new Promise((resolve) => setImmediate(resolve));
  return decoder.finish() as PythonValue;
}

const opcodesPerTurn = 50_000;
const bytesPerTurn = 1024 * 1024;

/** A server's answer: `(0, value)` or `(1, exception)`. */
export type Answer =
  | { readonly ok: true; readonly value: PythonValue }
  | { readonly ok: false; readonly error: PythonObject };

/**
 * Decodes the answer of any fail2ban server. Exceptions become inert records; an object anywhere else becomes its text.
 * A bare text is the server's word for a request it could not read (`ERROR: …`). Throws as `decodePickle` does.
 */
export function decodeAnswer(bytes: Uint8Array, limits: PickleLimits = defaultPickleLimits): Answer {
  const root = run(bytes, limits, true);
  if (root instanceof PythonTuple || Array.isArray(root)) {
    const [code, value] = (root instanceof PythonTuple ? root.items : root) as readonly PickleItem[];
    if (code === 0 && value !== undefined) return { ok: true, value: withoutObjects(value) };
    if (value !== undefined) return { ok: false, error: asError(value) };
  }
  return { ok: false, error: asError(root) };
}

function asError(item: PickleItem): PythonObject {
  if (item instanceof PythonObject) {
    return new PythonObject(
      item.module,
      item.name,
      item.args.map((arg) => withoutObjects(arg)),
    );
  }
  return new PythonObject('builtins', 'Exception', [withoutObjects(item)]);
}

function withoutObjects(item: PickleItem): PythonValue {
  if (item instanceof PythonObject) {
    return `${item.name}(${item.args.map((arg) => pythonRepr(withoutObjects(arg))).join(', ')})`;
  }
  if (item instanceof PythonClass) return item.name;
  if (item instanceof PythonTuple) return new PythonTuple(item.items.map((part) => withoutObjects(part)));
  if (Array.isArray(item)) return item.map(withoutObjects);
  if (item instanceof Map) {
    return new Map(Array.from(item, ([key, value]) => [withoutObjects(key), withoutObjects(value)]));
  }
  if (item instanceof Set) return new Set(Array.from(item, withoutObjects));
  return item;
}

function run(bytes: Uint8Array, limits: PickleLimits, foreign: boolean): PickleItem {
  const decoder = new Decoder(bytes, limits, foreign);
  decoder.advance(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  return decoder.finish();
}

/** Values, marks, memo slots and what goes with them; a pickle of Python has at most some three opcodes for a value. */
const opcodesPerValue = 4;

class Decoder {
  readonly #input: Cursor;
  readonly #machine: Machine;
  readonly #limits: PickleLimits;
  readonly #foreign: boolean;
  #opcodesLeft: number;

  constructor(bytes: Uint8Array, limits: PickleLimits, foreign: boolean) {
    this.#input = new Cursor(bytes);
    this.#machine = new Machine(this.#input, limits);
    this.#limits = limits;
    this.#foreign = foreign;
    this.#opcodesLeft = limits.maxValues * opcodesPerValue;
  }

  /** Carries out at most so many opcodes, of about so many bytes. Returns whether the end was reached. */
  advance(mostOpcodes: number, mostBytes: number): boolean {
    const input = this.#input;
    const end = input.position + mostBytes;
    for (let count = 0; count < mostOpcodes && input.position < end; count += 1) {
      const code = input.uint8();
      if (code === op.STOP) return true;
      const handler = plainHandlers.get(code) ?? (this.#foreign ? foreignHandlers.get(code) : undefined);
      if (handler === undefined) throw refusal(code, input.position - 1);
      handler(this.#machine);
      this.#opcodesLeft -= 1;
      if (this.#opcodesLeft < 0) throw new WarderError('PICKLE_LIMIT', 'The pickle has too many opcodes');
    }
    return false;
  }

  finish(): PickleItem {
    const root = this.#machine.finish();
    checkSize(root, this.#limits);
    return root;
  }
}

function refusal(code: number, index: number): WarderError {
  const name = constructing.get(code);
  if (name !== undefined) {
    return new WarderError('PICKLE_REFUSED', `The pickle wants to import or call something (${name})`, {
      index,
    });
  }
  const hex = code.toString(16).padStart(2, '0');
  return new WarderError('PICKLE_BROKEN', `The pickle has the unknown opcode 0x${hex}`, { index });
}
