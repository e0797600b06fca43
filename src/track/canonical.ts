import { parseIp } from '../base/index.ts';

/** Addresses and networks have one spelling; anything else is an id as it stands. */
export function canonical(id: string): string {
  return parseIp(id)?.text ?? id;
}
