import { PythonTuple, pythonRepr } from '../../base/index.ts';
import type { Fields, FieldValue } from './fields.ts';

/** What is remembered of a session, but for its lines and its age. Equal texts: the same. */
export function sessionText(id: string, isPending: boolean, fields: Fields): string {
  const values = [...fields].map(([name, value]) => `${name}=${valueText(value)}`);
  return JSON.stringify([id, isPending, ...values.sort()]);
}

function valueText(value: FieldValue): string {
  if (value instanceof Set) return `users ${JSON.stringify([...value])}`;
  return value instanceof PythonTuple ? `tuple ${pythonRepr(value)}` : JSON.stringify(value);
}
