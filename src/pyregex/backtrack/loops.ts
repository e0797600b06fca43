import { choiceKinds } from './choices.ts';
import { isInLoop, type State } from './state.ts';

const instructionLength = 5;
const failAddress = 0;

export function enterLoop(state: State): void {
  state.context = state.contexts.enter(state.context);
  state.address = state.argument(1);
}

/** At the end of a turn, or before the first one: another turn, or on to what follows the loop. */
export function decideTurn(state: State): void {
  const { contexts, context, place } = state;
  const [min, max, body] = [state.argument(1), state.argument(2), state.argument(3)];
  const isLazy = state.argument(4) === 1;
  const behind = state.address + instructionLength;
  const turns = contexts.turns(context) + 1;
  const around = contexts.around(context);
  if (turns < min) {
    state.context = contexts.make(turns, contexts.turnPlace(context), around);
    state.address = body;
    return;
  }
  // A turn that matched nothing is the last one.
  const canTurn = turns < max && place !== contexts.turnPlace(context);
  if (canTurn && !isLazy) {
    state.pushChoice(choiceKinds.retry, behind, around, true);
    state.context = contexts.make(turns, place, around);
    state.address = body;
    return;
  }
  if (isLazy) {
    const kind = canTurn ? choiceKinds.turn : choiceKinds.retry;
    state.pushChoice(kind, canTurn ? body : failAddress, context, isInLoop(around));
  }
  state.context = around;
  state.address = behind;
}

/** The turn of a lazy loop that was put off; the address is already that of the body. */
export function makeTurn(state: State): void {
  const { contexts, context } = state;
  state.context = contexts.make(contexts.turns(context) + 1, state.place, contexts.around(context));
}
