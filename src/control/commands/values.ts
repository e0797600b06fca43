import {
  PythonFloat,
  PythonTuple,
  type PythonValue,
  parseTimeSpan,
  parseTimeSpanValue,
  pythonRepr,
  pythonStr,
  WarderError,
} from '../../base/index.ts';

/** The argument at `index` as a text; numbers and booleans of a stream become what Python's `str` makes of them. */
export function textArg(args: readonly PythonValue[], index: number): string {
  return pythonStr(argAt(args, index));
}

/** All arguments from `index` on as texts. A list among them stands for its elements. */
export function textArgs(args: readonly PythonValue[], index: number): string[] {
  return args.slice(index).flatMap((arg) => (Array.isArray(arg) ? arg.map(pythonStr) : [pythonStr(arg)]));
}

/** The argument at `index`; throws `COMMAND_INCOMPLETE` (Python's IndexError) when it is missing. */
export function argAt(args: readonly PythonValue[], index: number): PythonValue {
  const arg = args[index];
  if (arg === undefined) throw incomplete();
  return arg;
}

/** fail2ban's word for a command with too few arguments; its client says "Sorry but the command is invalid". */
export function incomplete(): WarderError {
  return new WarderError('COMMAND_INCOMPLETE', 'list index out of range');
}

/** As Python's `int()`: a number is cut off, a text must be decimal. */
export function intArg(args: readonly PythonValue[], index: number): number {
  const arg = argAt(args, index);
  if (typeof arg === 'boolean') return Number(arg);
  if (typeof arg === 'bigint') return Number(arg);
  if (typeof arg === 'number') return Math.trunc(arg);
  if (arg instanceof PythonFloat) return Math.trunc(arg.value);
  if (typeof arg === 'string' && /^\s*[+-]?\p{Nd}+(?:_\p{Nd}+)*\s*$/u.test(arg))
    return Number(arg.replaceAll('_', '').replace(/\p{Nd}/gu, digitOf));
  throw new WarderError('COMMAND_VALUE', `invalid literal for int() with base 10: ${pythonRepr(arg)}`);
}

/** A decimal digit of any script in ours. Unicode has them in runs of ten, from zero to nine. */
function digitOf(char: string): string {
  const code = char.codePointAt(0)!;
  let first = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first -= 1;
  return String((code - first) % 10);
}

/** Seconds: a number as it is, a text in the notation of time spans (`10m`, `1d12h`). Throws `TIME_SPAN_INVALID`. */
export function secondsArg(args: readonly PythonValue[], index: number): number {
  return seconds(argAt(args, index));
}

/** The same for a value. */
export function seconds(value: PythonValue): number {
  if (typeof value === 'number') return value;
  if (value instanceof PythonFloat) return value.value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  return parseTimeSpan(pythonStr(value));
}

/** The same, keeping Python's difference between `3600` and `3600.0` for the answers that show it. */
export function timeSpanValue(value: PythonValue): number | PythonFloat {
  if (typeof value === 'number' || value instanceof PythonFloat) return value;
  return typeof value === 'bigint' || typeof value === 'boolean'
    ? Number(value)
    : parseTimeSpanValue(pythonStr(value));
}

/** As Python's `float()`; `nan` and infinity are refused. */
export function floatArg(args: readonly PythonValue[], index: number): number {
  const arg = argAt(args, index);
  if (typeof arg !== 'string') return seconds(arg);
  if (floatText.test(arg)) return Number(arg.replaceAll('_', ''));
  throw new WarderError('COMMAND_VALUE', `could not convert string to float: ${pythonRepr(arg)}`);
}

const digits = '\\d(?:_?\\d)*';
const floatText = new RegExp(
  `^\\s*[+-]?(?:${digits}\\.?(?:${digits})?|\\.${digits})(?:e[+-]?${digits})?\\s*$`,
  'i',
);

/** fail2ban's truth: `1`, `on`, `true`, `yes` in any letter case, or a value that Python takes for true. */
export function isTrue(value: PythonValue): boolean {
  if (typeof value === 'string') return ['1', 'on', 'true', 'yes'].includes(value.toLowerCase());
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value) !== 0;
  return value !== null && value !== false;
}

/** Texts as a Python list. */
export function list(items: readonly string[]): PythonValue[] {
  return [...items];
}

/** A pair as Python's tuple: `('Jail list', 'sshd')`. */
export function pair(name: PythonValue, value: PythonValue): PythonTuple {
  return new PythonTuple([name, value]);
}

/**
 * A JSON text as keyword arguments. Throws `COMMAND_VALUE` when it is no JSON object.
 */
export function jsonArgs(value: PythonValue | undefined): Readonly<Record<string, unknown>> {
  if (value === undefined) return {};
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [pythonStr(key), item]));
  let parsed: unknown;
  try {
    parsed = JSON.parse(pythonStr(value));
  } catch (cause) {
    throw new WarderError('COMMAND_VALUE', `${pythonRepr(value)} is not JSON`, { cause });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new WarderError('COMMAND_VALUE', `${pythonRepr(value)} is not a JSON object of arguments`);
  }
  return parsed as Record<string, unknown>;
}
