import { type CharSet, union } from '../charset/charset.ts';
import { partsOf, type Resolved } from './resolved.ts';

/** The least number of code points that the part matches; a back-reference counts as nothing. */
export function minWidth(part: Resolved): number {
  switch (part.kind) {
    case 'char':
      return 1;
    case 'sequence':
      return part.items.reduce((sum, item) => sum + minWidth(item), 0);
    case 'alternation':
      return Math.min(...part.options.map(minWidth));
    case 'repeat':
      return part.min === 0 ? 0 : part.min * minWidth(part.body);
    case 'capture':
    case 'atomic':
      return minWidth(part.body);
    case 'conditional':
      return Math.min(minWidth(part.yes), minWidth(part.no));
    case 'position':
    case 'boundary':
    case 'look':
    case 'backreference':
      return 0;
  }
}

/** The numbers of all groups in the part. */
export function capturesIn(part: Resolved): number[] {
  const below = partsOf(part).flatMap(capturesIn);
  return part.kind === 'capture' ? [part.group, ...below] : below;
}

/** Whether there is at most one way to match the part at a given place, so that nothing can be tried again. */
export function isDeterministic(part: Resolved): boolean {
  switch (part.kind) {
    case 'sequence':
      return part.items.every(isDeterministic);
    case 'repeat':
      return part.min === part.max && isDeterministic(part.body);
    case 'capture':
      return isDeterministic(part.body);
    case 'alternation':
    case 'conditional':
      return false;
    default:
      return true;
  }
}

/**
 * Whether, of the ways to match the part at a given place, those that match nothing come after all others.
 * Then it makes no difference whether an engine tries them in a loop or skips them.
 */
export function isEmptyLast(part: Resolved): boolean {
  if (minWidth(part) > 0) return true;
  switch (part.kind) {
    case 'sequence':
      return part.items.every(isEmptyLast);
    case 'alternation':
      return part.options.every(
        (option, at) => isEmptyLast(option) && (at === part.options.length - 1 || minWidth(option) > 0),
      );
    case 'repeat':
      return (part.mode !== 'lazy' || part.min === part.max) && isEmptyLast(part.body);
    case 'capture':
      return isEmptyLast(part.body);
    case 'conditional':
      return isEmptyLast(part.yes) && isEmptyLast(part.no);
    default:
      return true;
  }
}

/** The characters that a match of the part can begin with; undefined if it can be empty or that is not known. */
export function firstChars(part: Resolved): CharSet | undefined {
  return edgeChars(part, (items) => items);
}

/** Likewise for the last character. */
export function lastChars(part: Resolved): CharSet | undefined {
  return edgeChars(part, (items) => items.toReversed());
}

function edgeChars(
  part: Resolved,
  order: (items: readonly Resolved[]) => readonly Resolved[],
): CharSet | undefined {
  switch (part.kind) {
    case 'char':
      return part.set;
    case 'capture':
    case 'atomic':
      return edgeChars(part.body, order);
    case 'repeat':
      return part.min === 0 ? undefined : edgeChars(part.body, order);
    case 'sequence': {
      const edge = order(part.items).find((item) => !isZeroWidth(item));
      return edge === undefined ? undefined : edgeChars(edge, order);
    }
    case 'alternation': {
      const sets = part.options.map((option) => edgeChars(option, order));
      return sets.every((set) => set !== undefined) ? union(...sets) : undefined;
    }
    default:
      return undefined;
  }
}

function isZeroWidth(part: Resolved): boolean {
  return part.kind === 'position' || part.kind === 'boundary' || part.kind === 'look';
}

/** Whether the pattern can match at the start of a text only. */
export function beginsAtStart(part: Resolved): boolean {
  switch (part.kind) {
    case 'position':
      return part.at === 'textStart';
    case 'sequence':
      return part.items.length > 0 && beginsAtStart(part.items[0]!);
    case 'alternation':
      return part.options.every(beginsAtStart);
    case 'capture':
    case 'atomic':
      return beginsAtStart(part.body);
    default:
      return false;
  }
}
