import { pythonRepr } from '../../base/index.ts';
import { combineFlags, flagBits, flagOfLetter } from '../flags.ts';
import type { Node } from '../tree.ts';
import { parseConditional } from './conditional.ts';
import { parseInlineFlags, turnOnGlobal } from './inline-flags.ts';
import { checkGroupName } from './names.ts';
import { parseAlternation, type SequenceItem, sequenceOf } from './sequence.ts';
import type { ParseState, Scope } from './state.ts';

/** Where a group stands. */
export interface GroupPlace {
  readonly scope: Scope;
  readonly depth: number;
  /** Whether global flags may stand here: nothing was before. */
  readonly isStart: boolean;
  /** Index of the opening parenthesis. */
  readonly start: number;
}

/** A global flag at the beginning of a group, which fail2ban makes the flag of that group. */
const groupOfFlag = /^(?:\?:)?(\(\?[a-z]+\))/;
const longestGroupOfFlag = 32;

/**
 * What begins with a parenthesis, which is already taken. Undefined for what leaves no node: a comment, global flags.
 */
export function parseGroup(state: ParseState, place: GroupPlace): SequenceItem | undefined {
  const { reader } = state;
  const flagged = state.strict ? null : groupOfFlag.exec(reader.peek(longestGroupOfFlag));
  if (flagged !== null) return parseGroupOfFlag(state, place, flagged[0].startsWith('?:'));
  if (!reader.accept('?')) return parseCapture(state, place, undefined);
  const token = reader.take();
  if (token === undefined) throw reader.error('unexpected end of pattern');
  if (token === 'P') return parsePythonExtension(state, place);
  if (token === ':') return { kind: 'plain', items: parseBody(state, place, place.scope.flags) };
  if (token === '#') return skipComment(state, place);
  if (token === '=' || token === '!') return parseLookahead(state, place, token === '!');
  if (token === '<') return parseLookbehind(state, place);
  if (token === '(') return parseConditional(state, place);
  if (token === '>') return { kind: 'atomic', body: sequenceOf(parseBody(state, place, place.scope.flags)) };
  if (token === '-' || flagOfLetter.has(token)) return parseFlags(state, place, token);
  throw reader.error(`unknown extension ?${token}`, Array.from(token).length + 1);
}

function parseBody(state: ParseState, place: GroupPlace, flags: number): Node[] {
  const items = parseAlternation(state, { flags }, place.depth + 1);
  closeParenthesis(state, place);
  return items;
}

/** Takes the closing parenthesis of a group. */
export function closeParenthesis(state: ParseState, place: GroupPlace): void {
  if (state.reader.accept(')')) return;
  throw state.reader.error('missing ), unterminated subpattern', state.reader.position - place.start);
}

function parseCapture(state: ParseState, place: GroupPlace, name: string | undefined): Node {
  const number = state.openGroup(name);
  const body = sequenceOf(parseBody(state, place, place.scope.flags));
  state.closeGroup(number, body);
  return { kind: 'group', number, body };
}

/** `(?P<name>…)` and `(?P=name)`. */
function parsePythonExtension(state: ParseState, place: GroupPlace): Node {
  const { reader } = state;
  if (reader.accept('<')) {
    const name = reader.takeUntil('>', 'group name');
    checkGroupName(reader, name, 1);
    return parseCapture(state, place, name);
  }
  if (reader.accept('=')) return parseNamedReference(state, place.scope.flags);
  const token = reader.take();
  if (token === undefined) throw reader.error('unexpected end of pattern');
  throw reader.error(`unknown extension ?P${token}`, Array.from(token).length + 2);
}

function parseNamedReference(state: ParseState, flags: number): Node {
  const { reader } = state;
  const name = reader.takeUntil(')', 'group name');
  checkGroupName(reader, name, 1);
  const group = state.groupNames.get(name);
  const back = Array.from(name).length + 1;
  if (group === undefined) throw reader.error(`unknown group name ${pythonRepr(name)}`, back);
  if (!state.isClosed(group)) throw reader.error('cannot refer to an open group', back);
  state.checkLookbehindReference(group);
  return { kind: 'backreference', group, flags };
}

function skipComment(state: ParseState, place: GroupPlace): undefined {
  const { reader } = state;
  for (;;) {
    if (reader.next === undefined) {
      throw reader.error('missing ), unterminated comment', reader.position - place.start);
    }
    if (reader.take() === ')') return undefined;
  }
}

function parseLookbehind(state: ParseState, place: GroupPlace): Node {
  const { reader } = state;
  const token = reader.take();
  if (token === undefined) throw reader.error('unexpected end of pattern');
  if (token !== '=' && token !== '!') {
    throw reader.error(`unknown extension ?<${token}`, Array.from(token).length + 2);
  }
  const outermost = state.lookbehindGroups === undefined;
  if (outermost) state.lookbehindGroups = state.groupWidths.length;
  const items = parseAlternation(state, { flags: place.scope.flags }, place.depth + 1);
  if (outermost) state.lookbehindGroups = undefined;
  closeParenthesis(state, place);
  return { kind: 'look', behind: true, negated: token === '!', body: sequenceOf(items), index: place.start };
}

function parseLookahead(state: ParseState, place: GroupPlace, negated: boolean): Node {
  const body = sequenceOf(parseBody(state, place, place.scope.flags));
  return { kind: 'look', behind: false, negated, body, index: place.start };
}

/** `(?i:…)`, and `(?i)` with what becomes of it. */
function parseFlags(state: ParseState, place: GroupPlace, token: string): Node | undefined {
  const { reader } = state;
  const flags = parseInlineFlags(reader, token);
  if (!flags.isGlobal) {
    const inner = combineFlags(place.scope.flags, flags.added, flags.removed);
    return { kind: 'group', number: undefined, body: sequenceOf(parseBody(state, place, inner)) };
  }
  if (place.isStart) {
    state.flags |= flags.added;
    place.scope.flags = state.flags;
    return undefined;
  }
  if (state.strict) {
    const text = 'global flags not at the start of the expression';
    throw reader.error(text, reader.position - place.start);
  }
  if ((flags.added & flagBits.template) !== 0) throw turnOnGlobal(reader);
  place.scope.flags = combineFlags(place.scope.flags, flags.added, 0);
  return undefined;
}

/** `((?i)x)` or `(?:(?i)x)`, to fail2ban `(?i:x)`. */
function parseGroupOfFlag(state: ParseState, place: GroupPlace, isPlain: boolean): Node {
  const { reader } = state;
  // `?:` if it is there, then `(?`.
  for (let count = isPlain ? 4 : 2; count > 0; count -= 1) reader.take();
  const token = reader.take()!;
  if (!flagOfLetter.has(token)) throw reader.error(`unknown extension ?${token}`, token.length + 1);
  const { added } = parseInlineFlags(reader, token);
  if ((added & flagBits.template) !== 0) throw turnOnGlobal(reader);
  const inner = combineFlags(place.scope.flags, added, 0);
  return { kind: 'group', number: undefined, body: sequenceOf(parseBody(state, place, inner)) };
}
