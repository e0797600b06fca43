import type { RequiredLiterals } from '../../pyregex/index.ts';
import type { LineCodec } from '../../source/index.ts';
import type { Rule, RuleSet } from '../rules/index.ts';
import { type Cuts, piecesOf } from './cuts.ts';
import type { Literal } from './literal-scanner.ts';

/** What one rule needs a line to contain. */
export interface RuleNeed {
  readonly rule: Rule;
  /** One of them; undefined: it has to be tried on every line. */
  readonly literals: readonly Literal[] | undefined;
}

/** Which lines a jail has to look at. */
export interface LineNeeds {
  /** Of the failregexes, in their order. */
  readonly rules: readonly RuleNeed[];
  /** Why the jail has to look at every line, for people; undefined where literals tell which. */
  readonly everyLine: string | undefined;
  /** Lines with one of these are told of too, where ignoreregexes are of interest by themselves. */
  readonly ignored: readonly Literal[];
}

/** What `needsOf` has to know of a jail. */
export interface NeedsQuery {
  readonly rules: RuleSet;
  readonly maxLines: number;
  /** Where its dates are cut out of lines. */
  readonly cuts: Cuts;
  readonly codec: LineCodec;
  /** Lines that an ignoreregex may match are wanted too, whether or not a failregex may. */
  readonly withIgnored?: boolean;
}

/**
 * Works out which literals the lines of a jail have to contain. A line without any of them cannot match: what a rule
 * requires stands in the message, and the message in the line, but for the date that was cut out of it (`piecesOf`).
 */
export function needsOf({ rules, maxLines, cuts, codec, withIgnored = false }: NeedsQuery): LineNeeds {
  if (maxLines > 1) return everyLineOf(rules, `maxlines = ${maxLines}: a match may span several lines`);
  if (codec.literalBytes === undefined) {
    return everyLineOf(rules, `the encoding ${codec.name} keeps texts in bytes of its own`);
  }
  const search = (regex: Rule | undefined): readonly Literal[] | undefined =>
    regex === undefined ? undefined : literalsFor(regex.regex.requiredLiterals, cuts, codec);
  const prefix = search(rules.prefix);
  const needs = rules.fail.map((rule) => ({ rule, literals: search(rule) ?? prefix }));
  const ignored = (withIgnored ? rules.ignore : []).map((rule) => ({ rule, literals: search(rule) }));
  const reason = ' requires no text that could be looked for';
  const without = needs.find(({ literals }) => literals === undefined)?.rule;
  const ignoredWithout = ignored.find(({ literals }) => literals === undefined)?.rule;
  let everyLine: string | undefined;
  if (without !== undefined) everyLine = `failregex ${without.index + 1}${reason}`;
  else if (ignoredWithout !== undefined) everyLine = `ignoreregex ${ignoredWithout.index + 1}${reason}`;
  return { rules: needs, everyLine, ignored: ignored.flatMap(({ literals }) => literals ?? []) };
}

/** Every rule is tried on every line. */
export function everyLineOf(rules: RuleSet, reason: string): LineNeeds {
  return { rules: rules.fail.map((rule) => ({ rule, literals: undefined })), everyLine: reason, ignored: [] };
}

/** Shorter ones are in every line, and cannot be looked for two bytes at a time. */
const shortestLiteral = 2;
/** Of a literal with letters beyond ASCII, a part of ASCII that is that long is as good. */
const longEnough = 4;
const isForeign = /[^\x00-\x7f]/;

function literalsFor(
  required: RequiredLiterals | null,
  cuts: Cuts,
  codec: LineCodec,
): readonly Literal[] | undefined {
  if (required === null) return undefined;
  const found: Literal[] = [];
  for (const piece of required.literals.flatMap((literal) => piecesOf(literal, cuts))) {
    const text = simplePart(piece, required.ignoreCase);
    const bytes = codec.literalBytes?.(text);
    if (bytes === undefined || bytes.length < shortestLiteral) return undefined;
    found.push({ bytes, ignoreCase: required.ignoreCase, isForeign: isForeign.test(text) });
  }
  return found;
}

/** A part of a literal that is all ASCII, or as it is in the bytes whatever the case of ASCII letters. */
function simplePart(literal: string, ignoreCase: boolean): string {
  if (!isForeign.test(literal)) return literal;
  const ascii = longest(literal.split(/[^\x00-\x7f]+/));
  if (ascii.length >= longEnough) return ascii;
  return ignoreCase && /[a-z]/.test(literal) ? longest(literal.split(/[\x00-\x7f]+/)) : literal;
}

function longest(texts: readonly string[]): string {
  return texts.reduce((best, text) => (text.length > best.length ? text : best), '');
}
