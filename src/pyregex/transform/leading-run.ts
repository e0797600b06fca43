import type { CharSet } from '../charset/charset.ts';
import { partsOf, type Resolved } from './resolved.ts';

/**
 * The set of a repetition without bound that the pattern begins with, such as that of `.*` or `\S+`.
 *
 * Where the text before a place is of the set, a match from there could as well begin one character earlier; so a
 * search need not begin there. Without this, a long line that does not match costs the square of its length.
 */
export function leadingRun(root: Resolved): CharSet | undefined {
  const groups: number[] = [];
  let part = root;
  while (part.kind === 'sequence' || part.kind === 'capture') {
    if (part.kind === 'capture') groups.push(part.group);
    const first: Resolved | undefined = part.kind === 'capture' ? part.body : part.items[0];
    if (first === undefined) return undefined;
    part = first;
  }
  if (part.kind !== 'repeat' || part.max !== Number.POSITIVE_INFINITY || part.body.kind !== 'char') {
    return undefined;
  }
  // A group around the run has another text if it begins earlier, which a back-reference would notice.
  return groups.some((group) => refersTo(root, group)) ? undefined : part.body.set;
}

function refersTo(part: Resolved, group: number): boolean {
  if (part.kind === 'backreference' && part.group === group) return true;
  return partsOf(part).some((below) => refersTo(below, group));
}
