import { flagBits, typeFlags } from '../flags.ts';
import { syntaxError } from '../syntax-error.ts';
import type { RegexTree } from '../tree.ts';
import { checkTree } from './check.ts';
import { parseAlternation, sequenceOf } from './sequence.ts';
import { ParseState, type Scope } from './state.ts';

/**
 * The tree of a pattern. Throws REGEX_SYNTAX for what Python 3.11 refuses, with Python's words and index, and
 * REGEX_UNSUPPORTED for `\N{…}` and for groups nested too deeply.
 *
 * @param flags bits of `flagBits`.
 * @param strict refuse global flags that are not at the start.
 */
export function parsePattern(pattern: string, flags: number, strict: boolean): RegexTree {
  const state = new ParseState(pattern, flags, strict);
  const { reader } = state;
  const scope: Scope = { flags };
  const root = sequenceOf(parseAlternation(state, scope, 0));
  if ((state.flags & typeFlags) === typeFlags) {
    throw syntaxError(pattern, 'ASCII and UNICODE flags are incompatible', 0);
  }
  if (reader.next !== undefined) throw reader.error('unbalanced parenthesis');
  for (const [group, index] of state.conditionGroups) {
    if (group >= state.groupWidths.length) {
      throw syntaxError(pattern, `invalid group reference ${group}`, index);
    }
  }
  checkTree(pattern, root, state.groupWidths, (state.flags & flagBits.template) !== 0);
  return {
    source: pattern,
    flags: state.flags,
    groupCount: state.groupWidths.length - 1,
    groupNames: state.groupNames,
    root,
  };
}
