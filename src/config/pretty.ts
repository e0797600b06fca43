import { type PythonValue, pythonRepr } from '../base/index.ts';

interface Layout {
  readonly width: number;
  readonly indentStep: number;
}

/** What surrounds a value: its column, the characters that follow it on its last line, and how deep it is nested. */
interface Place {
  readonly indent: number;
  readonly allowance: number;
  readonly level: number;
}

/**
 * Lays a value out as Python 3.11's `pprint.pformat(value, width, indent)` does: what fits stays on one line, longer
 * lists and dicts get a line per item, longer texts are cut at white space. Lists, dicts with text keys, and scalars.
 */
export function pythonPretty(value: PythonValue, width: number, indentStep: number): string {
  return format(value, { width, indentStep }, { indent: 0, allowance: 0, level: 0 });
}

function format(value: PythonValue, layout: Layout, place: Place): string {
  const plain = value instanceof Map ? pythonRepr(sorted(value)) : pythonRepr(value);
  if (length(plain) <= layout.width - place.indent - place.allowance) return plain;
  const inner = { ...place, level: place.level + 1 };
  if (Array.isArray(value)) return formatItems(value, layout, inner);
  if (value instanceof Map) return formatEntries(sorted(value), layout, inner);
  if (typeof value === 'string') return formatText(value, layout, inner);
  return plain;
}

function sorted(value: Map<PythonValue, PythonValue>): Map<PythonValue, PythonValue> {
  return new Map([...value].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}

/** Python counts characters, JavaScript UTF-16 units. */
function length(text: string): number {
  return [...text].length;
}

function formatItems(items: readonly PythonValue[], layout: Layout, place: Place): string {
  const indent = place.indent + layout.indentStep;
  const texts = items.map((item, index) => {
    const isLast = index === items.length - 1;
    return format(item, layout, { indent, allowance: isLast ? place.allowance + 1 : 1, level: place.level });
  });
  return `[${' '.repeat(layout.indentStep - 1)}${texts.join(`,\n${' '.repeat(indent)}`)}]`;
}

function formatEntries(entries: Map<PythonValue, PythonValue>, layout: Layout, place: Place): string {
  const indent = place.indent + layout.indentStep;
  const texts = [...entries].map(([key, item], index) => {
    const name = pythonRepr(key);
    const allowance = index === entries.size - 1 ? place.allowance + 1 : 1;
    return `${name}: ${format(item, layout, { indent: indent + length(name) + 2, allowance, level: place.level })}`;
  });
  return `{${' '.repeat(layout.indentStep - 1)}${texts.join(`,\n${' '.repeat(indent)}`)}}`;
}

/** Line ends of Python's `str.splitlines`. */
const lineEnd = /(?<=\r\n|[\n\v\f\x1c-\x1e\x85\u2028\u2029]|\r(?!\n))/;
/** A run of characters with the white space behind it. */
const word = (): RegExp =>
  /[^\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*/g;

function formatText(text: string, layout: Layout, place: Place): string {
  const isOutermost = place.level === 1;
  const indent = place.indent + (isOutermost ? 1 : 0);
  const allowance = place.allowance + (isOutermost ? 1 : 0);
  const width = layout.width - indent;
  const lines = text.split(lineEnd);
  const chunks = lines.flatMap((line, index) => {
    const isLast = index === lines.length - 1;
    const whole = pythonRepr(line);
    if (length(whole) <= (isLast ? width - allowance : width)) return [whole];
    return wrap(line, width, isLast ? allowance : 0);
  });
  if (chunks.length === 1) return pythonRepr(text);
  const body = chunks.join(`\n${' '.repeat(indent)}`);
  return isOutermost ? `(${body})` : body;
}

/** The words of a line in as few pieces as fit into the width; `allowance` is kept free behind the last word. */
function wrap(line: string, width: number, allowance: number): string[] {
  const words = line.match(word())!.filter((part) => part !== '');
  const chunks: string[] = [];
  let current = '';
  for (const [index, part] of words.entries()) {
    const limit = index === words.length - 1 ? width - allowance : width;
    if (length(pythonRepr(current + part)) <= limit) {
      current += part;
    } else {
      if (current !== '') chunks.push(pythonRepr(current));
      current = part;
    }
  }
  if (current !== '') chunks.push(pythonRepr(current));
  return chunks;
}
