import type { Fields, PrefixOutcome } from '../../detect/index.ts';
import { wholeLine } from './make-verdict.ts';
import type { Counted } from './test-run.ts';
import type { CountedKind, LineVerdict, VerdictMatch } from './verdict.ts';

/** What the report is to list; everything else is only counted. */
export interface TallyOptions {
  /** Number of lines of a kind below which they are shown when nothing else was asked for. */
  readonly limit: number;
  readonly printMatched: boolean;
  /** Lines without an attack: none, those that fit, or all of them. */
  readonly printMissed: 'no' | 'some' | 'all';
  readonly printIgnored: 'no' | 'some' | 'all';
  /** Who was found by each rule. */
  readonly listsHits: boolean;
  /** There is a prefregex, and what it captured is listed. */
  readonly listsPrefix: boolean;
  /** Lines are kept for links to debuggex.com: those of a multi-line match then stand together. */
  readonly forLinks: boolean;
}

/** Who was found by a rule, for the verbose report. */
export interface Hit {
  readonly id: string;
  readonly timeSec: number | undefined;
  /** Other rules had matched the line before. */
  readonly others: boolean;
}

/** A rule's hits; `hits` is empty unless they are to be listed. */
export interface RuleHits {
  count: number;
  readonly hits: Hit[];
}

/** What was counted of some lines. */
export interface TallySums {
  readonly tested: number;
  readonly counts: Readonly<Record<CountedKind, number>>;
  readonly lines: Readonly<Record<CountedKind, readonly string[]>>;
  readonly failHits: readonly number[];
  readonly prefixHits: number;
}

/** Counts what becomes of each line, and keeps those that are to be shown. */
export class Tally {
  tested = 0;
  readonly counts: Record<CountedKind, number> = { matched: 0, missed: 0, ignored: 0 };
  readonly lines: Record<CountedKind, string[]> = { matched: [], missed: [], ignored: [] };
  readonly failHits: readonly RuleHits[];
  readonly ignoreHits: readonly RuleHits[];
  prefixHits = 0;
  /** What the prefregex captured; `more`: there was more than is kept. */
  readonly prefixGroups: Fields[] = [];
  morePrefixGroups = false;
  readonly options: TallyOptions;
  #lastPrefix: PrefixOutcome = { kind: 'not-asked' };

  constructor(rules: { readonly fail: number; readonly ignore: number }, options: TallyOptions) {
    this.options = options;
    this.failHits = Array.from({ length: rules.fail }, () => ({ count: 0, hits: [] }));
    this.ignoreHits = Array.from({ length: rules.ignore }, () => ({ count: 0, hits: [] }));
  }

  /** Counts one line. */
  add(verdict: LineVerdict): void {
    if (verdict.kind === 'skipped') return;
    this.#countPrefix(verdict.prefix);
    this.#countRules(verdict);
    for (const index of verdict.ignoredBy) this.ignoreHits[index]!.count += 1;
    const joined = this.#countJoined(verdict);
    this.#count(verdict.kind, joined.length > 0 ? [...joined, verdict.message].join('\n') : verdict.line);
  }

  /** Whether a line that no rule can match needs no verdict: what its prefregex captured is not to be listed (any more). */
  get takesMissed(): boolean {
    return !this.options.listsPrefix || this.morePrefixGroups;
  }

  /** Counts a line. True: its text is to be kept, by `keep`. */
  addCounted({ kind, hasPrefix, matches }: Counted): boolean {
    if (hasPrefix) this.prefixHits += 1;
    for (const { rule } of matches) this.failHits[rule]!.count += 1;
    this.counts[kind] += 1;
    this.tested += 1;
    return this.#keeps(kind);
  }

  /** Counts a line that no rule can match. True: its text is to be kept, by `keep`. */
  addMissed(hasPrefix: boolean): boolean {
    if (hasPrefix) this.prefixHits += 1;
    this.counts.missed += 1;
    this.tested += 1;
    return this.#keeps('missed');
  }

  keep(kind: CountedKind, text: string): void {
    this.lines[kind].push(text);
  }

  get sums(): TallySums {
    const { tested, counts, lines, prefixHits } = this;
    return { tested, counts, lines, failHits: this.failHits.map(({ count }) => count), prefixHits };
  }

  /** Adds what was counted with the same options of the lines that follow; no lines of all that are kept, no hits are listed. */
  addSums({ tested, counts, lines, failHits, prefixHits }: TallySums): void {
    for (const kind of ['missed', 'ignored', 'matched'] as const) {
      const room = this.#mostKept - this.counts[kind];
      this.lines[kind].push(...lines[kind].slice(0, Math.max(0, room)));
      this.counts[kind] += counts[kind];
    }
    for (const [rule, count] of failHits.entries()) this.failHits[rule]!.count += count;
    this.tested += tested;
    this.prefixHits += prefixHits;
  }

  get #mostKept(): number {
    return this.options.limit + 1;
  }

  /**
   * fail2ban asks the prefregex afterwards whether it matched, and so counts a line that an ignoreregex kept from it like
   * the line before.
   */
  #countPrefix(prefix: PrefixOutcome): void {
    if (prefix.kind !== 'not-asked') this.#lastPrefix = prefix;
    if (this.#lastPrefix.kind !== 'matched') return;
    this.prefixHits += 1;
    if (!this.options.listsPrefix) return;
    if (this.prefixGroups.length < this.options.limit) this.prefixGroups.push(this.#lastPrefix.fields());
    else this.morePrefixGroups = true;
  }

  #countRules({ matches }: LineVerdict): void {
    let failures = 0;
    for (const match of matches) {
      const hits = this.failHits[match.rule]!;
      for (const id of match.ids) {
        hits.count += 1;
        if (this.options.listsHits) hits.hits.push(makeHit(match, id, failures > 1));
        if (!match.isHelper) failures += 1;
      }
    }
  }

  #count(kind: CountedKind, text: string): void {
    this.counts[kind] += 1;
    this.tested += 1;
    if (this.#keeps(kind)) this.lines[kind].push(text);
  }

  #keeps(kind: CountedKind): boolean {
    const { printMatched, printMissed, printIgnored } = this.options;
    if (kind === 'matched') return printMatched;
    const print = kind === 'missed' ? printMissed : printIgnored;
    return print === 'all' || (print === 'some' && this.counts[kind] <= this.#mostKept);
  }

  /** Lines that waited and left with a match were no misses. Returns them without their dates, for links. */
  #countJoined({ joined }: LineVerdict): string[] {
    const forLinks: string[] = [];
    for (const line of joined) {
      const { forLinks: isForLinks } = this.options;
      // What is kept for links has its date, so that fail2ban, which looks for it without, leaves it.
      const text = isForLinks ? line.head + line.tail : wholeLine(line);
      const place = this.lines.missed.indexOf(text);
      if (place >= 0) this.lines.missed.splice(place, 1);
      if (this.options.printMatched) {
        if (isForLinks) forLinks.push(text);
        else this.lines.matched.push(text);
      }
      this.counts.matched += 1;
      this.counts.missed -= 1;
    }
    return forLinks;
  }
}

function makeHit({ timeSec }: VerdictMatch, id: string | undefined, others: boolean): Hit {
  return { id: id ?? 'None', timeSec, others };
}
