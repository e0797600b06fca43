import { PythonFloat, WarderError } from '../../base/index.ts';

/** As many digits as Python itself is willing to read. */
const maxIntegerDigits = 4300;
const maxIntegerBytes = 1800;
/** Python writes at most 24 characters. */
const longestFloat = 400;

/** An integer of any size: a number while that is exact, otherwise a bigint. */
export function integer(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value;
}

/** A float; integral ones are wrapped, so that `1.0` stays different from `1`. */
export function float(value: number): number | PythonFloat {
  return Number.isInteger(value) ? new PythonFloat(value) : value;
}

/** Decimal text of INT and LONG (`L` may follow); `01` and `00` are INT's spelling of True and False. */
export function parseInteger(text: string): number | bigint {
  const match = text.length > 2 * maxIntegerDigits ? null : /^\s*([+-]?)(\d+)L?\s*$/.exec(text);
  if (match === null || match[2]!.length > maxIntegerDigits) {
    throw new WarderError('PICKLE_BROKEN', 'An integer in the pickle is malformed or too long');
  }
  const value = BigInt(match[2]!);
  return integer(match[1] === '-' ? -value : value);
}

/** Text of FLOAT, as Python's `repr` writes it. */
export function parseFloatText(text: string): number | PythonFloat {
  if (text.length > longestFloat) {
    throw new WarderError('PICKLE_BROKEN', 'A float in the pickle is malformed');
  }
  const trimmed = text.trim();
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(trimmed)) return float(Number(trimmed));
  const special = /^([+-]?)(inf(?:inity)?|nan)$/i.exec(trimmed);
  if (special === null) throw new WarderError('PICKLE_BROKEN', 'A float in the pickle is malformed');
  if (special[2]!.toLowerCase() === 'nan') return Number.NaN;
  return special[1] === '-' ? -Infinity : Infinity;
}

/** Little-endian two's complement of LONG1 and LONG4. */
export function decodeLong(bytes: Uint8Array): number | bigint {
  if (bytes.length > maxIntegerBytes) {
    throw new WarderError('PICKLE_LIMIT', 'An integer in the pickle is too long');
  }
  if (bytes.length === 0) return 0;
  const hex = Buffer.from(bytes).reverse().toString('hex');
  return integer(BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`)));
}

/** The shortest two's complement, as LONG1 wants it. */
export function encodeLong(value: bigint): Buffer {
  let length = 1;
  while (BigInt.asIntN(length * 8, value) !== value) length += 1;
  const hex = BigInt.asUintN(length * 8, value)
    .toString(16)
    .padStart(length * 2, '0');
  return Buffer.from(hex, 'hex').reverse();
}
