import { type PythonTuple, parseIp } from '../../base/index.ts';
import type { ServerApi } from '../server-api.ts';
import { list, pair } from './values.ts';

/** Who announces an address to the internet: numbers of autonomous systems, countries and registries, each as shown. */
type Origin = readonly [asn: string, country: string, registry: string];

const titles = ['Banned ASN list', 'Banned Country list', 'Banned RIR list'] as const;
const failed: Origin = ['error', 'error', 'error'];
const longestSec = 10;
/** Questions under way at once. */
const lanes = 16;

/**
 * The three further lists of `status JAIL cymru`, one entry per ban, from the DNS service of Team Cymru
 * (team-cymru.com/ip-asn-mapping). Without an answer within ten seconds there is `error` in each of them, which is what
 * fail2ban shows without its DNS library.
 */
export async function originLists(api: ServerApi, ids: readonly string[]): Promise<PythonTuple[]> {
  const origins = await allOrigins(api, ids).catch(() => [failed]);
  return titles.map((title, column) => pair(title, list(origins.map((origin) => origin[column]!))));
}

async function allOrigins(api: ServerApi, ids: readonly string[]): Promise<Origin[]> {
  const origins: Origin[] = [];
  const next = ids.entries();
  const work = async (): Promise<void> => {
    for (const [index, id] of next) origins[index] = await originOf(api, id);
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the name servers do not answer')), longestSec * 1000);
  });
  try {
    await Promise.race([Promise.all(Array.from({ length: lanes }, work)), late]);
    return origins;
  } finally {
    clearTimeout(timer);
  }
}

async function originOf(api: ServerApi, id: string): Promise<Origin> {
  const name = questionFor(id);
  if (name === undefined) return ['unknown', 'unknown', 'unknown'];
  try {
    return merged(await api.lookupText(name));
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOTFOUND';
    if (missing) return ['nxdomain', 'nxdomain', 'nxdomain'];
    throw error;
  }
}

/** Records are `ASN | network | country | registry | date`; of several the values are put in order. */
function merged(records: readonly string[]): Origin {
  const rows = records.map((record) => record.split('|').map((field) => field.trim() || 'unknown'));
  const column = (index: number): string =>
    [...new Set(rows.map((row) => row[index] ?? 'unknown'))].sort().join(', ');
  return [column(0), column(2), column(3)];
}

/** The address backwards below Cymru's name; undefined for an id that is no address. */
function questionFor(id: string): string | undefined {
  const address = parseIp(id);
  if (address === undefined) return undefined;
  if (address.family === 4) return `${[...address.bytes].reverse().join('.')}.origin.asn.cymru.com`;
  const nibbles = address.bytes.flatMap((byte) => [byte >> 4, byte & 15]).reverse();
  return `${nibbles.map((nibble) => nibble.toString(16)).join('.')}.origin6.asn.cymru.com`;
}
