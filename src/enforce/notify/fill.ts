import { WarderError } from '../../base/index.ts';
import { fieldName, type TagValues } from '../shell-command.ts';
import { tagPattern } from '../tags.ts';

/**
 * Fills in the values of one ban, each made fit for its place by `fit`. They are never looked into for further tags; a
 * tag that nobody knows stays as it is.
 */
export function fillText(template: string, tags: TagValues, fit: (value: string) => string): string {
  return template.replace(tagPattern, (tag, name: string) => {
    const value = tagValue(name, tags);
    return value === undefined ? tag : fit(value);
  });
}

/**
 * Fills a JSON template. Its structure is fixed before any value is looked at: a tag within a string becomes part of that
 * string, a tag that stands where a value would is a number, or a string for what is no number. Throws `NOTIFY_JSON`.
 */
export function fillJson(template: string, tags: TagValues, fit: (value: string) => string): string {
  return JSON.stringify(fillValue(parseTemplate(template), tags, fit));
}

/** Marks, within a string of the template, a tag that stood outside of strings. */
const bareMark = '\u0000';

function parseTemplate(template: string): unknown {
  try {
    return JSON.parse(quoteBareTags(template));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WarderError('NOTIFY_JSON', `the template of a notice is no JSON: ${why.slice(0, 200)}`, {
      hint: 'a quotation mark or backslash in a parameter must be written as JSON has it; tags stand within strings, or alone for numbers',
      cause,
    });
  }
}

/** Line ends in the template's own strings, which the configuration's format makes easy to write, are taken for what they say. */
function quoteBareTags(template: string): string {
  return template.replace(/"(?:[^"\\]|\\[\s\S])*"|<([^ <>]+)>/g, (part, name: string | undefined) =>
    name === undefined ? part.replaceAll('\n', '\\n').replaceAll('\t', '\\t') : `"\\u0000<${name}>"`,
  );
}

function fillValue(value: unknown, tags: TagValues, fit: (value: string) => string): unknown {
  if (typeof value === 'string') {
    if (!value.startsWith(bareMark)) return fillText(value, tags, fit);
    const text = fillText(value.slice(bareMark.length), tags, fit);
    return /^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9})?$/.test(text) ? Number(text) : text;
  }
  if (Array.isArray(value)) return value.map((item) => fillValue(item, tags, fit));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillValue(item, tags, fit)]));
}

/** What a tag stands for; a field that the filter did not capture is empty. */
function tagValue(name: string, tags: TagValues): string | undefined {
  const field = /^F-([A-Z0-9_-]+)$/.exec(name)?.[1];
  return field === undefined ? tags.value(name) : (tags.field(fieldName(field)) ?? '');
}

/** Names of the tags in a text. */
export function tagsIn(text: string): ReadonlySet<string> {
  return new Set(Array.from(text.matchAll(tagPattern), (match) => match[1] ?? ''));
}
