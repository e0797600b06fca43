import type { LiteralNode, Node, SetItem, SetNode } from '../tree.ts';
import { sequenceOf } from './sequence.ts';
import { uniqueItems } from './set.ts';

/**
 * The alternatives as items of a sequence: first what all of them begin with, then the choice, as a set where each
 * is a single character. Python's parser does the same, and a set folds case a little differently.
 */
export function mergeAlternatives(options: Node[][], flags: number): Node[] {
  const items: Node[] = [];
  let start = 0;
  for (; options.every((option) => isSameLeaf(option[start], options[0]![start])); start += 1) {
    items.push(options[0]![start]!);
  }
  const rests = options.map((option) => option.slice(start));
  const choices = rests.map(choiceOf);
  if (choices.every((choice) => choice !== undefined) && choices.every((choice) => choice.flags === flags)) {
    const set = uniqueItems(choices.flatMap((choice) => choice.items));
    return [...items, { kind: 'set', negated: false, items: set, flags }];
  }
  return [...items, { kind: 'alternation', options: rests.map(sequenceOf) }];
}

/** Whether both are the same node without parts of its own; Python finds nodes with parts never equal. */
function isSameLeaf(one: Node | undefined, other: Node | undefined): boolean {
  if (one === undefined || other === undefined || one.kind !== other.kind) return false;
  const isLeaf = ['literal', 'set', 'any', 'assertion', 'backreference'].includes(one.kind);
  return isLeaf && JSON.stringify(one) === JSON.stringify(other);
}

/** The one character or plain set that an alternative consists of. */
function choiceOf(option: readonly Node[]): { items: readonly SetItem[]; flags: number } | undefined {
  const [node] = option;
  if (option.length !== 1 || node === undefined) return undefined;
  if (isPositive(node) && node.kind === 'set') return { items: node.items, flags: node.flags };
  if (isPositive(node)) return { items: [{ kind: 'char', code: node.code }], flags: node.flags };
  return undefined;
}

function isPositive(node: Node): node is LiteralNode | SetNode {
  return (node.kind === 'literal' || node.kind === 'set') && !node.negated;
}
