import { PythonFloat, PythonTuple, type PythonValue, WarderError } from '../../base/index.ts';
import { encodeLong } from './numbers.ts';
import { op } from './opcodes.ts';
import { encodePythonUtf8 } from './text.ts';
import { PythonObject } from './types.ts';

/**
 * Encodes plain data, and inert objects as calls of their class, in protocol 4: every Python 3 since 3.4 and the decoders
 * of other languages read it. A text that holds `forbidden` is spelled with an escape, so that the bytes of the
 * pickle never contain that mark.
 */
export function encodePickle(value: PythonValue | PythonObject | AnswerPair, forbidden?: string): Buffer {
  const writer = new Writer(forbidden);
  writer.byte(op.PROTO, 4);
  if (value instanceof AnswerPair) writer.answer(value);
  else writer.value(value);
  writer.byte(op.STOP);
  return writer.finish();
}

/** `(code, value)`, where the value may be an exception. */
export class AnswerPair {
  readonly code: 0 | 1;
  readonly value: PythonValue | PythonObject;

  constructor(code: 0 | 1, value: PythonValue | PythonObject) {
    this.code = code;
    this.value = value;
  }
}

const maxDepth = 200;
const tupleOpcodes = [op.EMPTY_TUPLE, op.TUPLE1, op.TUPLE2, op.TUPLE3] as const;

class Writer {
  readonly #forbidden: string | undefined;
  #bytes: Buffer = Buffer.allocUnsafe(512);
  #length = 0;
  #depth = 0;

  constructor(forbidden: string | undefined) {
    this.#forbidden = forbidden;
  }

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  byte(...bytes: number[]): void {
    const at = this.#reserve(bytes.length);
    for (let i = 0; i < bytes.length; i += 1) this.#bytes[at + i] = bytes[i]!;
  }

  /** Makes room and returns where it begins. */
  #reserve(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(this.#length * 2);
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    return at;
  }

  #append(bytes: Uint8Array): void {
    // Before the buffer is looked at, since it may be another one afterwards.
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  answer(pair: AnswerPair): void {
    this.#integer(pair.code);
    this.value(pair.value);
    this.byte(op.TUPLE2);
  }

  value(value: PythonValue | PythonObject): void {
    this.#depth += 1;
    if (this.#depth > maxDepth) throw new WarderError('PICKLE_LIMIT', 'A value nests too deep for a pickle');
    if (value === null) this.byte(op.NONE);
    else if (typeof value === 'boolean') this.byte(value ? op.NEWTRUE : op.NEWFALSE);
    else if (typeof value === 'string') this.#string(value);
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'bigint') this.#long(value);
    else this.#container(value);
    this.#depth -= 1;
  }

  #container(value: Extract<PythonValue, object> | PythonObject): void {
    if (value instanceof Uint8Array) this.#byteString(value);
    else if (value instanceof PythonFloat) this.#float(value.value);
    else if (value instanceof PythonTuple) this.#tuple(value.items);
    else if (value instanceof PythonObject) this.#object(value);
    else if (Array.isArray(value)) this.#group(op.EMPTY_LIST, value, op.APPENDS);
    else if (value instanceof Map) this.#group(op.EMPTY_DICT, [...value].flat(1), op.SETITEMS);
    else this.#group(op.EMPTY_SET, [...value], op.ADDITEMS);
  }

  #number(value: number): void {
    if (!Number.isInteger(value)) this.#float(value);
    else this.#integer(value);
  }

  #integer(value: number): void {
    if (value >= 0 && value < 0x100) this.byte(op.BININT1, value);
    else if (value >= 0 && value < 0x10000) this.byte(op.BININT2, value & 0xff, value >> 8);
    else if (value >= -0x80000000 && value < 0x80000000) this.#sized(op.BININT, value);
    else this.#long(BigInt(value));
  }

  #long(value: bigint): void {
    const bytes = encodeLong(value);
    if (bytes.length < 0x100) this.byte(op.LONG1, bytes.length);
    else this.#sized(op.LONG4, bytes.length);
    this.#append(bytes);
  }

  #float(value: number): void {
    this.byte(op.BINFLOAT);
    const at = this.#reserve(8);
    this.#bytes.writeDoubleBE(value, at);
  }

  #string(value: string): void {
    if (this.#forbidden !== undefined && value.includes(this.#forbidden)) {
      this.#append(escapedString(value));
      return;
    }
    const bytes = encodePythonUtf8(value);
    if (bytes.length < 0x100) this.byte(op.SHORT_BINUNICODE, bytes.length);
    else this.#sized(op.BINUNICODE, bytes.length);
    this.#append(bytes);
  }

  #byteString(value: Uint8Array): void {
    if (value.length < 0x100) this.byte(op.SHORT_BINBYTES, value.length);
    else this.#sized(op.BINBYTES, value.length);
    this.#append(value);
  }

  #tuple(items: readonly PythonValue[]): void {
    const short = tupleOpcodes[items.length];
    if (short === undefined) this.byte(op.MARK);
    for (const item of items) this.value(item);
    this.byte(short ?? op.TUPLE);
  }

  #object(value: PythonObject): void {
    this.#string(value.module);
    this.#string(value.name);
    this.byte(op.STACK_GLOBAL);
    this.#tuple(value.args);
    this.byte(op.REDUCE);
  }

  #group(empty: number, items: readonly PythonValue[], close: number): void {
    this.byte(empty);
    if (items.length === 0) return;
    this.byte(op.MARK);
    for (const item of items) this.value(item);
    this.byte(close);
  }

  /** An opcode with a 32-bit number, which is a length or a value. */
  #sized(code: number, value: number): void {
    this.byte(code);
    const at = this.#reserve(4);
    this.#bytes.writeInt32LE(value | 0, at);
  }
}

/** Protocol 0's text opcode, in which every character can be an escape. */
function escapedString(text: string): Buffer {
  const escaped = Array.from(text, (char) => {
    const code = char.codePointAt(0)!;
    if (code >= 0x10000) return `\\U${code.toString(16).padStart(8, '0')}`;
    const plain = code >= 0x20 && code < 0x7f && char !== '\\' && char !== '<';
    return plain ? char : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return Buffer.from(`V${escaped.join('')}\n`, 'latin1');
}
