import { anything, categorySet, notNewline } from '../charset/categories.ts';
import { flagBits } from '../flags.ts';
import { measure, type Width } from '../parse/width.ts';
import type { AssertionNode, LookNode, Node, RegexTree } from '../tree.ts';
import { literalSet, setOfItems } from './char-sets.ts';
import { type Fold, nothing, type Resolved } from './resolved.ts';

/** Applies the flags of a tree to its nodes. */
export function resolveTree(tree: RegexTree): Resolved {
  return resolve(tree.root, [undefined]);
}

/** `widths`: of the groups closed so far, for lookbehinds that contain a back-reference. */
function resolve(node: Node, widths: (Width | undefined)[]): Resolved {
  switch (node.kind) {
    case 'literal':
      return { kind: 'char', set: literalSet(node) };
    case 'set':
      return { kind: 'char', set: setOfItems(node) };
    case 'any':
      return { kind: 'char', set: has(node.flags, flagBits.dotAll) ? anything : notNewline };
    case 'assertion':
      return resolveAssertion(node);
    case 'sequence':
      return { kind: 'sequence', items: node.items.map((item) => resolve(item, widths)) };
    case 'alternation':
      return { kind: 'alternation', options: node.options.map((option) => resolve(option, widths)) };
    case 'repeat':
      return { ...node, body: resolve(node.body, widths) };
    case 'group':
      return resolveGroup(node.number, node.body, widths);
    case 'atomic':
      return { kind: 'atomic', body: resolve(node.body, widths) };
    case 'look':
      return resolveLook(node, widths);
    case 'backreference':
      return { kind: 'backreference', group: node.group, fold: foldOf(node.flags) };
    case 'conditional': {
      const yes = resolve(node.yes, widths);
      const no = node.no === undefined ? nothing : resolve(node.no, widths);
      return { kind: 'conditional', group: node.group, yes, no };
    }
  }
}

function resolveGroup(number: number | undefined, node: Node, widths: (Width | undefined)[]): Resolved {
  const body = resolve(node, widths);
  if (number === undefined) return body;
  widths[number] = measure(node, widths);
  return { kind: 'capture', group: number, body };
}

function resolveLook(node: LookNode, widths: (Width | undefined)[]): Resolved {
  const width = node.behind ? measure(node.body, widths).min : 0;
  return {
    kind: 'look',
    behind: node.behind,
    negated: node.negated,
    width,
    body: resolve(node.body, widths),
  };
}

function resolveAssertion(node: AssertionNode): Resolved {
  const multiline = has(node.flags, flagBits.multiline);
  switch (node.at) {
    case 'begin':
      return { kind: 'position', at: multiline ? 'lineStart' : 'textStart' };
    case 'end':
      return { kind: 'position', at: multiline ? 'lineEnd' : 'lastLineEnd' };
    case 'textStart':
    case 'textEnd':
      return { kind: 'position', at: node.at };
    case 'boundary':
    case 'notBoundary': {
      const word = categorySet('word', has(node.flags, flagBits.ascii));
      return { kind: 'boundary', negated: node.at === 'notBoundary', word };
    }
  }
}

function foldOf(flags: number): Fold {
  if (!has(flags, flagBits.ignoreCase)) return 'none';
  return has(flags, flagBits.ascii) ? 'ascii' : 'unicode';
}

function has(flags: number, flag: number): boolean {
  return (flags & flag) !== 0;
}
