import { parseIp } from '../../../base/index.ts';
import type { Failure } from '../engine.ts';
import type { Tools } from '../tools.ts';

/** A set as it is in the kernel. */
export interface NftSet {
  readonly flags: ReadonlySet<string>;
  readonly size: number;
  readonly type: string;
}

/** A rule of ours, or of somebody else, as far as it matters. */
export interface NftRule {
  readonly chain: string;
  readonly handle: number;
  /** The text that `nft` gives it in JSON. */
  readonly expression: string;
  readonly comment: string;
}

/** A table without the elements of its sets. */
export interface NftTable {
  readonly exists: boolean;
  readonly sets: ReadonlyMap<string, NftSet>;
  readonly chains: ReadonlySet<string>;
  readonly rules: readonly NftRule[];
}

const noTable: NftTable = { exists: false, sets: new Map(), chains: new Set(), rules: [] };

/** Reads a table. A missing one is no failure. */
export async function readTable(
  tools: Tools,
  program: string,
  family: string,
  table: string,
): Promise<NftTable | Failure> {
  const result = await tools.run(program, ['-j', '-t', 'list', 'table', family, table]);
  if (!result.ok) {
    return result.error.includes('No such file or directory') ? noTable : result;
  }
  const sets = new Map<string, NftSet>();
  const chains = new Set<string>();
  const rules: NftRule[] = [];
  for (const entry of entriesOf(result.stdout)) {
    const { set, chain, rule } = entry;
    if (isRecord(set)) {
      const flags = Array.isArray(set.flags) ? set.flags.map(String) : [];
      sets.set(String(set.name), {
        flags: new Set(flags),
        size: Number(set.size ?? 0),
        type: String(set.type),
      });
    } else if (isRecord(chain)) chains.add(String(chain.name));
    else if (isRecord(rule)) {
      rules.push({
        chain: String(rule.chain),
        handle: Number(rule.handle),
        expression: JSON.stringify(rule.expr ?? ''),
        comment: String(rule.comment ?? ''),
      });
    }
  }
  return { exists: true, sets, chains, rules };
}

/** Addresses and networks in a set; ranges that are no network as `first-last`. A missing set is empty. */
export async function readElements(
  tools: Tools,
  program: string,
  family: string,
  table: string,
  set: string,
): Promise<readonly string[] | Failure> {
  const result = await tools.run(program, ['-j', 'list', 'set', family, table, set]);
  if (!result.ok) return result.error.includes('No such file or directory') ? [] : result;
  const found: string[] = [];
  for (const entry of entriesOf(result.stdout)) {
    if (!isRecord(entry.set) || !Array.isArray(entry.set.elem)) continue;
    for (const element of entry.set.elem) {
      const text = elementText(element);
      // The tool has spellings of its own for some IPv6 addresses.
      if (text !== undefined) found.push(parseIp(text)?.text ?? text);
    }
  }
  return found;
}

export function isFailure<T extends object>(value: T | Failure): value is Failure {
  return 'error' in value;
}

function elementText(element: unknown): string | undefined {
  if (typeof element === 'string') return element;
  if (!isRecord(element)) return undefined;
  if (isRecord(element.elem)) return elementText(element.elem.val);
  if (isRecord(element.prefix)) return `${element.prefix.addr}/${element.prefix.len}`;
  return Array.isArray(element.range) ? element.range.join('-') : undefined;
}

function entriesOf(json: string): readonly Record<string, unknown>[] {
  try {
    const parsed: unknown = JSON.parse(json);
    if (!isRecord(parsed) || !Array.isArray(parsed.nftables)) return [];
    return parsed.nftables.filter(isRecord);
  } catch {
    return [];
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
