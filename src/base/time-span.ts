import { WarderError } from './errors.ts';
import { evaluateExpression, type Numeric, parseExpression } from './expression.ts';
import { PythonFloat } from './python-value.ts';

const day = 24 * 60 * 60;
/** A year is the mean of four, leap day included; Python divides here, so years and months are floats. */
const year = 365.25 * day;

/** Each unit in seconds with all its spellings; `m` is a minute, a month needs `mo`. */
const spellings: readonly (readonly [string, Numeric])[] = [
  ['s ss se sec second seconds', { value: 1, isFloat: false }],
  ['m mm mi min minute minutes', { value: 60, isFloat: false }],
  ['h hh ho hou hour hours', { value: 60 * 60, isFloat: false }],
  ['d dd da day days', { value: day, isFloat: false }],
  ['w ww we wee week weeks', { value: 7 * day, isFloat: false }],
  ['mo mon month months', { value: year / 12, isFloat: true }],
  ['y yy ye yea year years', { value: year, isFloat: true }],
];

const units: ReadonlyMap<string, Numeric> = new Map(
  spellings.flatMap(([names, seconds]) => names.split(' ').map((name) => [name, seconds] as const)),
);

/**
 * Seconds of a time span in fail2ban's notation: `600`, `1h 30m`, `1d12h`, `1y6mo`, `60*60`, `-1`.
 *
 * Units multiply what stands before them, values behind each other add up, and Python's arithmetic works all around
 * (jail.conf(5), TIME ABBREVIATION FORMAT; `fail2ban-client --str2sec`). Throws `TIME_SPAN_INVALID` with the index.
 */
export function parseTimeSpan(text: string): number {
  return parse(text).value;
}

/** As parseTimeSpan, keeping Python's difference between `3600` and `3600.0` for the places that print it. */
export function parseTimeSpanValue(text: string): number | PythonFloat {
  const { value, isFloat } = parse(text);
  return isFloat ? new PythonFloat(value) : value;
}

function parse(text: string): Numeric {
  try {
    return evaluateExpression(parseExpression(text, { units }));
  } catch (error) {
    if (!(error instanceof WarderError)) throw error;
    throw new WarderError(
      'TIME_SPAN_INVALID',
      `${JSON.stringify(text.slice(0, 50))} is not a time span: ${error.message}`,
      {
        ...(error.index === undefined ? {} : { index: error.index }),
        hint: 'write for example 600, 10m, 1h 30m or 1d',
        cause: error,
      },
    );
  }
}
