/** A group that a pattern consists of, with what opens and closes it. */
export interface PartGroup {
  readonly open: string;
  readonly body: string;
  readonly close: string;
}

/** One thing after the other that a regex of a filter asks for; a quantifier belongs to what it stands behind. */
export interface PatternPart {
  readonly text: string;
  /** Set where the part is a group that has to match once, so that one can look into it. */
  readonly group?: PartGroup;
}

const quantifier = /[*+?]|\{\d*,?\d*\}/y;
const laziness = /[?+]/y;
const openTag = /<F-[A-Z\d_]+>/y;
const closeTag = /<\/F-[A-Z\d_]+>/y;
const plainTag = /<[A-Z][A-Z\d_-]*\/?>/y;
const groupOpening = /\((?:\?(?:P<\w+>|P=\w+\)|[aimsux-]*[:)]|<?[=!]|>|\(\w+\)|#[^)]*\)))?/y;

/** The alternatives of a pattern, each cut into its parts. Tags such as `<HOST>` are parts, `<F-USER>` opens a group. */
export function alternativesOf(pattern: string): PatternPart[][] {
  const alternatives: PatternPart[][] = [[]];
  for (let at = 0; at < pattern.length; ) {
    if (pattern[at] === '|') {
      alternatives.push([]);
      at += 1;
      continue;
    }
    const atom = atomAt(pattern, at);
    const end = quantifierEnd(pattern, atom.end);
    const { group } = atom;
    alternatives.at(-1)?.push({
      text: pattern.slice(at, end),
      ...(group !== undefined && end === atom.end ? { group } : {}),
    });
    at = end;
  }
  return alternatives;
}

interface Atom {
  readonly end: number;
  readonly group?: PartGroup;
}

function atomAt(pattern: string, at: number): Atom {
  const char = pattern[at];
  if (char === '\\') return { end: Math.min(at + 2, pattern.length) };
  if (char === '[') return { end: classEnd(pattern, at) };
  const opening = matchAt(openTag, pattern, at) ?? matchAt(groupOpening, pattern, at);
  if (opening !== undefined) return groupAt(pattern, at, opening);
  return { end: at + (matchAt(plainTag, pattern, at)?.length ?? 1) };
}

/** What opens a group may also be a whole part by itself: flags, a comment, a reference. */
function groupAt(pattern: string, at: number, open: string): Atom {
  if (open.startsWith('(') && open.endsWith(')') && !open.startsWith('(?(')) return { end: at + open.length };
  const bodyStart = at + open.length;
  let position = bodyStart;
  while (position < pattern.length) {
    const close = pattern[position] === ')' ? ')' : matchAt(closeTag, pattern, position);
    if (close !== undefined) {
      const canBeCut = !/^\(\?(?:<?[=!]|>|\()/.test(open);
      const group = { open, body: pattern.slice(bodyStart, position), close };
      return { end: position + close.length, ...(canBeCut ? { group } : {}) };
    }
    position = atomAt(pattern, position).end;
  }
  return { end: pattern.length };
}

function classEnd(pattern: string, at: number): number {
  let position = at + 1;
  if (pattern[position] === '^') position += 1;
  if (pattern[position] === ']') position += 1;
  while (position < pattern.length && pattern[position] !== ']')
    position += pattern[position] === '\\' ? 2 : 1;
  return Math.min(position + 1, pattern.length);
}

function quantifierEnd(pattern: string, at: number): number {
  const found = matchAt(quantifier, pattern, at);
  if (found === undefined || found === '{}' || found === '{,}') return at;
  const end = at + found.length;
  return end + (matchAt(laziness, pattern, end)?.length ?? 0);
}

function matchAt(expression: RegExp, text: string, at: number): string | undefined {
  expression.lastIndex = at;
  return expression.exec(text)?.[0];
}
