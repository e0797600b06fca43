import { WarderError } from '../../base/index.ts';
import { type Choice, Choices, choiceKinds } from './choices.ts';
import { LoopContexts, noContext } from './loop-contexts.ts';
import { Marks } from './marks.ts';
import type { Program } from './program.ts';
import { SetTable } from './set-table.ts';
import type { Subject } from './subject.ts';

const noBarrier = -1;
const keepMarks = -1;
/** Looking at a character costs a quarter of an instruction. */
const charsPerStepShift = 2;
const noSubject: Subject = { codes: new Int32Array(0), length: 0, offsets: undefined };

/** Where a run stands, and the ways it can go back. */
export class State {
  readonly code: Int32Array;
  readonly marks: Marks;
  readonly choices = new Choices();
  readonly contexts = new LoopContexts();
  /** The choice that was popped last. */
  readonly choice: Choice = {
    kind: choiceKinds.retry,
    address: 0,
    place: 0,
    lastMark: 0,
    trailLength: 0,
    context: 0,
    contextCount: 0,
    extra: 0,
  };
  readonly sets: SetTable;
  subject: Subject = noSubject;
  /** Of the instruction. */
  address = 0;
  /** In the text. */
  place = 0;
  /** Of the innermost repetition. */
  context = noContext;
  /** Index of the innermost barrier among the choices. */
  barrier = noBarrier;
  readonly #maxSteps: number;
  #steps = 0;

  constructor(program: Program, groupCount: number, maxSteps: number) {
    this.code = Int32Array.from(program.code);
    this.marks = new Marks(groupCount);
    this.sets = new SetTable(program.sets);
    this.#maxSteps = maxSteps;
  }

  /** Takes a text; the steps of all runs on it count together. */
  begin(subject: Subject): void {
    this.subject = subject;
    this.#steps = 0;
  }

  /** Lets go of the text and of the memory that it took. */
  end(): void {
    this.subject = noSubject;
    this.marks.release();
    this.choices.release();
    this.contexts.release();
  }

  /** Goes to the start of the program. */
  restart(place: number): void {
    this.marks.clear();
    this.choices.clear();
    this.contexts.truncate(0);
    this.context = noContext;
    this.barrier = noBarrier;
    this.address = 1;
    this.place = place;
  }

  /** Throws REGEX_STEP_LIMIT at the bound. */
  countStep(): void {
    this.#steps += 1;
    if (this.#steps > this.#maxSteps) throw this.#limitError();
  }

  /** Steps on this text so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Counts characters that were looked at in one go. */
  countChars(count: number): void {
    this.#steps += count >> charsPerStepShift;
  }

  #limitError(): WarderError {
    return new WarderError('REGEX_STEP_LIMIT', `a regex took more than ${this.#maxSteps} steps on one text`, {
      hint: 'simplify the regex: nested or adjoining repetitions of the same characters are what takes long',
    });
  }

  /** An argument of the instruction. */
  argument(index: number): number {
    return this.code[this.address + index]!;
  }

  /** Whether there is a character of the set at the place. */
  isAtSet(set: number): boolean {
    return this.place < this.subject.length && this.sets.has(set, this.subject.codes[this.place]!);
  }

  /** Notes a choice at this place; to come back with this context. `restoresMarks`: see `Marks`. */
  pushChoice(kind: number, address: number, context: number, restoresMarks: boolean, extra = 0): void {
    const { choice } = this;
    choice.kind = kind;
    choice.address = address;
    choice.place = this.place;
    choice.lastMark = this.marks.last;
    choice.trailLength = restoresMarks ? this.marks.trailLength : keepMarks;
    choice.context = context;
    choice.contextCount = this.contexts.count;
    choice.extra = extra;
    this.choices.push(choice);
  }

  /** Puts the choice that was popped back, for the place it has come to. */
  pushAgain(): void {
    this.choice.place = this.place;
    this.choices.push(this.choice);
  }

  /** Goes back to the state in which the popped choice was made. */
  restore(): void {
    const { address, place, lastMark, trailLength, context, contextCount } = this.choice;
    this.address = address;
    this.place = place;
    if (trailLength !== keepMarks) this.marks.undoTo(trailLength);
    this.marks.last = lastMark;
    this.context = context;
    this.contexts.truncate(contextCount);
  }
}

/** Python saves the marks at a choice where a repetition is around it. */
export function isInLoop(context: number): boolean {
  return context !== noContext;
}
