import { flagBits } from '../flags.ts';
import { unsupportedError } from '../syntax-error.ts';
import type { Node } from '../tree.ts';
import { mergeAlternatives } from './alternatives.ts';
import { parseEscape } from './escape.ts';
import { parseGroup } from './group.ts';
import { parseMode, parseQuantifier } from './quantifier.ts';
import { parseSet } from './set.ts';
import type { ParseState, Scope } from './state.ts';

/** A group without meaning of its own, kept together only until it is known whether a quantifier follows. */
export interface PlainGroup {
  readonly kind: 'plain';
  readonly items: readonly Node[];
}

export type SequenceItem = Node | PlainGroup;

/** Python gives up at about 490 parentheses inside each other. */
const deepestNesting = 450;
const quantifiers = '*+?{';
const whitespace = ' \t\n\r\v\f';

/** Alternatives up to a closing parenthesis or the end, as the items of a sequence. */
export function parseAlternation(state: ParseState, scope: Scope, depth: number): Node[] {
  if (depth > deepestNesting) {
    const { reader } = state;
    const text = `more than ${deepestNesting} groups inside each other`;
    throw unsupportedError(reader.pattern, text, reader.position, 'simplify the pattern');
  }
  const options: Node[][] = [];
  do options.push(parseSequence(state, scope, depth, depth === 0 && options.length === 0));
  while (state.reader.accept('|'));
  return options.length === 1 ? options[0]! : mergeAlternatives(options, scope.flags);
}

/** Items up to `|`, a closing parenthesis or the end. `isFirst`: of the pattern, where global flags may stand. */
export function parseSequence(state: ParseState, scope: Scope, depth: number, isFirst = false): Node[] {
  const { reader } = state;
  const items: SequenceItem[] = [];
  let lastStart = reader.position;
  for (let next = reader.next; next !== undefined && next !== '|' && next !== ')'; next = reader.next) {
    const start = reader.position;
    reader.take();
    if ((scope.flags & flagBits.verbose) !== 0 && skipVerbose(state, next)) continue;
    const count = items.length;
    if (quantifiers.includes(next)) {
      repeatLast(state, items, next, scope.flags, lastStart);
    } else if (next === '(') {
      const isStart = isFirst && items.length === 0;
      const item = parseGroup(state, { scope, depth, isStart, start: reader.position - 1 });
      if (item !== undefined) items.push(item);
    } else {
      items.push(parseAtom(state, next, scope.flags));
    }
    if (items.length > count) lastStart = start;
  }
  return items.flatMap((item) => (item.kind === 'plain' ? item.items : [item]));
}

/** Whether the token, already taken, was white space or a comment, which is then skipped. */
function skipVerbose(state: ParseState, token: string): boolean {
  if (whitespace.includes(token)) return true;
  if (token !== '#') return false;
  for (let skipped = state.reader.take(); skipped !== undefined && skipped !== '\n'; ) {
    skipped = state.reader.take();
  }
  return true;
}

function parseAtom(state: ParseState, token: string, flags: number): Node {
  if (token.startsWith('\\')) return parseEscape(state, token, flags);
  if (token === '.') return { kind: 'any', flags };
  if (token === '^') return { kind: 'assertion', at: 'begin', flags };
  if (token === '$') return { kind: 'assertion', at: 'end', flags };
  if (token === '[') return parseSet(state.reader, flags);
  return { kind: 'literal', code: token.codePointAt(0)!, negated: false, flags };
}

/** Applies a quantifier, whose first token is already taken, to the last item, which begins at `start`. */
function repeatLast(
  state: ParseState,
  items: SequenceItem[],
  token: string,
  flags: number,
  start: number,
): void {
  const { reader } = state;
  const back = reader.position;
  const quantifier = parseQuantifier(reader, token);
  if (quantifier === undefined) {
    items.push({ kind: 'literal', code: token.codePointAt(0)!, negated: false, flags });
    return;
  }
  const item = items.pop();
  const offset = reader.position - back + 1;
  if (item === undefined || item.kind === 'assertion') throw reader.error('nothing to repeat', offset);
  if (item.kind === 'repeat') throw reader.error('multiple repeat', offset);
  const body = item.kind === 'plain' ? sequenceOf(item.items) : item;
  const mode = parseMode(reader);
  items.push({ kind: 'repeat', body, ...quantifier, mode, place: [start, reader.position] });
}

export function sequenceOf(items: readonly Node[]): Node {
  return items.length === 1 ? items[0]! : { kind: 'sequence', items };
}
