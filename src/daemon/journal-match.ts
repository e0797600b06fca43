import { WarderError } from '../base/index.ts';
import { checkJournalSettings, type SourceSettings } from '../source/index.ts';

type Matches = readonly (readonly string[])[];

/**
 * The matches with those of one `addjournalmatch`, in whose words `+` stands between alternatives. Throws
 * `SOURCE_JOURNALMATCH` for what journald would not take.
 */
export function withJournalMatch(matches: Matches, words: readonly string[], jail: string): string[][] {
  const added = alternatives(words);
  checkJournal(jail, { journalMatch: added, journalOptions: {} });
  return [...matches.map((terms) => [...terms]), ...added];
}

/**
 * The matches without one alternative, or without all those that the words name with `+` between; of equal ones the
 * first goes. Throws `JOURNALMATCH_UNKNOWN` when one is not there.
 */
export function withoutJournalMatch(matches: Matches, words: readonly string[], jail: string): string[][] {
  const rest = matches.map((terms) => [...terms]);
  for (const gone of alternatives(words)) {
    const at = rest.findIndex((terms) => isSame(terms, gone));
    if (at < 0) {
      throw new WarderError('JOURNALMATCH_UNKNOWN', `there is no journalmatch '${gone.join(' ')}'`, {
        jail,
        hint: `get ${jail} journalmatch lists them`,
      });
    }
    rest.splice(at, 1);
  }
  return rest;
}

/** Throws `SOURCE_JOURNALMATCH` or `SOURCE_JOURNAL_OPTION`, naming the jail, for settings that cannot be. */
export function checkJournal(
  jail: string,
  settings: Pick<SourceSettings, 'journalMatch' | 'journalOptions'>,
): void {
  try {
    checkJournalSettings(settings);
  } catch (error) {
    if (!(error instanceof WarderError)) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    throw new WarderError(error.code, error.message, { jail, ...hint });
  }
}

function alternatives(words: readonly string[]): string[][] {
  const groups: string[][] = [[]];
  for (const word of words) {
    if (word === '+') groups.push([]);
    else groups.at(-1)?.push(word);
  }
  return groups;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((term, index) => term === other[index]);
}
