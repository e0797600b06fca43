import type { Inspector } from '../../detect/index.ts';
import type { LineVerdict } from '../regex/verdict.ts';
import type { Terminal } from '../terminal.ts';
import { type Mark, markOf, showLine } from './face.ts';
import type { NearRules } from './near-rules.ts';
import type { Painter } from './paint.ts';

/** How many lines of a kind are shown; of matches, for each rule. */
const shownOfEach = 5;
const shownNear = 10;
/** A nearer look costs about a millisecond: so many lines get one. */
const looksForNear = 2000;
const shownAddresses = 10;
const kinds = ['match', 'helper', 'ignored', 'near', 'missed', 'error'] as const;

/** What is shown of the lines, and of all of them in the end. */
export interface ViewOptions {
  /** Every line is shown. */
  readonly shownAll: boolean;
}

/** Shows what becomes of the lines, and counts it. */
export class Viewer {
  readonly #terminal: Terminal;
  readonly #painter: Painter;
  readonly #near: NearRules;
  readonly #options: ViewOptions;
  readonly #counts = new Map<Mark, number>();
  readonly #ruleHits = new Map<number, number>();
  readonly #addresses = new Map<string, number>();
  #shown = 0;
  #hidden = 0;
  #skipped = 0;
  #undated = 0;

  constructor(terminal: Terminal, painter: Painter, near: NearRules, options: ViewOptions) {
    this.#terminal = terminal;
    this.#painter = painter;
    this.#near = near;
    this.#options = options;
  }

  /** Whether any line was a failure. */
  get hasMatches(): boolean {
    return this.#count('match') > 0;
  }

  add(verdict: LineVerdict): void {
    if (verdict.kind === 'skipped') {
      this.addSkipped();
      return;
    }
    const plain = markOf(verdict);
    const isLookedAt = plain === 'missed' && this.#looksForNear();
    const near = isLookedAt ? this.#near.find(verdict) : undefined;
    const mark = near === undefined ? plain : 'near';
    this.#counts.set(mark, this.#count(mark) + 1);
    if (verdict.timeSec === undefined && verdict.trouble === undefined) this.#undated += 1;
    const rule = verdict.matches[0]?.rule;
    if (rule !== undefined) this.#ruleHits.set(rule, (this.#ruleHits.get(rule) ?? 0) + 1);
    if (mark === 'match') this.#countAddresses(verdict);
    if (this.#isShown(mark, rule)) {
      this.#shown += 1;
      for (const line of showLine(verdict, near, this.#painter)) this.#terminal.out(`${line}\n`);
    } else if (mark !== 'missed') this.#hidden += 1;
  }

  /** Whether a line that no rule can match, but has a date, needs no verdict any more. */
  get takesMissed(): boolean {
    return !this.#options.shownAll && !this.#looksForNear();
  }

  addMissed(): void {
    this.#counts.set('missed', this.#count('missed') + 1);
  }

  addSkipped(): void {
    this.#skipped += 1;
  }

  /** The sums, after the last line. */
  end(inspector: Inspector, elapsedSec: number): void {
    const say = (text: string): void => this.#terminal.out(`${text}\n`);
    if (this.#hidden > 0) say(`         … and ${this.#hidden} more like these; -v shows every line`);
    if (this.#shown > 0) say('');
    for (const line of this.#summary(inspector, elapsedSec)) say(line);
  }

  #looksForNear(): boolean {
    return this.#count('missed') + this.#count('near') < looksForNear;
  }

  #countAddresses({ matches }: LineVerdict): void {
    for (const id of matches.filter(({ isHelper }) => !isHelper).flatMap(({ ids }) => ids)) {
      if (id !== undefined) this.#addresses.set(id, (this.#addresses.get(id) ?? 0) + 1);
    }
  }

  #isShown(mark: Mark, rule: number | undefined): boolean {
    if (this.#options.shownAll || mark === 'error') return true;
    if (mark === 'missed') return false;
    if (mark === 'near') return this.#count('near') <= shownNear;
    if (mark === 'match') return (this.#ruleHits.get(rule ?? -1) ?? 0) <= shownOfEach;
    return this.#count(mark) <= shownOfEach;
  }

  #count(mark: Mark): number {
    return this.#counts.get(mark) ?? 0;
  }

  #summary({ rules, dateTemplates }: Inspector, elapsedSec: number): string[] {
    const total = kinds.reduce((sum, kind) => sum + this.#count(kind), 0);
    const missed = this.#count('missed') + this.#count('near');
    const near = this.#count('near') > 0 ? ` (${this.#count('near')} of them nearly matched)` : '';
    const errors = this.#count('error') > 0 ? `, ${this.#count('error')} in trouble` : '';
    const rate = elapsedSec > 0 ? `, ${Math.round(total / elapsedSec)} lines/s` : '';
    const { text } = this.#painter;
    const heading = (words: string): string => text(words, 'bold');
    return [
      `${heading('Lines')}      ${total} tried, ${this.#count('match')} matched, ${missed} missed${near}, ` +
        `${this.#count('ignored')} ignored, ${this.#count('helper')} helped others${errors}` +
        `${this.#skipped > 0 ? `; ${this.#skipped} comments or empty` : ''} (${elapsedSec.toFixed(2)} s${rate})`,
      ...this.#undatedNote(total),
      ...this.#addressLines(heading('Counted')),
      ...rules.fail.flatMap(({ index, source }) => {
        const hits = this.#ruleHits.get(index) ?? 0;
        return hits === 0
          ? []
          : [`${heading('Rule')} ${String(index + 1).padEnd(5)} ${hits} × ${text(source)}`];
      }),
      ...(this.#ruleHits.size === 0 ? [`${heading('Rules')}      none of ${rules.fail.length} matched`] : []),
      ...dateTemplates
        .filter(({ hits }) => hits > 0)
        .map(({ spec, hits }) => `${heading('Date')}       ${hits} × ${text(spec.name)}`),
    ];
  }

  #undatedNote(total: number): string[] {
    if (this.#undated === 0) return [];
    const all = this.#undated === total ? 'no line has a date' : `${this.#undated} lines have no date`;
    return [`           ${all} that the date pattern finds: a jail takes them for the last date, or for now`];
  }

  #addressLines(heading: string): string[] {
    if (this.#addresses.size === 0) return [];
    const most = [...this.#addresses].sort((a, b) => b[1] - a[1]);
    const listed = most.slice(0, shownAddresses).map(([id, count]) => `${this.#painter.text(id)} (${count})`);
    const rest = most.length - listed.length;
    return [`${heading}    ${listed.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`];
  }
}
