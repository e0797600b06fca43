import { WarderError } from '../base/index.ts';
import type { Origin } from './types.ts';

/** `<name>`: no space and no further bracket inside, so the innermost of nested tags is found first. */
const tagPattern = (): RegExp => /<([^ <>]+)>/g;

/** As often one tag may be replaced inside one value; more comes from a circle. */
const mostReplacements = 25;
/** A value of this many characters comes from an accident or an attack. */
const longestValue = 1_048_576;
/** Characters that may be searched and copied for one set of values. */
const mostWork = 33_554_432;

/** What the values themselves do not know. */
export interface TagContext {
  /** The value of a tag that is none of the values. */
  readonly lookUp: (tag: string) => string | undefined;
  /** Where a value was written, for errors. */
  readonly originOf?: (name: string) => Origin | undefined;
}

/** Values by name; `null` is one that has no value. */
export type TagValues = Map<string, string | null>;

/**
 * Replaces every `<tag>` in the values by the value of that name, again and again, so that a tag may be made of tags
 * (`<a-<b>>`). Tags in `ignored` stay, here and as values; so do those that neither the values nor the context know,
 * since actions and regexes have tags of their own. Follows the tag substitution of fail2ban 1.0.2. Throws
 * `CONFIG_CIRCULAR_TAG` or `CONFIG_VALUE_TOO_LONG`.
 */
export function substituteTags(
  values: TagValues,
  ignored: ReadonlySet<string>,
  context: TagContext,
): TagValues {
  const result: TagValues = new Map(values);
  const counts = new Map<string, Map<string, number>>();
  const budget = { work: mostWork };
  for (let again = true; again; ) {
    again = false;
    for (const [name, value] of result) {
      if (value === null || ignored.has(name) || !value.includes('<')) continue;
      const count = counts.get(name) ?? new Map<string, number>();
      const origin = context.originOf?.(name);
      const replaced = replaceTags({ name, value, count, budget, origin }, (tag) =>
        ignored.has(tag) ? undefined : (result.get(tag) ?? context.lookUp(tag)),
      );
      if (replaced === value) continue;
      result.set(name, replaced);
      if (tagPattern().test(replaced)) {
        counts.set(name, count);
        again = true;
      }
    }
  }
  return result;
}

interface Pass {
  readonly name: string;
  readonly value: string;
  /** How often each tag was replaced in this value before. */
  readonly count: Map<string, number>;
  readonly budget: { work: number };
  readonly origin: Origin | undefined;
}

/** One pass over one value. What takes a tag's place is searched in the same pass, what arises around it in the next. */
function replaceTags(pass: Pass, find: (tag: string) => string | undefined): string {
  const { name, count, budget, origin } = pass;
  const pattern = tagPattern();
  let text = pass.value;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const tag = match[1]!;
    const replacement = find(tag);
    if (replacement === undefined) continue;
    const times = count.get(tag) ?? 0;
    if (tag === name || times > mostReplacements) {
      const message = `tag <${tag}> leads in a circle in the value of ${name}`;
      throw new WarderError('CONFIG_CIRCULAR_TAG', message, { ...origin });
    }
    text = text.replaceAll(match[0], () => replacement);
    budget.work -= text.length + match[0].length;
    if (text.length > longestValue || budget.work < 0) {
      const message = `value of ${name} grows too long by its tags`;
      throw new WarderError('CONFIG_VALUE_TOO_LONG', message, { ...origin });
    }
    count.set(tag, times + 1);
    pattern.lastIndex = match.index;
  }
  return text;
}
