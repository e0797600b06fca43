import { PythonTuple, type PythonValue } from '../base/index.ts';

/** Python joins only texts: anything else is an answer that nobody expected. */
export function text(value: PythonValue): string {
  if (typeof value !== 'string') throw new TypeError('not a text');
  return value;
}

/** A list of texts. */
export function texts(value: PythonValue): string[] {
  return items(value).map(text);
}

/** The items of a list or tuple. */
export function items(value: PythonValue): readonly PythonValue[] {
  if (value instanceof PythonTuple) return value.items;
  if (Array.isArray(value)) return value;
  throw new TypeError('not a list');
}

/** The drawing before a line of a tree. */
export function branch(index: number, count: number): string {
  return index === count - 1 ? '`-' : '|-';
}
