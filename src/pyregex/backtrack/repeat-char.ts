import { choiceKinds } from './choices.ts';
import { modeOrder, operations } from './program.ts';
import { isInLoop, type State } from './state.ts';

const instructionLength = 5;

/** A repeated character: takes the characters and notes that there may be more, or less, of them. */
export function repeatChar(state: State): boolean {
  const [set, min, max] = [state.argument(1), state.argument(2), state.argument(3)];
  const mode = modeOrder[state.argument(4)]!;
  const { subject, place: start } = state;
  const furthest = Math.min(subject.length, start + (mode === 'lazy' ? min : max));
  let place = start;
  while (place < furthest && state.sets.has(set, subject.codes[place]!)) place += 1;
  const count = place - start;
  state.countChars(count);
  if (count < min) return false;
  state.place = place;
  const inLoop = isInLoop(state.context);
  if (mode === 'greedy' && count > min) {
    state.pushChoice(choiceKinds.giveBack, state.address, state.context, inLoop, start + min);
  } else if (mode === 'lazy' && min < max) {
    const bound = Math.min(subject.length, start + max);
    state.pushChoice(choiceKinds.takeMore, state.address, state.context, inLoop, bound);
  }
  state.address += instructionLength;
  return true;
}

/** Gives characters of a greedy repetition back: one, or as many as it takes to reach the character behind. */
export function giveBack(state: State): boolean {
  const least = state.choice.extra;
  const behind = state.address + instructionLength;
  const needed = state.code[behind] === operations.char ? state.code[behind + 1] : undefined;
  let place = state.place - 1;
  while (needed !== undefined && place > least && state.subject.codes[place] !== needed) place -= 1;
  state.countChars(state.place - place);
  state.place = place;
  if (place > least) state.pushAgain();
  state.address = behind;
  return true;
}

/** Takes one more character in a lazy repetition. */
export function takeMore(state: State): boolean {
  const furthest = state.choice.extra;
  if (state.place >= furthest || !state.isAtSet(state.argument(1))) return false;
  state.place += 1;
  if (state.place < furthest) state.pushAgain();
  state.address += instructionLength;
  return true;
}
