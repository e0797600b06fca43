import { WarderError } from '../../base/index.ts';
import { type BoundRegex, type Bounds, bindRegex } from './bounds.ts';
import { type Directive, wordFields } from './directives.ts';

/** How the text of a match becomes a time. */
export type DateKind = 'fields' | 'epoch' | 'long-epoch' | 'tai64n';

/** A date template before it is compiled. */
export interface TemplateSpec {
  /** fail2ban's name of it, which reports show. */
  readonly name: string;
  /** The pattern as written; absent for the epoch and TAI64N templates, which are known by name. */
  readonly pattern?: string;
  /** The line of the setting that it was made of. */
  readonly source: string;
  readonly kind: DateKind;
  readonly bound: BoundRegex;
  /** The group that holds the number of an epoch template; 1 otherwise. */
  readonly valueGroup: number;
}

const lineStartMark = '{^LN-BEG}';
const unboundMark = '{UNB}';
const epochTag = /(?<!\\)\{L?EPOCH\}/i;
const secondsPattern = '\\d{10,11}\\b(?:\\.\\d{3,6})?';
const longSecondsPattern = '\\d{10,11}(?:\\d{3}(?:\\.\\d{1,6}|\\d{3})?)?';

/**
 * Makes a template of one line of `datepattern`: a strptime pattern, a regex with `{EPOCH}` or `{LEPOCH}` in it, or one
 * of the words `Epoch`, `LEpoch`, `TAI64N` (each also with `^` or `{^LN-BEG}` in front, in any case).
 *
 * Throws `DETECT_DATE_PATTERN` with the index of a `%` that begins no known directive.
 */
export function makeSpec(pattern: string, directives: ReadonlyMap<string, Directive>): TemplateSpec {
  const key = pattern.includes('%') ? pattern : pattern.toUpperCase();
  if (key.includes('EPOCH') && epochTag.test(pattern)) {
    return embeddedEpochSpec(pattern, key.includes('LEPOCH'));
  }
  const mark = key.startsWith(lineStartMark) ? lineStartMark : key.startsWith('^') ? '^' : '';
  const word = key.slice(mark.length);
  const atStart = mark !== '';
  if (word === 'EPOCH' || word === 'LEPOCH') return epochSpec(pattern, word === 'LEPOCH', atStart);
  if (word === 'TAI64N') return tai64nSpec(pattern, atStart);
  return fieldsSpec(pattern, directives);
}

/** A pattern without its own bounds, to be put into another one. */
export function unboundPattern(pattern: string): string {
  let rest = pattern.startsWith(unboundMark) ? pattern.slice(unboundMark.length) : pattern;
  if (rest.startsWith(lineStartMark)) rest = rest.slice(lineStartMark.length);
  return rest;
}

function fieldsSpec(pattern: string, directives: ReadonlyMap<string, Directive>): TemplateSpec {
  let rest = pattern;
  let bounds: Bounds = { begin: 'word', end: true };
  if (rest.startsWith(unboundMark)) {
    rest = rest.slice(unboundMark.length);
    bounds = { begin: 'none', end: false };
  } else if (rest.startsWith(lineStartMark)) {
    rest = rest.slice(lineStartMark.length);
    bounds = { begin: 'line', end: true };
  }
  const { regex, name } = expandDirectives(rest, directives);
  const bound = bindRegex(regex, bounds);
  return { name: nameOf(name, bound), pattern, source: pattern, kind: 'fields', bound, valueGroup: 1 };
}

function expandDirectives(
  pattern: string,
  directives: ReadonlyMap<string, Directive>,
): { regex: string; name: string } {
  let regex = '';
  let name = '';
  let ignoreCase = false;
  for (let at = 0; at < pattern.length; ) {
    const char = pattern[at]!;
    if (char !== '%') {
      regex += char;
      name += char;
      at += 1;
      continue;
    }
    const exact = pattern.slice(at + 1, at + 4);
    const key = directives.has(exact) ? exact : pattern.slice(at + 1, at + 2);
    const directive = directives.get(key);
    if (directive === undefined) {
      throw new WarderError(
        'DETECT_DATE_PATTERN',
        `datepattern "${pattern}": "%${key}" is no date directive`,
        {
          index: at,
          hint: 'write %% for a percent sign',
        },
      );
    }
    regex += directive.regex;
    name += directive.label;
    ignoreCase ||= wordFields.has(key);
    at += 1 + key.length;
  }
  return { regex: ignoreCase ? `(?iu)${withPlainSeparator(regex)}` : regex, name };
}

/**
 * A separator without letters is the same in any case; saying so lets V8 run the regex, which cannot refer back to a
 * group as Python does where case is ignored.
 */
function withPlainSeparator(regex: string): string {
  if (!regex.includes('(?P<_sep>[-/])')) return regex;
  return regex.replaceAll('(?P=_sep)', '(?-i:(?P=_sep))');
}

/**
 * Seconds since the epoch as a word of their own: at the start of the line, perhaps in square brackets, or as in audit
 * logs behind `audit(`.
 */
function epochSpec(source: string, long: boolean, atLineStart: boolean): TemplateSpec {
  const number = long ? longSecondsPattern : secondsPattern;
  const place = atLineStart ? '' : '(?:^|(?<=^\\[)|(?<=\\baudit\\())';
  const bound = bindRegex(`(${place}${number})`, { begin: atLineStart ? 'line' : 'none', end: true });
  const kind = long ? 'long-epoch' : 'epoch';
  return { name: nameOf(long ? 'LongEpoch' : 'Epoch', bound), source, kind, bound, valueGroup: 1 };
}

/** Seconds since the epoch within a regex; the whole match is cut out of the line. */
function embeddedEpochSpec(pattern: string, long: boolean): TemplateSpec {
  const number = `(${long ? longSecondsPattern : secondsPattern})`;
  const regex = pattern.replace(new RegExp(epochTag, 'gi'), () => number);
  const bound = bindRegex(`(${regex})`, { begin: 'word', end: true });
  return {
    name: nameOf(pattern, bound),
    source: pattern,
    kind: long ? 'long-epoch' : 'epoch',
    bound,
    valueGroup: 2,
  };
}

function tai64nSpec(source: string, atLineStart: boolean): TemplateSpec {
  const bound = bindRegex('@[0-9a-f]{24}', { begin: atLineStart ? 'line' : 'none', end: true });
  return { name: nameOf('TAI64N', bound), source, kind: 'tai64n', bound, valueGroup: 1 };
}

function nameOf(name: string, bound: BoundRegex): string {
  return bound.lineBoundAdded && !name.startsWith(lineStartMark) ? lineStartMark + name : name;
}
