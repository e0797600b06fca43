import type { Node } from '../tree.ts';

/** How many code points a part matches, at least and at most. */
export interface Width {
  readonly min: number;
  readonly max: number;
}

/** Python's "no bound" for repetitions; widths stop there. */
export const maxRepeat = 2 ** 32 - 1;

const zero: Width = { min: 0, max: 0 };
const one: Width = { min: 1, max: 1 };

/** The width of a part, as Python reckons it for lookbehinds. `groupWidths`: of the groups closed before. */
export function measure(node: Node, groupWidths: readonly (Width | undefined)[]): Width {
  const width = measureExactly(node, groupWidths);
  return { min: Math.min(width.min, maxRepeat - 1), max: Math.min(width.max, maxRepeat) };
}

function measureExactly(node: Node, groupWidths: readonly (Width | undefined)[]): Width {
  switch (node.kind) {
    case 'literal':
    case 'set':
    case 'any':
      return one;
    case 'assertion':
    case 'look':
      return zero;
    case 'sequence':
      return node.items.map((item) => measure(item, groupWidths)).reduce(add, zero);
    case 'alternation':
      return node.options.map((option) => measure(option, groupWidths)).reduce(either);
    case 'repeat': {
      const body = measure(node.body, groupWidths);
      // Without a bound, but of nothing: 0, which Infinity * 0 is not.
      return { min: body.min * node.min, max: body.max * Math.min(node.max, maxRepeat) };
    }
    case 'group':
    case 'atomic':
      return measure(node.body, groupWidths);
    case 'backreference':
      return groupWidths[node.group] ?? zero;
    case 'conditional':
      return either(
        measure(node.yes, groupWidths),
        node.no === undefined ? zero : measure(node.no, groupWidths),
      );
  }
}

function add(left: Width, right: Width): Width {
  return { min: left.min + right.min, max: left.max + right.max };
}

function either(left: Width, right: Width): Width {
  return { min: Math.min(left.min, right.min), max: Math.max(left.max, right.max) };
}
