import type { RegexMatch } from '../../pyregex/index.ts';
import type { CutLine } from '../cut-line.ts';
import type { Fields, MatchFields } from './fields.ts';
import type { Identity } from './identity.ts';
import type { Place, RuleMatch } from './result.ts';
import type { Rule } from './rule.ts';

/** What the rules are run on, and what the prefregex made of it. */
export class Start {
  readonly kind = 'matched';
  readonly subject: string;
  /** Of the prefregex; undefined where there is none. */
  readonly match: RegexMatch | undefined;
  readonly #prefix: Rule | undefined;
  /** The rules see what the prefregex has captured as `content`. */
  readonly #isContent: boolean;
  #fields: MatchFields | undefined;

  constructor(subject: string, prefix?: Rule, match?: RegexMatch, isContent = false) {
    this.subject = subject;
    this.match = match;
    this.#prefix = prefix;
    this.#isContent = isContent;
  }

  /** The fields of the prefregex, with `content`. */
  fields(): Fields {
    return this.#prefix!.fieldsOf(this.match!);
  }

  /** Its fields that go below those of a rule; undefined where there is none. */
  prefixFields(): MatchFields | undefined {
    if (this.#fields !== undefined || this.match === undefined) return this.#fields;
    this.#fields = this.#prefix!.fieldsOf(this.match);
    this.#fields.delete('content');
    return this.#fields;
  }

  /** Where the subject begins in the line without its date. */
  contentStart(): number {
    return this.#isContent ? (this.match?.span('content')?.[0] ?? 0) : 0;
  }
}

/** The part of what a match happened in that its place is worked out from. */
interface MatchOrigin {
  readonly rule: Rule;
  readonly match: RegexMatch;
  readonly lines: readonly CutLine[];
  readonly start: Start;
  readonly timeSec: number | undefined;
}

/** A failregex that matched. */
export class FoundMatch implements RuleMatch {
  readonly rule: number;
  readonly identity: Identity | undefined;
  readonly timeSec: number | undefined;
  readonly fields: Fields;
  readonly lines: readonly CutLine[];
  readonly isHelper: boolean;
  readonly #origin: MatchOrigin;

  constructor(
    origin: MatchOrigin,
    identity: Identity | undefined,
    fields: Fields,
    lines: readonly CutLine[],
    isHelper: boolean,
  ) {
    this.rule = origin.rule.index;
    this.identity = identity;
    this.timeSec = origin.timeSec;
    this.fields = fields;
    this.lines = lines;
    this.isHelper = isHelper;
    this.#origin = origin;
  }

  get place(): RuleMatch['place'] {
    return (group) => placeOf(this.#origin, group);
  }
}

function placeOf({ match, lines, start }: MatchOrigin, group: string | undefined): Place | undefined {
  const span = lines.length > 1 ? undefined : match.span(group ?? 0);
  if (span === undefined) return undefined;
  const from = start.contentStart();
  return [from + span[0], from + span[1]];
}
