import { pythonRepr } from '../../base/index.ts';
import type { Node } from '../tree.ts';
import { closeParenthesis, type GroupPlace } from './group.ts';
import { isIdentifier, pythonInt } from './names.ts';
import { parseSequence, sequenceOf } from './sequence.ts';
import type { ParseState, Scope } from './state.ts';

/** `sre.MAXGROUPS`. */
const maxGroups = 1_073_741_823;

/** `(?(group)yes|no)`, taken up to and with the second parenthesis. The group may come later in the pattern. */
export function parseConditional(state: ParseState, place: GroupPlace): Node {
  const { reader } = state;
  const name = reader.takeUntil(')', 'group name');
  const group = isIdentifier(name) ? groupOfName(state, name) : groupOfNumber(state, name);
  state.checkLookbehindReference(group);
  const scope: Scope = { flags: place.scope.flags };
  const yes = sequenceOf(parseSequence(state, scope, place.depth + 1));
  let no: Node | undefined;
  if (reader.accept('|')) {
    no = sequenceOf(parseSequence(state, scope, place.depth + 1));
    if (reader.next === '|') throw reader.error('conditional backref with more than two branches');
  }
  closeParenthesis(state, place);
  return { kind: 'conditional', group, yes, no };
}

function groupOfName(state: ParseState, name: string): number {
  const group = state.groupNames.get(name);
  if (group === undefined) {
    throw state.reader.error(`unknown group name ${pythonRepr(name)}`, Array.from(name).length + 1);
  }
  return group;
}

function groupOfNumber(state: ParseState, name: string): number {
  const { reader } = state;
  const back = Array.from(name).length + 1;
  const group = pythonInt(name);
  if (group === undefined || group < 0) {
    throw reader.error(`bad character in group name ${pythonRepr(name)}`, back);
  }
  if (group === 0) throw reader.error('bad group number', back);
  if (group >= maxGroups) throw reader.error(`invalid group reference ${group}`, back);
  if (!state.conditionGroups.has(group)) state.conditionGroups.set(group, reader.position - back);
  return group;
}
