import { WarderError } from '../../base/index.ts';
import { clampIndex } from '../clamp-index.ts';
import { suspectedAbove } from '../suspicion/suspect.ts';
import type { Resolved } from '../transform/resolved.ts';
import type { CompiledRegex, RegexMatch, RequiredLiterals } from '../types.ts';
import { latin1, unicode } from './alphabet.ts';
import { generate } from './generate.ts';
import { type MatchMaker, NativeMatch } from './native-match.ts';
import { keptGroups } from './rules/kept-captures.ts';
import type { Survey } from './survey.ts';
import { Variant } from './variant.ts';

/** V8 answers this at once for a string it keeps as Latin-1. */
const beyondLatin1 = /[^\x00-\xff]/;

export interface NativeParts {
  readonly source: string;
  readonly groupCount: number;
  readonly groupNames: ReadonlyMap<string, number>;
  readonly root: Resolved;
  readonly survey: Survey;
  readonly requiredLiterals: RequiredLiterals | null;
  /** The same pattern in the own matcher, for what V8 has no room for. */
  readonly makeFallback: () => CompiledRegex;
}

/** A pattern that V8 runs exactly. */
export class NativeRegex implements CompiledRegex, MatchMaker {
  readonly engine = 'v8';
  readonly source: string;
  readonly groupCount: number;
  readonly groupNames: ReadonlyMap<string, number>;
  readonly requiredLiterals: RequiredLiterals | null;
  readonly keptGroups: ReadonlySet<number>;
  readonly #parts: NativeParts;
  readonly #latin1: Variant;
  #unicode: Variant | undefined;
  #fallback: CompiledRegex | undefined;
  /** Longer texts are for the own matcher. */
  #mostLength = Number.POSITIVE_INFINITY;

  /** Throws V8's SyntaxError for a pattern that is too large for it. */
  constructor(parts: NativeParts) {
    this.source = parts.source;
    this.groupCount = parts.groupCount;
    this.groupNames = parts.groupNames;
    this.requiredLiterals = parts.requiredLiterals;
    this.keptGroups = new Set(keptGroups(parts.survey));
    this.#parts = parts;
    this.#latin1 = new Variant(generate(parts.root, parts.survey, latin1), latin1.flags);
  }

  get suspectedAbove(): number {
    return suspectedAbove(this.#parts.root);
  }

  runBounded(above = 0): void {
    this.#mostLength = above;
  }

  search(subject: string, fromIndex = 0): RegexMatch | null {
    try {
      const variant = this.#variantFor(subject);
      if (variant === undefined) return this.#ownMatcher().search(subject, fromIndex);
      const found = variant.search(subject, clampIndex(fromIndex, subject));
      return found === null ? null : new NativeMatch(found, variant, this);
    } catch (error) {
      return this.#afterOverflow(error).search(subject, fromIndex);
    }
  }

  match(subject: string, fromIndex = 0): RegexMatch | null {
    try {
      const variant = this.#variantFor(subject);
      if (variant === undefined) return this.#ownMatcher().match(subject, fromIndex);
      const found = variant.match(subject, clampIndex(fromIndex, subject));
      return found === null ? null : new NativeMatch(found, variant, this);
    } catch (error) {
      return this.#afterOverflow(error).match(subject, fromIndex);
    }
  }

  matchAgain(subject: string, index: number): RegexMatch | null {
    return this.#ownMatcher().match(subject, index);
  }

  /**
   * The variant for the text; undefined if it is not for V8: too long for a dangerous pattern, or with surrogates
   * without their other half, of which V8 makes a mess.
   */
  #variantFor(subject: string): Variant | undefined {
    if (subject.length > this.#mostLength) return undefined;
    if (!beyondLatin1.test(subject)) return this.#latin1;
    if (!subject.isWellFormed()) return undefined;
    const { root, survey } = this.#parts;
    this.#unicode ??= new Variant(generate(root, survey, unicode), unicode.flags);
    return this.#unicode;
  }

  /** V8 throws where its code for the pattern, or its backtracking stack for the text, would grow too large. */
  #afterOverflow(error: unknown): CompiledRegex {
    if (error instanceof WarderError) throw error;
    return this.#ownMatcher();
  }

  #ownMatcher(): CompiledRegex {
    this.#fallback ??= this.#parts.makeFallback();
    return this.#fallback;
  }
}
