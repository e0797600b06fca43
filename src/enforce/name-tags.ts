import type { HostNames } from './host-names.ts';

const nameTags = ['ip-host', 'fq-hostname', 'sh-hostname'] as const;

/** Looks up the names that a text has tags for, by tag; `ip`: the address that `<ip-host>` is about. */
export async function namesFor(
  text: string,
  ip: string | undefined,
  names: HostNames,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const tag of nameTags) {
    if (!text.includes(`<${tag}>`)) continue;
    if (tag === 'sh-hostname') found.set(tag, names.shortName());
    else if (tag === 'fq-hostname') found.set(tag, await names.fullName());
    else if (ip !== undefined) found.set(tag, (await names.hostOf(ip)) ?? 'None');
  }
  return found;
}
