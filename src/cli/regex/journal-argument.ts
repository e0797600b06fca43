import { parseOptionList } from '../../config/index.ts';

/** The options of `systemd-journal[journalflags=1, …]`. Throws `CONFIG_OPTION_LIST`. */
export function readJournalArgument(log: string): Readonly<Record<string, string>> {
  return Object.fromEntries(parseOptionList(log).options);
}

/** The alternatives of a journalmatch, given as words with `+` between them. */
export function journalAlternatives(words: readonly string[]): string[][] {
  const groups: string[][] = [[]];
  for (const word of words) {
    if (word === '+') groups.push([]);
    else groups.at(-1)?.push(word);
  }
  return groups.filter((terms) => terms.length > 0);
}
