import type { Clock, Logger } from '../../base/index.ts';
import type { RegexMatch } from '../../pyregex/index.ts';
import { type CutLine, messageOf, type WholeLine } from '../cut-line.ts';
import { excerptOf } from '../line-dater.ts';
import type { FilterSettings, RulePulse, UseDns } from '../types.ts';
import { WarnOnce } from '../warn-once.ts';
import { asked, isSet } from './fields.ts';
import { FoundMatch, Start } from './found-match.ts';
import { AddressMemo, identify } from './identity.ts';
import type { LineResult, MatcherOptions, PrefixOutcome, RuleMatch } from './result.ts';
import type { Rule } from './rule.ts';
import type { RuleSet } from './rule-set.ts';
import { type Capture, Sessions } from './sessions.ts';
import { splitLines, subjectOf } from './window.ts';

/** The part of `RulePulse.begin` for rules that are no failregex. */
export const pulseOf = { prefix: -1, ignore: -2, date: -3 } as const;

const notAsked: PrefixOutcome = { kind: 'not-asked' };
const refused: PrefixOutcome = { kind: 'refused' };
const nothing: LineResult = { matches: [], ignoredBy: [], prefix: refused };
/** Ignore rules are worth a look ahead of the failregexes only when there are clearly fewer of them. */
const fewer = 2;

/** What earlier lines have left for later ones. */
export interface RuleMemory {
  readonly sessions: Sessions;
  /** The last lines, for rules that span several. */
  readonly window: readonly CutLine[];
}

/** Runs the rules of one jail over its dated lines, one line after the other. */
export class RuleMatcher {
  readonly #settings: FilterSettings;
  readonly #options: MatcherOptions;
  readonly #rules: RuleSet;
  readonly #pulse: RulePulse;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #warn: WarnOnce;
  readonly #sessions: Sessions;
  readonly #addresses = new AddressMemo();
  readonly #useDns: UseDns;
  readonly #ignoreFirst: boolean;
  /** The last lines, for rules that span several; never more than maxlines. */
  #window: readonly CutLine[] = [];

  constructor(
    settings: FilterSettings,
    rules: RuleSet,
    options: MatcherOptions,
    deps: {
      clock: Clock;
      pulse: RulePulse;
      logger: Logger;
      /** Of the matcher that this one takes the place of. */
      memory?: RuleMemory | undefined;
    },
  ) {
    this.#settings = settings;
    this.#rules = rules;
    this.#options = options;
    this.#pulse = deps.pulse;
    this.#logger = deps.logger;
    this.#clock = deps.clock;
    this.#warn = new WarnOnce(settings.jail, deps.logger);
    this.#sessions = deps.memory?.sessions ?? new Sessions(() => deps.clock.nowSec());
    this.#window = [...(deps.memory?.window ?? [])];
    this.#useDns = options.rawHosts === true ? 'raw' : settings.useDns;
    this.#ignoreFirst = rules.ignore.length > 0 && rules.ignore.length < rules.fail.length - fewer;
  }

  /** Lines that may still become part of a match. */
  get window(): readonly CutLine[] {
    return this.#window;
  }

  /** For the matcher that takes this one's place. */
  get memory(): RuleMemory {
    return { sessions: this.#sessions, window: this.#window };
  }

  /**
   * Matches one line, given with the time that counts for it. `undated`: the time is not from the line itself. `only`: the
   * failregexes that may match it, in their order, where that is known; all by default.
   */
  match(
    line: CutLine,
    timeSec: number | undefined,
    undated: boolean,
    only: readonly Rule[] = this.#rules.fail,
  ): LineResult {
    const lines = this.#enter(line);
    return this.#matchLines(lines, subjectOf(lines), timeSec, undated, only);
  }

  /**
   * The same for one line alone, of which only the message is given, with a line feed behind it: where there is no window of
   * several lines, and nobody asks for the dates of lines that matched.
   */
  matchMessage(subject: string, timeSec: number, only: readonly Rule[]): LineResult {
    this.#window = [{ head: '', date: '', tail: subject.slice(0, -1) }];
    return this.#matchLines(this.#window, subject, timeSec, false, only);
  }

  /** The same for one line alone with its date, where there is no window of several lines. */
  matchWhole(line: WholeLine, timeSec: number, only: readonly Rule[]): LineResult {
    this.#window = [line];
    return this.#matchLines(this.#window, line.subject, timeSec, false, only);
  }

  #matchLines(
    lines: readonly CutLine[],
    whole: string,
    timeSec: number | undefined,
    undated: boolean,
    only: readonly Rule[],
  ): LineResult {
    const ignoredBy: number[] = [];
    if (this.#ignoreFirst && this.#ignored(whole, ignoredBy)) {
      return { matches: [], ignoredBy, prefix: notAsked };
    }
    const start = this.#matchPrefix(whole);
    if (start === undefined) return nothing;
    const matches: RuleMatch[] = [];
    let subject: string | undefined = start.subject;
    for (const rule of only) {
      subject ??= subjectOf(this.#window);
      const match = this.#run(rule, subject, rule.index);
      if (match === null) continue;
      const step = this.#onMatch({ rule, match, subject, lines, start, timeSec, undated }, ignoredBy);
      if (step.rewound) subject = undefined;
      if (step.match !== undefined) matches.push(step.match);
      if (step.done) break;
    }
    return { matches, ignoredBy, prefix: start.match === undefined ? notAsked : start };
  }

  #enter(line: CutLine): readonly CutLine[] {
    const { maxLines } = this.#settings;
    this.#window = maxLines > 1 ? [...this.#window, line].slice(-maxLines) : [line];
    return this.#window;
  }

  /** Runs the prefregex; undefined when it refuses the line. A content that it captures is all that the rules see. */
  #matchPrefix(subject: string): Start | undefined {
    const { prefix } = this.#rules;
    if (prefix === undefined) return new Start(subject);
    const match = this.#run(prefix, subject, pulseOf.prefix);
    if (match === null) return undefined;
    prefix.hits += 1;
    const content = prefix.fieldOf(match, 'content');
    if (typeof content !== 'string' || content === '') return new Start(subject, prefix, match, false);
    this.#window = [{ head: '', date: '', tail: content }];
    return new Start(`${content}\n`, prefix, match, true);
  }

  #onMatch(found: Found, ignoredBy: number[]): Step {
    const { rule, match, subject, lines, timeSec } = found;
    const all = this.#options.allRules === true;
    const severalLines = this.#settings.maxLines > 1;
    const { matched, unmatched } = splitLines(rule, match, subject, lines);
    if (this.#rules.ignore.length > 0) {
      const ignored = this.#ignored(severalLines ? subjectOf(matched) : subject, ignoredBy);
      if (ignored) {
        if (!all || severalLines) this.#window = unmatched;
        return { done: !all, rewound: true };
      }
    }
    if (found.undated) this.#warnUndated(matched);
    if (timeSec === undefined && this.#options.needTime) return { done: false, rewound: false };
    const rewound = !all || severalLines;
    if (rewound) this.#window = unmatched;
    return this.#conclude(found, this.#capture(found, matched), rewound);
  }

  /** The fields of a match, with those of the prefix below them, and of the session around them. */
  #capture({ rule, match, start }: Found, matched: readonly CutLine[]): Capture {
    const fields = rule.fieldsOf(match, start.prefixFields());
    const session = fields.ask(asked.mlfid) ?? null;
    if (session !== null) return this.#sessions.merge(String(session), fields, matched);
    return { fields, lines: matched, heldLines: [], pending: false };
  }

  #conclude(found: Found, capture: Capture, rewound: boolean): Step {
    const { rule } = found;
    const all = this.#options.allRules === true;
    const inSession = (capture.fields.ask(asked.mlfid) ?? null) !== null;
    const isHelper = isSet(capture.fields.ask(asked.nofail));
    if (inSession && isHelper && !all) return { done: true, rewound };
    const identity = identify(capture.fields, this.#useDns, this.#addresses);
    if (identity === 'not-looked-up') return { done: !all, rewound };
    if (identity === 'none') {
      if (!inSession) {
        this.#logger.log(
          'ERROR',
          'fail2ban.filter',
          `[${this.#settings.jail}] failregex ${rule.index + 1} matched without anybody to count: ` +
            excerptOf(capture.lines.map(messageOf).join(' ')),
        );
        return { done: false, rewound };
      }
      capture.pending = true;
      if (!all && this.#options.keepPending !== true) return { done: true, rewound };
    }
    rule.hits += 1;
    const who = identity === 'none' ? undefined : identity;
    if (who?.ip !== undefined) capture.fields.set('ip', who.ip);
    // A session goes on changing; what is reported does not.
    const fields = this.#options.sharesFields === true ? capture.fields : capture.fields.copy();
    return { match: new FoundMatch(found, who, fields, capture.lines, isHelper), done: !all, rewound };
  }

  #ignored(subject: string, ignoredBy: number[]): boolean {
    let found = false;
    for (const rule of this.#rules.ignore) {
      if (this.#run(rule, subject, pulseOf.ignore) === null) continue;
      rule.hits += 1;
      ignoredBy.push(rule.index);
      found = true;
      if (this.#options.allRules !== true) break;
    }
    return found;
  }

  #run(rule: Rule, subject: string, pulse: number): RegexMatch | null {
    this.#pulse.begin(pulse);
    try {
      return rule.regex.search(subject);
    } finally {
      this.#pulse.end();
    }
  }

  #warnUndated(matched: readonly CutLine[]): void {
    this.#warn.warn('undated', this.#clock.nowSec(), () => [
      `A line matches that has no date that can be read: ${excerptOf(matched.map(messageOf).join(' '))}. ` +
        'Set a datepattern for this log.',
    ]);
  }
}

/** A match and what it happened in. */
interface Found {
  readonly rule: Rule;
  readonly match: RegexMatch;
  readonly subject: string;
  readonly lines: readonly CutLine[];
  readonly start: Start;
  readonly timeSec: number | undefined;
  readonly undated: boolean;
}

/** What a match leads to. */
interface Step {
  readonly match?: RuleMatch;
  /** No further rule is tried. */
  readonly done: boolean;
  /** The window has changed, so the next rule sees another text. */
  readonly rewound: boolean;
}
