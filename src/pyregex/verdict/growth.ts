import { WarderError } from '../../base/index.ts';
import { runProgram } from '../backtrack/machine.ts';
import { compileProgram } from '../backtrack/program.ts';
import { SetTable } from '../backtrack/set-table.ts';
import { State } from '../backtrack/state.ts';
import { readSubject } from '../backtrack/subject.ts';
import { leadingRun } from '../transform/leading-run.ts';
import { resolveTree } from '../transform/resolve.ts';
import type { RegexTree } from '../tree.ts';
import { type Attack, attackText } from './types.ts';

/** Enough to see growth, and done in some milliseconds. */
const enoughSteps = 300_000;
const longestText = 16_384;
/** Pumps of a text with which exponential growth is looked for, in strides of two. */
const mostExponentialPumps = 48;
/**
 * Two more turns of a loop with two ways make the ways four times as many; a pump may be worth half of a turn. Polynomials
 * do as much only at few pumps, where more is asked for.
 */
const leastRatios: readonly (readonly [pumps: number, ratio: number])[] = [
  [12, 2.4],
  [6, 3.5],
  [0, 6],
];
/** Numbers of pumps with which polynomial growth is measured. */
const polynomialPumps = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096];

/** With so many pumps, an exponent below this does not become two with more of them. */
const sureFromPumps = 256;
const sureOfOne = 1.15;
/** With so many steps, an exponent that is so close to the expected one does not become another. */
const sureFromSteps = 4000;
const closeToExpected = 0.3;

/** Counts the steps that a search of our own matcher takes. */
export class StepCounter {
  readonly #state: State;
  /** What the character before the start of a match is not, see `leadingRun`. */
  readonly #notBefore: SetTable | undefined;

  constructor(tree: RegexTree) {
    const root = resolveTree(tree);
    this.#state = new State(compileProgram(root), tree.groupCount, enoughSteps);
    const run = leadingRun(root);
    this.#notBefore = run === undefined ? undefined : new SetTable([run]);
  }

  /**
   * Steps of one search that begins at each place of the text, as V8 does it, without our own short cuts. It ends early
   * at a few hundred thousand.
   */
  stepsOf(text: string): number {
    const subject = readSubject(text);
    this.#state.begin(subject);
    try {
      for (let place = 0; place <= subject.length; place += 1) {
        if (place > 0 && this.#notBefore?.has(0, subject.codes[place - 1]!) === true) continue;
        if (runProgram(this.#state, place) !== undefined) break;
      }
    } catch (error) {
      if (!(error instanceof WarderError) || error.code !== 'REGEX_STEP_LIMIT') throw error;
    } finally {
      this.#state.end();
    }
    return this.#state.steps;
  }

  /** Whether two more pumps multiply the steps, however many there are already. */
  growsExponentially(attack: Attack): boolean {
    const counts: number[] = [];
    for (let pumps = 2; pumps <= mostExponentialPumps; pumps += 2) {
      const steps = this.stepsOf(attackText(attack, pumps));
      if (steps >= enoughSteps) break;
      counts.push(steps);
    }
    const pumps = 2 * counts.length;
    const reachesLimit = pumps < mostExponentialPumps && this.#isEndless(attack, pumps + 2);
    const ratio = (counts.at(-1) ?? 0) / (counts.at(-2) ?? 1);
    const least = leastRatios.find(([from]) => pumps >= from)?.[1] ?? Number.POSITIVE_INFINITY;
    return reachesLimit && ratio >= least;
  }

  /**
   * Whether still more pumps take the steps of an exponent of about `degree`, or reach the limit; a text may also come to match
   * with them, and a counted repetition come to its end.
   */
  #isEndless(attack: Attack, pumps: number, steps = enoughSteps, degree = 1): boolean {
    return [2, 5].every((factor) => {
      const least = Math.min(enoughSteps, steps * factor ** (degree - closeToExpected));
      return this.stepsOf(attackText(attack, factor * pumps)) >= least;
    });
  }

  /**
   * The exponent of the length, with a fraction: what the last doubling of the pumps made of the steps. Measuring ends early
   * where it shows twice that the exponent is one, or about the `expected` one.
   */
  degreeOf(attack: Attack, expected = Number.POSITIVE_INFINITY): number {
    const counts = new Map<number, number>();
    let degree = 1;
    for (const pumps of polynomialPumps) {
      const text = attackText(attack, pumps);
      const steps = this.stepsOf(text);
      const half = counts.get(pumps / 2) ?? 0;
      // Cut off at the limit, it is at least so much; and where already short texts reach it, so much.
      if (steps >= enoughSteps) {
        if (!this.#isEndless(attack, pumps)) return 1;
        const known = half > 0 ? Math.log2(steps / half) : Math.log2(steps) / Math.log2(text.length + 2);
        return Math.max(degree, known);
      }
      if (text.length > longestText) break;
      counts.set(pumps, steps);
      if (half === 0) continue;
      const before = degree;
      degree = Math.log2(steps / half);
      if (pumps >= sureFromPumps && Math.max(before, degree) < sureOfOne) break;
      const isExpected = Math.min(before, degree) > expected - closeToExpected;
      if (isExpected && steps > sureFromSteps && this.#isEndless(attack, pumps, steps, expected))
        return degree;
    }
    return degree;
  }
}
