import { readMessage } from '../../base/index.ts';

/** What can be asked: the addresses of a host name, or the name of an address. */
export type LookupKind = 'addresses' | 'name';

/** Main → helper, one line of JSON each. */
export interface LookupRequest {
  readonly id: number;
  readonly kind: LookupKind;
  /** A host name that passed `isHostName`, or a single address in canonical spelling. */
  readonly of: string;
}

/** Helper → main, one line of JSON each. */
export type HelperMessage =
  /** It is up. `refused`: it runs as root, since the kernel did not let it become somebody else. */
  | { readonly kind: 'ready'; readonly refused?: string }
  | { readonly kind: 'found'; readonly id: number; readonly found: readonly string[] }
  /** `code` as Node's `dns` has it: `ENOTFOUND`, `EAI_AGAIN`, … */
  | { readonly kind: 'failed'; readonly id: number; readonly code: string };

/** Lookups of each kind that the helper does at a time. */
export const mostLookups = 8;

/** Addresses of one name that are passed on. */
export const mostAddresses = 64;

/** No message is longer. */
export const longestMessage = 16 * 1024;

/** Reads a line of the helper; undefined if it is none of its messages. */
export function parseHelperMessage(line: string): HelperMessage | undefined {
  const message = readMessage(line);
  if (message === undefined) return undefined;
  const { kind, id, refused, code, found } = message;
  if (kind === 'ready') return typeof refused === 'string' ? { kind, refused } : { kind };
  if (typeof id !== 'number') return undefined;
  if (kind === 'failed' && typeof code === 'string') return { kind, id, code };
  if (kind !== 'found' || !Array.isArray(found)) return undefined;
  return { kind, id, found: found.filter((item) => typeof item === 'string') };
}
