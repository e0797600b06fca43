import type { DateReader } from '../dates/index.ts';

type TemplateSpec = DateReader['templates'][number]['spec'];

/**
 * Where the date of a line is cut out, what stood before it and what stood behind it become neighbours for the rules. So a
 * literal of a rule may be in the message and not in the line: `] [` for `[Nov 22 15:28:49] [error]`. What is known
 * about the dates of a jail says where in a literal that can be.
 */
export interface Cuts {
  /** Some dates begin the line, behind two odd characters at most. */
  readonly atStart: boolean;
  /** Some stand anywhere, and a word ends with them. */
  readonly atWordEnd: boolean;
  /** Of some nothing is known. */
  readonly anywhere: boolean;
}

/** The date is all of the pattern, at the start of the line. */
const begins = /^(?:\(\?\w+\))?\^(?:\(\?:\\W\{0,2\}\)\?)?\(/;
/** Patterns that end with a digit or a letter, whatever is left out of them. */
const optionalEnd = /\(\?:(?:\[\.,\]|\\\.| |\\s\*)%(?:f|z|Exz|ExY)\)\?$/;
const wordEnd = /(?:%(?:f|z|Exz|S|ExS|Y|ExY|p)|^(?:\{\^LN-BEG\}|\^)?(?:L?EPOCH|TAI64N))$/i;
/** Something without groups, and the date in one: `^[^\[]*\[(…)`. */
const dateInGroup = /^[^()%]+\((.*)\)$/s;

/** What the date templates of a jail say. */
export function cutsOf(templates: Iterable<TemplateSpec>): Cuts {
  let atStart = false;
  let atWordEnd = false;
  let anywhere = false;
  for (const spec of templates) {
    const isWhole = spec.kind !== 'fields' || spec.bound.dateEndsMatch;
    if (isWhole && begins.test(spec.bound.regex)) atStart = true;
    else if (endsAtWord(spec)) atWordEnd = true;
    else anywhere = true;
  }
  return { atStart, atWordEnd, anywhere };
}

/** Whether the character behind the date cannot belong to a word. */
function endsAtWord({ source, bound }: TemplateSpec): boolean {
  if (!bound.regex.endsWith('(?=\\b|\\W|$)')) return false;
  const body = dateInGroup.exec(source)?.[1];
  if (body !== undefined && isBalanced(body)) {
    // Within a line, the start of a line is nowhere.
    return body.startsWith('^') || endsInWord(body);
  }
  return (bound.dateEndsMatch || /EPOCH$/i.test(source)) && endsInWord(source);
}

function endsInWord(pattern: string): boolean {
  let rest = pattern;
  while (optionalEnd.test(rest)) rest = rest.replace(optionalEnd, '');
  return wordEnd.test(rest);
}

/** Whether no group of what stands outside is closed within. */
function isBalanced(body: string): boolean {
  let depth = 0;
  for (const char of body.replace(/\\.|\[\]?[^\]]*\]/gs, '')) {
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** Pieces of a literal: a line whose message contains the literal contains at least one of them, wherever its date stands. */
export function piecesOf(literal: string, cuts: Cuts): readonly string[] {
  // A line feed is in no line; only the end that is put behind a message may hold it.
  const [text = ''] = literal.split(/[\r\n]+/).sort((a, b) => b.length - a.length);
  const places = placesOf(text, cuts);
  if (places.length === 0) return [text];
  const edges = [0, ...places, text.length];
  // Cut at a place, everything on either side of it is left. So what lies between two neighbouring places always is.
  let whole = '';
  for (let index = 0; index + 1 < edges.length; index += 1) {
    const part = text.slice(edges[index], edges[index + 1]);
    if (part.length > whole.length) whole = part;
  }
  // Two longer texts tell lines apart better than one word, and cost hardly more.
  const pair = pairOf(text, places);
  return shortest(pair) > whole.length ? pair : [whole];
}

/** The two pieces of which each cut leaves one, chosen so that the shorter one is as long as possible. */
function pairOf(text: string, places: readonly number[]): readonly string[] {
  let best: readonly string[] = [];
  for (let split = 0; split <= places.length; split += 1) {
    // Cuts up to here leave the end, later ones the start.
    const end = split === 0 ? [] : [text.slice(places[split - 1])];
    const start = split === places.length ? [] : [text.slice(0, places[split])];
    const pair = [...end, ...start];
    if (shortest(pair) > shortest(best)) best = pair;
  }
  return best;
}

function shortest(texts: readonly string[]): number {
  return texts.length === 0 ? 0 : Math.min(...texts.map(({ length }) => length));
}

/** Where a date may have stood in a literal: before which of its characters. */
function placesOf(text: string, cuts: Cuts): number[] {
  const places: number[] = [];
  for (let at = 1; at < text.length; at += 1) {
    const startsLine = cuts.atStart && at <= 2 && !holdsWord(text.slice(0, at));
    if (cuts.anywhere || startsLine || (cuts.atWordEnd && !isWord(text[at]!))) places.push(at);
  }
  return places;
}

/** Certainly a character of a word; beyond ASCII we do not ask. */
function isWord(char: string): boolean {
  return /^[A-Za-z0-9_]$/.test(char);
}

function holdsWord(text: string): boolean {
  return /[A-Za-z0-9_]/.test(text);
}
