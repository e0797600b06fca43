import { Resolver } from 'node:dns/promises';

/** A status must not hang on a name server: so long for each try. */
const timeoutMs = 5000;

/**
 * The TXT records of a name, each in one piece. Asks the name servers of the system without blocking anything; throws
 * node's errors, of which `ENOTFOUND` means that there is no such name.
 */
export async function textRecords(name: string): Promise<readonly string[]> {
  const records = await new Resolver({ timeout: timeoutMs, tries: 2 }).resolveTxt(name);
  return records.map((parts) => parts.join(''));
}
