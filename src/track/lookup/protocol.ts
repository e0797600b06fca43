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
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined;
  if (value.kind === 'ready') {
    const refused = 'refused' in value ? value.refused : undefined;
    return typeof refused === 'string' ? { kind: 'ready', refused } : { kind: 'ready' };
  }
  if (!('id' in value) || typeof value.id !== 'number') return undefined;
  const { id } = value;
  if (value.kind === 'failed' && 'code' in value && typeof value.code === 'string') {
    return { kind: 'failed', id, code: value.code };
  }
  if (value.kind !== 'found' || !('found' in value) || !Array.isArray(value.found)) return undefined;
  return { kind: 'found', id, found: value.found.filter((item) => typeof item === 'string') };
}
