import { WarderError } from '../base/index.ts';
import { isSpace, skipSpace, strip, stripEnd } from './python-text.ts';

/** A name with its options: `iptables[port="22,80"]`. */
export interface OptionList {
  /** Everything before the bracket, a trailing space included, as fail2ban takes it. */
  readonly name: string;
  readonly options: Map<string, string>;
}

const excerptLength = 25;
/** Characters that may be looked at to find the end of a list, and readings of one value that are tried. */
const mostSteps = 1_000_000;
const mostReadings = 100;
/** Names of options; a condition behind a question mark is the form that release 1.1 brought. */
const optionName = (): RegExp => /([\p{L}\p{N}_.-]+(?:\?[\p{L}\p{N}_]+=[\p{L}\p{N}_-]+)?)=/uy;

/**
 * Reads `name[a=b, c="d, e", f?family=inet6='g'][h=i]`: values may be quoted, and must be where they hold a comma or a
 * closing bracket; of an option that appears twice the last value counts. Throws `CONFIG_OPTION_LIST` with fail2ban's
 * own words, which a client gets to see in the stream.
 */
export function parseOptionList(text: string): OptionList {
  const bracket = text.indexOf('[');
  if (bracket < 0 && text !== '') return { name: text, options: new Map() };
  const list = bracket < 0 ? '' : stripEnd(text.slice(bracket));
  if (bracket <= 0 || list.length < 2 || !list.endsWith(']'))
    throw new WarderError('CONFIG_OPTION_LIST', 'unexpected option syntax');
  return { name: text.slice(0, bracket), options: parseOptions(list.slice(1, -1)) };
}

function parseOptions(text: string): Map<string, string> {
  const options = new Map<string, string>();
  let position = 0;
  while (position < text.length) {
    const name = nameAt(text, skipSpace(text, position));
    if (name === undefined) {
      const rest = text[position] === ',' ? position + 1 : position;
      if (skipSpace(text, rest) === text.length) break;
      const place = `${countCharacters(text, position)}: ${excerpt(text, position)}`;
      throw new WarderError('CONFIG_OPTION_LIST', `expected option, wrong syntax at ${place}`);
    }
    const value = valueAt(text, name.end);
    options.set(name.text, strip(value.text));
    const next = afterSeparator(text, value.end);
    if (next === undefined) {
      const place = `${countCharacters(text, value.end)} after option '${name.text}'`;
      throw new WarderError(
        'CONFIG_OPTION_LIST',
        `unexpected syntax at ${place}: ${excerpt(text, value.end)}`,
      );
    }
    position = next;
  }
  return options;
}

/** The option's name at the position; `end` lies behind the equals sign. */
function nameAt(text: string, position: number): { text: string; end: number } | undefined {
  const pattern = optionName();
  pattern.lastIndex = position;
  const match = pattern.exec(text);
  return match === null ? undefined : { text: match[1]!, end: position + match[0].length };
}

/** A quoted value, or, where no quote closes, everything up to a comma or closing bracket. */
function valueAt(text: string, position: number): { text: string; end: number } {
  const closing = closingQuote(text, position);
  if (closing >= 0) return { text: text.slice(position + 1, closing), end: closing + 1 };
  const end = endOfBareValue(text, position);
  return { text: text.slice(position, end), end };
}

/** Index of the quote that closes the one at the position; -1 when none stands there or none closes it. */
function closingQuote(text: string, position: number): number {
  const quote = text[position];
  return quote === '"' || quote === "'" ? text.indexOf(quote, position + 1) : -1;
}

function endOfBareValue(text: string, position: number): number {
  let end = position;
  while (end < text.length && text[end] !== ',' && text[end] !== ']') end++;
  return end;
}

/** Behind a comma, behind `][`, or at the end. */
function afterSeparator(text: string, position: number): number | undefined {
  if (text[position] === ',') return position + 1;
  if (text[position] === ']') {
    const bracket = skipSpace(text, position + 1);
    return text[bracket] === '[' ? bracket + 1 : undefined;
  }
  const isEnd = position === text.length || (position === text.length - 1 && text[position] === '\n');
  return isEnd ? text.length : undefined;
}

/** Python counts characters, JavaScript UTF-16 units. */
function countCharacters(text: string, end: number): number {
  return [...text.slice(0, end)].length;
}

function excerpt(text: string, from: number): string {
  return [...text.slice(from, from + 2 * excerptLength)].slice(0, excerptLength).join('');
}

/**
 * Splits the value of `action` into one text per action. White space separates them, but not inside the brackets of
 * a well-formed option list. Each text is for parseOptionList; `index` is where it begins.
 */
export function splitOptionLists(text: string): { text: string; index: number }[] {
  const parts: { text: string; index: number }[] = [];
  for (let from = skipSpace(text, 0); from < text.length; from = skipSpace(text, from)) {
    const end = endOfPart(text, from);
    parts.push({ text: text.slice(from, end), index: from });
    from = end;
  }
  return parts;
}

function endOfPart(text: string, from: number): number {
  let end = from;
  while (end < text.length && text[end] !== '[' && !isSpace(text[end])) end++;
  const bracket = skipSpace(text, end);
  if (end > from && text[bracket] === '[') {
    const close = endOfLists(text, skipSpace(text, bracket + 1));
    if (close !== undefined) return close;
  }
  if (end === text.length || isSpace(text[end])) return end;
  while (end < text.length && !isSpace(text[end])) end++;
  return end;
}

/**
 * Behind the bracket that closes the list whose options begin at `start`, provided that white space or the end
 * follows it. What looks like a quoted value may turn out to be a plain one later on, and the other way round; so all
 * readings are tried, each position once, until one leads to the end or the budget is spent.
 */
function endOfLists(text: string, start: number): number | undefined {
  const pending = [start];
  const seen = new Set<number>();
  let budget = mostSteps;
  while (pending.length > 0 && budget > 0) {
    const position = pending.pop()!;
    if (seen.has(position)) continue;
    seen.add(position);
    const name = nameAt(text, position);
    if (name === undefined) {
      const behind = position + 1;
      if (text[position] === ']' && (behind === text.length || isSpace(text[behind]))) return behind;
      continue;
    }
    const closing = closingQuote(text, name.end);
    const bareEnd = endOfBareValue(text, name.end);
    budget -= bareEnd - position + 1;
    // What is pushed last is tried first: the quoted reading, then the longest plain one.
    pending.push(...quotedOptions(text, name.end, bareEnd));
    pending.push(...afterOption(text, bareEnd));
    if (closing >= 0) pending.push(...afterOption(text, closing + 1));
  }
  return undefined;
}

/** Inside of what may be a plain value: where an option with a quoted value could begin. */
function quotedOptions(text: string, from: number, to: number): number[] {
  const region = text.slice(from, to);
  return [...region.matchAll(/[\p{L}\p{N}_.-]=["']/gu)]
    .map((match) => from + match.index)
    .filter((index) => closingQuote(text, nameAt(text, index)!.end) >= 0)
    .slice(-mostReadings);
}

/** Where the list may go on behind a value. */
function afterOption(text: string, end: number): number[] {
  const next = skipSpace(text, end);
  if (text[next] === ',') return [skipSpace(text, next + 1)];
  if (text[next] !== ']') return [next];
  const bracket = skipSpace(text, next + 1);
  return text[bracket] === '[' ? [next, skipSpace(text, bracket + 1)] : [next];
}
