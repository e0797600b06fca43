import { choiceKinds } from './choices.ts';
import { barrierOrder } from './program.ts';
import { isInLoop, type State } from './state.ts';

const instructionLength = 4;
const barrierKinds = barrierOrder.map((kind) => choiceKinds[kind]);

/** Begins a lookahead, a lookbehind or an atomic group. */
export function beginBarrier(state: State): boolean {
  const kind = barrierKinds[state.argument(1)]!;
  const [width, behind] = [state.argument(2), state.argument(3)];
  if (width > state.place) {
    state.address = behind;
    return kind === choiceKinds.lookNot;
  }
  const index = state.choices.length;
  state.pushChoice(kind, behind, state.context, isInLoop(state.context), state.barrier);
  state.barrier = index;
  state.place -= width;
  state.address += instructionLength;
  return true;
}

/** The inside of a barrier has matched: nothing in there is tried again. */
export function endBarrier(state: State): boolean {
  const { choice } = state;
  state.choices.cutTo(state.barrier, choice);
  state.barrier = choice.extra;
  if (choice.kind === choiceKinds.lookNot) return false;
  state.context = choice.context;
  if (choice.kind === choiceKinds.look) state.place = choice.place;
  state.address += 1;
  return true;
}

/** Nothing is left to try inside of the barrier that was popped; for a negative look that is success. */
export function leaveBarrier(state: State): boolean {
  state.barrier = state.choice.extra;
  if (state.choice.kind !== choiceKinds.lookNot) return false;
  state.restore();
  return true;
}
