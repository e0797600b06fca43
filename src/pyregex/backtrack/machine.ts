import { beginBarrier, endBarrier, leaveBarrier } from './barriers.ts';
import { choiceKinds } from './choices.ts';
import { isAtBoundary, isAtPosition, isSameText } from './looking.ts';
import { decideTurn, enterLoop, makeTurn } from './loops.ts';
import { foldOrder, operations, positionOrder } from './program.ts';
import { giveBack, repeatChar, takeMore } from './repeat-char.ts';
import { isInLoop, type State } from './state.ts';

/**
 * Runs the program from a place in the text: the end of the match, or undefined. Throws REGEX_STEP_LIMIT.
 *
 * The order of choices, the treatment of groups and of empty turns are those of Python's engine. All state lies in
 * arrays: neither a long text nor deep nesting can overflow the stack.
 */
export function runProgram(state: State, place: number): number | undefined {
  state.restart(place);
  while (state.code[state.address] !== operations.success) {
    state.countStep();
    if (!doInstruction(state) && !goBack(state)) return undefined;
  }
  return state.place;
}

/** Does one instruction; false if it fails. */
function doInstruction(state: State): boolean {
  switch (state.code[state.address]) {
    case operations.char:
      return matchChar(state);
    case operations.set:
      return matchSet(state);
    case operations.position:
      return checkPosition(state);
    case operations.boundary:
      return checkBoundary(state);
    case operations.split:
      state.pushChoice(choiceKinds.retry, state.argument(1), state.context, isInLoop(state.context));
      state.address += 2;
      return true;
    case operations.jump:
      state.address = state.argument(1);
      return true;
    case operations.mark:
      state.marks.set(state.argument(1), state.place);
      state.address += 2;
      return true;
    case operations.repeatChar:
      return repeatChar(state);
    case operations.enterLoop:
      enterLoop(state);
      return true;
    case operations.turn:
      decideTurn(state);
      return true;
    case operations.barrier:
      return beginBarrier(state);
    case operations.endBarrier:
      return endBarrier(state);
    case operations.reference:
      return matchReference(state);
    case operations.condition:
      state.address = state.marks.isSet(state.argument(1)) ? state.address + 3 : state.argument(2);
      return true;
    default:
      return false;
  }
}

/** Takes up the last choice that has something left to try; false if there is none. */
function goBack(state: State): boolean {
  while (state.choices.pop(state.choice)) {
    state.countStep();
    if (takeUp(state)) return true;
  }
  return false;
}

function takeUp(state: State): boolean {
  const { kind } = state.choice;
  if (kind === choiceKinds.look || kind === choiceKinds.lookNot || kind === choiceKinds.atomic) {
    return leaveBarrier(state);
  }
  state.restore();
  if (kind === choiceKinds.giveBack) return giveBack(state);
  if (kind === choiceKinds.takeMore) return takeMore(state);
  if (kind === choiceKinds.turn) makeTurn(state);
  return true;
}

function matchChar(state: State): boolean {
  const { subject, place } = state;
  // Behind the end there may be a 0, hence the first comparison.
  if (place >= subject.length || subject.codes[place] !== state.argument(1)) return false;
  state.place += 1;
  state.address += 2;
  return true;
}

function matchSet(state: State): boolean {
  if (!state.isAtSet(state.argument(1))) return false;
  state.place += 1;
  state.address += 2;
  return true;
}

function checkPosition(state: State): boolean {
  if (!isAtPosition(state.subject, state.place, positionOrder[state.argument(1)]!)) return false;
  state.address += 2;
  return true;
}

function checkBoundary(state: State): boolean {
  const [word, negated] = [state.argument(1), state.argument(2) === 1];
  if (!isAtBoundary(state.subject, state.place, state.sets, word, negated)) return false;
  state.address += 3;
  return true;
}

function matchReference(state: State): boolean {
  const { marks, subject, place } = state;
  const [group, fold] = [state.argument(1), foldOrder[state.argument(2)]!];
  if (!marks.isSet(group)) return false;
  const [start, end] = [marks.start(group), marks.end(group)];
  state.countChars(end - start);
  if (!isSameText(subject, place, start, end, fold)) return false;
  state.place += end - start;
  state.address += 3;
  return true;
}
