import { type Node, parsePythonRegex } from '../../pyregex/index.ts';

/**
 * Whether a regex plainly matches every text of one line that is not empty: `^`, parts that may all be left out, and then
 * `.+$`. False where that is not plain. Throws what `parsePythonRegex` throws.
 */
export function matchesAnyLine(pattern: string): boolean {
  const items = flat(parsePythonRegex(pattern).root);
  const rest = items[0]?.kind === 'assertion' && isStart(items[0]) ? items.slice(1) : items;
  const core = rest.findIndex((node) => !mayBeLeftOut(node));
  return (
    core >= 0 &&
    takesAnything(rest[core]!) &&
    rest.slice(core + 1).every((node) => mayBeLeftOut(node) || isEnd(node))
  );
}

/** The parts of a sequence, those of its sequences and of groups that hold nothing else among them. */
function flat(node: Node): Node[] {
  if (node.kind === 'sequence') return node.items.flatMap(flat);
  if (node.kind === 'group') return flat(node.body);
  return [node];
}

/** Whether matching may go on as if the part were not there. What is atomic may have taken too much by then. */
function mayBeLeftOut(node: Node): boolean {
  switch (node.kind) {
    case 'sequence':
      return node.items.every(mayBeLeftOut);
    case 'alternation':
      return node.options.some(mayBeLeftOut);
    case 'group':
      return mayBeLeftOut(node.body);
    case 'repeat':
      return node.mode !== 'possessive' && (node.min === 0 || mayBeLeftOut(node.body));
    default:
      return false;
  }
}

/** `.+` or `.*`, which stop at the end of the line only. */
function takesAnything(node: Node): boolean {
  return (
    node.kind === 'repeat' &&
    node.body.kind === 'any' &&
    node.min <= 1 &&
    node.max === Number.POSITIVE_INFINITY &&
    node.mode !== 'possessive'
  );
}

function isStart(node: Node): boolean {
  return node.kind === 'assertion' && (node.at === 'begin' || node.at === 'textStart');
}

/** `\Z` is none: a line feed stands behind the line. */
function isEnd(node: Node): boolean {
  return node.kind === 'assertion' && node.at === 'end';
}
