import { isAsciiLetter, isCased } from '../charset/case.ts';
import type { CharSet } from '../charset/charset.ts';
import { flagBits } from '../flags.ts';
import type { Node, RegexTree, SetItem, SetNode } from '../tree.ts';
import { setOfItems } from './char-sets.ts';

const lastOfPlane0 = 0xffff;

/**
 * The characters at which Python's `search` begins to look, where that is not simply what the pattern begins with.
 *
 * Python prepares the set that a pattern begins with under the global flags, even if it stands in a group that
 * turns ASCII on or off: `(?a:\W)` matches `é`, but a search does not find it. `match` has no such preparation.
 */
export function searchStart(tree: RegexTree): CharSet | undefined {
  const first = firstLeaf(tree.root);
  if (first?.kind !== 'set' || !first.items.some((item) => item.kind === 'category')) return undefined;
  if (isAscii(first.flags) === isAscii(tree.flags)) return undefined;
  const folds = (first.flags & flagBits.ignoreCase) !== 0;
  if (folds && first.items.some((item) => hasCase(item, first))) return undefined;
  return setOfItems({ ...first, flags: tree.flags & ~flagBits.ignoreCase });
}

function firstLeaf(node: Node): Node | undefined {
  if (node.kind === 'sequence') return node.items[0] === undefined ? undefined : firstLeaf(node.items[0]);
  return node.kind === 'group' ? firstLeaf(node.body) : node;
}

function isAscii(flags: number): boolean {
  return (flags & flagBits.ascii) !== 0;
}

/** As Python asks it here: with a case, it prepares nothing. */
function hasCase(item: SetItem, { flags }: SetNode): boolean {
  if (item.kind === 'category') return false;
  const test = isAscii(flags) ? isAsciiLetter : isCased;
  if (item.kind === 'char') return test(item.code);
  if (item.high > lastOfPlane0) return true;
  for (let code = item.low; code <= item.high; code += 1) if (test(code)) return true;
  return false;
}
