import { hashable, type Machine, tuple } from './machine.ts';
import { decodeLong, float, parseFloatText, parseInteger } from './numbers.ts';
import { op } from './opcodes.ts';
import { assertAscii, decodePythonUtf8, decodeQuoted, decodeRawUnicodeEscape } from './text.ts';
import { FrozenSet, type PickleItem } from './types.ts';

export type Handler = (machine: Machine) => void;

const maxProtocol = 5;

/** A length that the pickle gives as a signed 32-bit number. */
function length32(machine: Machine): number {
  const length = machine.input.int32();
  if (length < 0) throw machine.broken('has a negative length');
  return length;
}

function pushInt(machine: Machine): void {
  const line = machine.input.line();
  if (line === '01' || line === '00') machine.push(line === '01');
  else machine.push(parseInteger(line));
}

function append(machine: Machine, items: readonly PickleItem[]): void {
  const list = machine.top();
  if (!Array.isArray(list)) throw machine.broken('appends to something that is no list');
  for (const item of items) list.push(item);
}

function setItems(machine: Machine, items: readonly PickleItem[]): void {
  const dict = machine.top();
  if (!(dict instanceof Map)) throw machine.broken('sets a key of something that is no dict');
  fillDict(machine, dict, items);
}

function fillDict(machine: Machine, dict: Map<PickleItem, PickleItem>, items: readonly PickleItem[]): void {
  if (items.length % 2 !== 0) throw machine.broken('has a key without a value');
  for (let i = 0; i < items.length; i += 2) {
    dict.set(hashable(machine, items[i] as PickleItem), items[i + 1] as PickleItem);
  }
}

function makeDict(machine: Machine): void {
  const dict = new Map<PickleItem, PickleItem>();
  fillDict(machine, dict, machine.popMarked());
  machine.push(dict);
}

function addToSet(machine: Machine): void {
  const items = machine.popMarked();
  const set = machine.top();
  if (!(set instanceof Set)) throw machine.broken('adds to something that is no set');
  for (const item of items) set.add(hashable(machine, item));
}

function makeFrozenSet(machine: Machine): void {
  machine.push(new FrozenSet(machine.popMarked().map((item) => hashable(machine, item))));
}

function checkProtocol(machine: Machine): void {
  const protocol = machine.input.uint8();
  if (protocol > maxProtocol) throw machine.broken(`has the unknown protocol ${protocol}`);
}

/** A frame only tells a reader how much to fetch; here everything is at hand, or the frame is cut off. */
function checkFrame(machine: Machine): void {
  if (machine.input.uint64() > machine.input.remaining) throw machine.broken('ends within a frame');
}

function slot(text: string, machine: Machine): number {
  if (!/^\d{1,15}$/.test(text)) throw machine.broken('has a malformed memo number');
  return Number(text);
}

const constants: readonly (readonly [number, Handler])[] = [
  [op.NONE, (m) => m.push(null)],
  [op.NEWTRUE, (m) => m.push(true)],
  [op.NEWFALSE, (m) => m.push(false)],
];

const numbers: readonly (readonly [number, Handler])[] = [
  [op.INT, pushInt],
  [op.LONG, (m) => m.push(parseInteger(m.input.line()))],
  [op.BININT, (m) => m.push(m.input.int32())],
  [op.BININT1, (m) => m.push(m.input.uint8())],
  [op.BININT2, (m) => m.push(m.input.uint16())],
  [op.LONG1, (m) => m.push(decodeLong(m.input.take(m.input.uint8())))],
  [op.LONG4, (m) => m.push(decodeLong(m.input.take(length32(m))))],
  [op.FLOAT, (m) => m.push(parseFloatText(m.input.line()))],
  [op.BINFLOAT, (m) => m.push(float(m.input.float64()))],
];

const texts: readonly (readonly [number, Handler])[] = [
  [op.STRING, (m) => m.push(decodeQuoted(m.input.line()))],
  [op.BINSTRING, (m) => m.push(assertAscii(m.input.take(length32(m)).toString('latin1')))],
  [op.SHORT_BINSTRING, (m) => m.push(assertAscii(m.input.take(m.input.uint8()).toString('latin1')))],
  [op.UNICODE, (m) => m.push(decodeRawUnicodeEscape(m.input.line()))],
  [op.BINUNICODE, (m) => m.push(decodePythonUtf8(m.input.take(m.input.uint32())))],
  [op.SHORT_BINUNICODE, (m) => m.push(decodePythonUtf8(m.input.take(m.input.uint8())))],
  [op.BINUNICODE8, (m) => m.push(decodePythonUtf8(m.input.take(m.input.uint64())))],
  [op.BINBYTES, (m) => m.push(Uint8Array.from(m.input.take(m.input.uint32())))],
  [op.SHORT_BINBYTES, (m) => m.push(Uint8Array.from(m.input.take(m.input.uint8())))],
  [op.BINBYTES8, (m) => m.push(Uint8Array.from(m.input.take(m.input.uint64())))],
  [op.BYTEARRAY8, (m) => m.push(Uint8Array.from(m.input.take(m.input.uint64())))],
];

const containers: readonly (readonly [number, Handler])[] = [
  [op.EMPTY_LIST, (m) => m.push([])],
  [op.LIST, (m) => m.push(m.popMarked())],
  [op.APPEND, (m) => append(m, [m.pop()])],
  [op.APPENDS, (m) => append(m, m.popMarked())],
  [op.EMPTY_TUPLE, (m) => m.push(tuple([]))],
  [op.TUPLE, (m) => m.push(tuple(m.popMarked()))],
  [op.TUPLE1, (m) => m.push(tuple(m.popMany(1)))],
  [op.TUPLE2, (m) => m.push(tuple(m.popMany(2)))],
  [op.TUPLE3, (m) => m.push(tuple(m.popMany(3)))],
  [op.EMPTY_DICT, (m) => m.push(new Map())],
  [op.DICT, makeDict],
  [op.SETITEM, (m) => setItems(m, m.popMany(2))],
  [op.SETITEMS, (m) => setItems(m, m.popMarked())],
  [op.EMPTY_SET, (m) => m.push(new Set())],
  [op.ADDITEMS, addToSet],
  [op.FROZENSET, makeFrozenSet],
];

const memory: readonly (readonly [number, Handler])[] = [
  [op.MARK, (m) => m.mark()],
  [op.POP, (m) => m.drop()],
  [op.POP_MARK, (m) => void m.popMarked()],
  [op.DUP, (m) => m.push(m.top())],
  [op.PUT, (m) => m.put(slot(m.input.line(), m))],
  [op.BINPUT, (m) => m.put(m.input.uint8())],
  [op.LONG_BINPUT, (m) => m.put(m.input.uint32())],
  [op.MEMOIZE, (m) => m.memoize()],
  [op.GET, (m) => m.get(slot(m.input.line(), m))],
  [op.BINGET, (m) => m.get(m.input.uint8())],
  [op.LONG_BINGET, (m) => m.get(m.input.uint32())],
  [op.PROTO, checkProtocol],
  [op.FRAME, checkFrame],
];

/** What each opcode of plain data does. */
export const plainHandlers: ReadonlyMap<number, Handler> = new Map([
  ...constants,
  ...numbers,
  ...texts,
  ...containers,
  ...memory,
]);
