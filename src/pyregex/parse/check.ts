import { syntaxError } from '../syntax-error.ts';
import type { Node } from '../tree.ts';
import { measure, type Width } from './width.ts';

/** What Python refuses only after it has read the whole pattern: lookbehinds without a fixed width. */
export function checkTree(
  pattern: string,
  node: Node,
  groupWidths: readonly (Width | undefined)[],
  forbidRepeats: boolean,
): void {
  if (node.kind === 'look' && node.behind) {
    const { min, max } = measure(node.body, groupWidths);
    if (min !== max) throw syntaxError(pattern, 'look-behind requires fixed-width pattern', node.index);
  }
  if (node.kind === 'repeat' && forbidRepeats) {
    throw syntaxError(pattern, 'internal: unsupported template operator', 0);
  }
  for (const part of partsOf(node)) checkTree(pattern, part, groupWidths, forbidRepeats);
}

/** The nodes directly below a node, in order. */
export function partsOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'sequence':
      return node.items;
    case 'alternation':
      return node.options;
    case 'repeat':
    case 'group':
    case 'atomic':
    case 'look':
      return [node.body];
    case 'conditional':
      return node.no === undefined ? [node.yes] : [node.yes, node.no];
    default:
      return [];
  }
}
