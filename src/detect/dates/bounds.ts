/** What a date pattern is asked to be bounded by. */
export interface Bounds {
  /** `word`: not within a word; `line`: at the start of the line, behind two odd characters at most; `none`: as written. */
  readonly begin: 'word' | 'line' | 'none';
  /** Whether a word must end behind the date. */
  readonly end: boolean;
}

/** A date pattern with its bounds in place. Its group 1 is the date as it is cut out of the line. */
export interface BoundRegex {
  readonly regex: string;
  /** Anchored at the start or the end of the line, so that it can match at one place only. */
  readonly anchored: boolean;
  readonly atLineStart: boolean;
  /** The date is the match up to its end, since the group around it is ours. */
  readonly dateEndsMatch: boolean;
  /** The start-of-line bound that was asked for has been added (the pattern had none of its own). */
  readonly lineBoundAdded: boolean;
}

const globalFlags = /\(\?[a-z]+\)/;
/** Begins with `^` or `**`, alone or in a group: the author set the start himself. */
const ownStart = /^\(*(?:\(\?\w+\))?(?:\(?\^|\(\?:\^|\(*\*\*)/;
/** Ends with `$`, `\b`, `\s` or `**`: the author set the end himself. */
const ownEnd = /(?<!\\)(?:\$\)?|\\b|\\s|\*\*\)*)$/;
/** A numbered group; `(?…)` forms and the condition of `(?(…)…)` are none. */
const numberedGroup = /(?<!\\)(?<!\(\?)\((?!\?)/;
const lineStart = /^(?:\(\?\w+\))?(?:\^|\(\^(?!\|)|\(\?:\^(?!\|))/;
const lineEnd = /(?<![\\|])\$\)?$/;

/**
 * Adds to a date regex what fail2ban adds: a group around the date where there is none, and the bounds, unless the
 * pattern has its own or refuses them with `**`.
 */
export function bindRegex(source: string, bounds: Bounds): BoundRegex {
  const flags = globalFlags.exec(source.trim())?.[0] ?? '';
  let regex = source.trim().replace(flags, '');
  const addBegin = bounds.begin !== 'none' && !ownStart.test(regex);
  const addEnd = bounds.end && !ownEnd.test(regex);
  const dateEndsMatch = !numberedGroup.test(regex);
  if (dateEndsMatch) regex = wrapInGroup(regex);
  // A lookahead would be simpler for the start of the line, but is slow on long lines that do not match.
  if (addBegin) regex = (bounds.begin === 'line' ? '^(?:\\W{0,2})?' : '(?=^|\\b|\\W)') + regex;
  if (addEnd) regex += '(?=\\b|\\W|$)';
  const lineBoundAdded = addBegin && bounds.begin === 'line';
  const atLineStart = lineBoundAdded || lineStart.test(regex);
  return {
    regex: flags + dropStars(regex),
    anchored: atLineStart || lineEnd.test(regex),
    atLineStart,
    dateEndsMatch,
    lineBoundAdded,
  };
}

/** Puts the regex into a group, except for `^` and flags in front and `$` behind. */
function wrapInGroup(regex: string): string {
  const [, front = '', body = '', back = ''] =
    /^((?:\(\?\w+\))?\^?(?:\(\?\w+\))?)([^\n]*?)(\$?)$/.exec(regex) ?? [];
  return `${front}(${body})${back}`;
}

/** Removes the `**` that refused a bound. */
function dropStars(regex: string): string {
  return regex.replace(/^(\(*(?:\(\?\w+\))?\(*)\*\*/, '$1').replace(/(?<!\\)\*\*(\)*)$/, '$1');
}
