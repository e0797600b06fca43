import type { CharSet } from '../charset/charset.ts';
import { clampIndex } from '../clamp-index.ts';
import { leadingRun } from '../transform/leading-run.ts';
import type { Resolved } from '../transform/resolved.ts';
import { beginsAtStart, firstChars, minWidth } from '../transform/traits.ts';
import type { CompiledRegex, RegexMatch, RequiredLiterals } from '../types.ts';
import { BacktrackMatch } from './backtrack-match.ts';
import { runProgram } from './machine.ts';
import { compileProgram } from './program.ts';
import { SetTable } from './set-table.ts';
import { State } from './state.ts';
import { readSubject, type Subject, toIndex, toPlace } from './subject.ts';

export interface BacktrackParts {
  readonly source: string;
  readonly root: Resolved;
  readonly groupCount: number;
  readonly groupNames: ReadonlyMap<string, number>;
  readonly requiredLiterals: RequiredLiterals | null;
  readonly reason: string;
  readonly maxSteps: number;
  /** See `searchStart`. */
  readonly searchStart: CharSet | undefined;
}

/** A pattern in the matcher of our own. */
export class BacktrackRegex implements CompiledRegex {
  readonly engine = 'backtrack';
  readonly engineReason: string;
  readonly source: string;
  readonly groupCount: number;
  readonly groupNames: ReadonlyMap<string, number>;
  readonly requiredLiterals: RequiredLiterals | null;
  readonly #state: State;
  readonly #minWidth: number;
  /** Where a search looks for a match, if not everywhere: at what it can begin with. */
  readonly #first: SetTable | undefined;
  readonly #onlyAtStart: boolean;
  /** What the character before a match is not, see `leadingRun`. */
  readonly #notBefore: SetTable | undefined;

  constructor(parts: BacktrackParts) {
    this.engineReason = parts.reason;
    this.source = parts.source;
    this.groupCount = parts.groupCount;
    this.groupNames = parts.groupNames;
    this.requiredLiterals = parts.requiredLiterals;
    this.#state = new State(compileProgram(parts.root), parts.groupCount, parts.maxSteps);
    this.#minWidth = minWidth(parts.root);
    const first = parts.searchStart ?? firstChars(parts.root);
    this.#first = first === undefined ? undefined : new SetTable([first]);
    const run = leadingRun(parts.root);
    this.#notBefore = run === undefined ? undefined : new SetTable([run]);
    this.#onlyAtStart = beginsAtStart(parts.root);
  }

  /** It always runs with bounded steps. */
  readonly suspectedAbove = Number.POSITIVE_INFINITY;
  runBounded(): void {}

  search(text: string, fromIndex = 0): RegexMatch | null {
    return this.#run(text, fromIndex, (subject, from) => {
      const last = this.#onlyAtStart ? Math.min(from, 0) : subject.length - this.#minWidth;
      for (let place = from; place <= last; place += 1) {
        if (this.#first?.has(0, subject.codes[place]!) === false) continue;
        if (place > from && this.#notBefore?.has(0, subject.codes[place - 1]!) === true) continue;
        const end = runProgram(this.#state, place);
        if (end !== undefined) return [place, end];
      }
      return undefined;
    });
  }

  match(text: string, fromIndex = 0): RegexMatch | null {
    return this.#run(text, fromIndex, (_, from) => {
      const end = runProgram(this.#state, from);
      return end === undefined ? undefined : [from, end];
    });
  }

  #run(
    text: string,
    fromIndex: number,
    find: (subject: Subject, from: number) => readonly [number, number] | undefined,
  ): RegexMatch | null {
    const subject = readSubject(text);
    this.#state.begin(subject);
    try {
      const found = find(subject, toPlace(subject, clampIndex(fromIndex, text)));
      return found === undefined ? null : this.#describe(text, subject, found);
    } finally {
      this.#state.end();
    }
  }

  #describe(text: string, subject: Subject, [start, end]: readonly [number, number]): RegexMatch {
    const { marks } = this.#state;
    const groups = Array.from({ length: this.groupCount }, (_, index) => {
      const group = index + 1;
      if (!marks.isSet(group)) return undefined;
      return [toIndex(subject, marks.start(group)), toIndex(subject, marks.end(group))] as const;
    });
    const whole = [toIndex(subject, start), toIndex(subject, end)] as const;
    return new BacktrackMatch(text, [whole, ...groups], this.groupNames);
  }
}
