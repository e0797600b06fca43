import { isAscii } from 'node:buffer';
import type { Rule } from '../rules/index.ts';
import { type Literal, LiteralScanner } from './literal-scanner.ts';
import { emptySet, LiteralSets } from './literal-sets.ts';
import type { LineNeeds } from './needs.ts';

/**
 * The lines in which something was found, in their order. The arrays are the prefilter's own and longer than `count`; they hold until
 * the next scan.
 */
export interface CandidateLines {
  readonly count: number;
  /** Index of the first byte of each line. */
  readonly starts: Int32Array;
  /** Index behind each line, its line feed included. */
  readonly ends: Int32Array;
  /** Number of the set of literals that each holds, for `rulesOf`. */
  readonly sets: Int32Array;
}

const lineFeed = 10;
const firstCapacity = 1024;

/**
 * Tells which lines some jails have to look at, in one pass over the bytes for all of them.
 *
 *     const needs = inspector.needs(codec);
 *     const prefilter = new Prefilter([needs]);
 *     const lines = prefilter.scan(bytes);                   // whole lines
 *     for (let n = 0; n < lines.count; n += 1) {
 *       const rules = prefilter.rulesOf(needs, lines.sets[n]!);
 *       if (rules.length > 0) inspector.inspect(text(lines.starts[n]!, lines.ends[n]!), undefined, log, rules);
 *     }
 *
 * The lines between are of no interest to any of them, unless `needs.everyLine` says otherwise: then they are to be
 * looked at with the rules of `rulesOf(needs, emptySet)`.
 */
export class Prefilter {
  readonly #jails = new Map<LineNeeds, JailView>();
  readonly #sets: LiteralSets;
  /** Undefined where there is nothing to look for. */
  readonly #scanner: LiteralScanner | undefined;
  /**
   * Literals that are looked for one by one: those with letters beyond ASCII, which most logs have none of, and one or two that are
   * short, for which the scanner would have to look at nearly every byte.
   */
  readonly #apart: readonly (Literal & { readonly number: number })[];
  #lines: Growing = { count: 0, starts: emptyInts, ends: emptyInts, sets: emptyInts };

  constructor(jails: readonly LineNeeds[]) {
    const all = differentLiterals(jails);
    const literals = [...all.values()];
    const apart = new Set(literals.filter(({ isForeign }) => isForeign));
    for (const literal of fewShortOnes(literals)) apart.add(literal);
    const plain = literals.filter((literal) => !apart.has(literal));
    // Numbered as the scanner does it, the others behind.
    const ordered = [...plain, ...apart];
    const numbers = new Map(ordered.map((literal, number) => [literal, number]));
    for (const needs of jails) {
      this.#jails.set(needs, new JailView(needs, (literal) => numbers.get(all.get(keyOf(literal))!)!));
    }
    this.#sets = new LiteralSets(ordered.length);
    this.#scanner = plain.length === 0 ? undefined : new LiteralScanner(plain);
    this.#apart = [...apart].map((literal, index) => ({ ...literal, number: plain.length + index }));
  }

  /** Looks through whole lines; the last one may lack its line feed. */
  scan(bytes: Buffer, start = 0, end = bytes.length): CandidateLines {
    this.#lines.count = 0;
    const others = this.#findApart(bytes, start, end);
    const line = { start, end: start, set: emptySet };
    let next = 0;
    for (const { count, places, literals } of this.#scanner?.find(bytes, start, end) ?? []) {
      for (let index = 0; index < count; index += 1) {
        const at = places[index]!;
        for (let other = others[next]; other !== undefined && other.at < at; other = others[next]) {
          this.#add(bytes, other.at, end, line, other.literal);
          next += 1;
        }
        this.#add(bytes, at, end, line, literals[index]!);
      }
    }
    for (const { at, literal } of others.slice(next)) this.#add(bytes, at, end, line, literal);
    this.#close(line);
    return this.#lines;
  }

  /** The failregexes of a jail that a line with such a set of literals may match, in their order. */
  rulesOf(needs: LineNeeds, set: number): readonly Rule[] {
    return this.#jails.get(needs)?.rulesOf(set, this.#sets) ?? [];
  }

  /** A literal was found around the byte `at`. */
  #add(bytes: Buffer, at: number, end: number, line: Line, literal: number): void {
    if (at >= line.end) {
      this.#close(line);
      let start = at;
      while (start > line.end && bytes[start - 1] !== lineFeed) start -= 1;
      let after = at;
      while (after < end && bytes[after] !== lineFeed) after += 1;
      line.start = start;
      line.end = Math.min(after + 1, end);
      line.set = emptySet;
    }
    line.set = this.#sets.add(line.set, literal);
  }

  #close({ start, end, set }: Line): void {
    if (set === emptySet) return;
    const lines = this.#lines;
    if (lines.count === lines.starts.length) grow(lines);
    lines.starts[lines.count] = start;
    lines.ends[lines.count] = end;
    lines.sets[lines.count] = set;
    lines.count += 1;
  }

  #findApart(bytes: Buffer, start: number, end: number): { at: number; literal: number }[] {
    const places: { at: number; literal: number }[] = [];
    if (this.#apart.length === 0) return places;
    const part = bytes.subarray(start, end);
    const foreignToo = this.#apart.some(({ isForeign }) => isForeign) && !isAscii(part);
    for (const { number, bytes: text, isForeign } of this.#apart) {
      if (isForeign && !foreignToo) continue;
      for (let at = part.indexOf(text); at >= 0; at = part.indexOf(text, at + 1)) {
        places.push({ at: start + at, literal: number });
      }
    }
    return places.sort((a, b) => a.at - b.at);
  }
}

/** A jail's rules by the numbers of their literals. */
class JailView {
  readonly #rules: readonly (readonly [rule: Rule, literals: ReadonlySet<number> | undefined])[];
  readonly #bySet: (readonly Rule[] | undefined)[] = [];

  constructor(needs: LineNeeds, numberOf: (literal: Literal) => number) {
    this.#rules = needs.rules.map(({ rule, literals }) => [
      rule,
      literals === undefined ? undefined : new Set(literals.map(numberOf)),
    ]);
  }

  rulesOf(set: number, sets: LiteralSets): readonly Rule[] {
    const known = this.#bySet[set];
    if (known !== undefined) return known;
    const members = sets.members(set);
    const rules = this.#rules
      .filter(([, literals]) => literals === undefined || members.some((literal) => literals.has(literal)))
      .map(([rule]) => rule);
    this.#bySet[set] = rules;
    return rules;
  }
}

/** From this length on, a literal does not hold up the scanner. */
const longEnough = 5;
const mostShort = 2;

/** The short ones, if they are few, and the others all long. */
function fewShortOnes(literals: readonly Literal[]): readonly Literal[] {
  const short = literals.filter(({ bytes, isForeign }) => !isForeign && bytes.length < longEnough);
  return short.length <= mostShort && short.every(({ ignoreCase }) => !ignoreCase) ? short : [];
}

/** The literals of all jails, each once, by their keys. */
function differentLiterals(jails: readonly LineNeeds[]): Map<string, Literal> {
  const literals = new Map<string, Literal>();
  for (const { rules, ignored } of jails) {
    const all = [...ignored, ...rules.flatMap((rule) => rule.literals ?? [])];
    for (const literal of all) literals.set(keyOf(literal), literal);
  }
  return literals;
}

function keyOf({ bytes, ignoreCase }: Literal): string {
  return `${ignoreCase ? 'i' : 'c'}${bytes.toString('latin1')}`;
}

/** The line that was last found something in. */
interface Line {
  start: number;
  end: number;
  set: number;
}

interface Growing {
  count: number;
  starts: Int32Array;
  ends: Int32Array;
  sets: Int32Array;
}

const emptyInts = new Int32Array(0);

function grow(lines: Growing): void {
  const capacity = Math.max(firstCapacity, lines.starts.length * 2);
  const longer = (old: Int32Array): Int32Array => {
    const ints = new Int32Array(capacity);
    ints.set(old);
    return ints;
  };
  lines.starts = longer(lines.starts);
  lines.ends = longer(lines.ends);
  lines.sets = longer(lines.sets);
}
