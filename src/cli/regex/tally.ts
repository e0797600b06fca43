import type { Inspection, Inspector, LogMemory, RuleMatch } from '../../detect/index.ts';
import type { RegexOptions } from './options.ts';

/** How many lines of a kind are shown when nothing else was asked for. */
export const shownLines = 20;

export type LineKind = 'matched' | 'missed' | 'ignored';

/** The addresses of a host name; none when it has none. */
export type ResolveName = (name: string) => Promise<readonly string[]>;

/** Who was found by a rule, for the verbose report. */
export interface Hit {
  readonly id: string;
  readonly timeSec: number | undefined;
  readonly others: boolean;
}

/** Counts what becomes of each line, and keeps those that are to be shown. */
export class Tally {
  tested = 0;
  readonly counts: Record<LineKind, number> = { matched: 0, missed: 0, ignored: 0 };
  readonly lines: Record<LineKind, string[]> = { matched: [], missed: [], ignored: [] };
  readonly failHits: Hit[][];
  readonly ignoreHits: number[];
  prefixHits = 0;
  readonly #inspector: Inspector;
  readonly #options: RegexOptions;
  readonly #maxLines: number;
  readonly #limit: number;
  readonly #resolve: ResolveName;
  readonly #log: LogMemory = {
    inOperation: true,
    lastDateSec: undefined,
    lastDateText: undefined,
    lastSeenAtSec: undefined,
  };

  constructor(inspector: Inspector, options: RegexOptions, maxLines: number, resolve: ResolveName) {
    this.#resolve = resolve;
    this.#inspector = inspector;
    this.#options = options;
    this.#maxLines = maxLines;
    this.#limit = options.maxLines > 0 ? options.maxLines : shownLines;
    this.failHits = inspector.rules.fail.map(() => []);
    this.ignoreHits = inspector.rules.ignore.map(() => 0);
  }

  /** The number below which the lines of a kind are shown. */
  get limit(): number {
    return this.#limit;
  }

  /** Tries one line. Empty lines and comments do not count. */
  async add(line: string): Promise<void> {
    const text = line.replace(/[\r\n]+$/, '');
    if (text === '' || text.startsWith('#')) return;
    const prefixBefore = this.#inspector.rules.prefix?.hits ?? 0;
    const windowBefore = this.#maxLines > 1 ? [...this.#inspector.window] : [];
    const inspection = this.#inspector.inspect(text, undefined, this.#log);
    if (inspection === undefined) return;
    if ((this.#inspector.rules.prefix?.hits ?? 0) > prefixBefore) this.prefixHits += 1;
    const { failures, helpers } = await this.#countRules(inspection);
    if (this.#maxLines > 1) this.#countWindow(windowBefore);
    this.#count(text, failures, inspection.ignoredBy.length > 0 || helpers > 0);
  }

  /** A host name counts once for each of its addresses, so not at all without any. */
  async #countRules({ matches, ignoredBy }: Inspection): Promise<{ failures: number; helpers: number }> {
    let failures = 0;
    let helpers = 0;
    for (const match of matches) {
      for (const id of await this.#idsOf(match)) {
        this.failHits[match.rule]?.push({ id, timeSec: match.timeSec, others: failures > 1 });
        if (match.isHelper) helpers += 1;
        else failures += 1;
      }
    }
    for (const index of ignoredBy) this.ignoreHits[index] = (this.ignoreHits[index] ?? 0) + 1;
    return { failures, helpers };
  }

  async #idsOf({ identity }: RuleMatch): Promise<readonly string[]> {
    if (identity === undefined) return ['None'];
    return identity.unresolved ? this.#resolve(identity.id) : [identity.id];
  }

  #count(text: string, failures: number, ignored: boolean): void {
    const kind: LineKind = ignored ? 'ignored' : failures > 0 ? 'matched' : 'missed';
    this.counts[kind] += 1;
    this.tested += 1;
    if (this.#keeps(kind)) this.lines[kind].push(text);
  }

  #keeps(kind: LineKind): boolean {
    const { printMatched, printMissed, printIgnored } = this.#options;
    if (kind === 'matched') return printMatched;
    const print = kind === 'missed' ? printMissed : printIgnored;
    return print === 'all' || (print === 'some' && this.counts[kind] <= this.#limit + 1);
  }

  /** Lines that waited in the window and left it with a match were no misses. */
  #countWindow(before: readonly WindowLine[]): void {
    const after = new Set(this.#inspector.window.map(wholeLine));
    const dropped = before.length >= this.#maxLines ? 1 : 0;
    for (const line of before.slice(dropped)) {
      const text = wholeLine(line);
      if (after.has(text)) continue;
      const place = this.lines.missed.indexOf(text);
      if (place >= 0) this.lines.missed.splice(place, 1);
      if (this.#options.printMatched) this.lines.matched.push(text);
      this.counts.matched += 1;
      this.counts.missed -= 1;
    }
  }
}

type WindowLine = Inspector['window'][number];

function wholeLine({ head, date, tail }: WindowLine): string {
  return head + date + tail;
}
