import type { HostNames } from '../host-names.ts';
import { namesFor } from '../name-tags.ts';
import type { TagValues } from '../shell-command.ts';
import type { Details } from './details.ts';
import { fillText, tagsIn } from './fill.ts';
import { limits } from './limits.ts';
import { isoDate, mailDate, zoneOf } from './message.ts';
import type { Notice, NoticeProperties } from './notice.ts';
import { lastLines, readable } from './text.ts';

export interface ValuesParts {
  readonly details: Details;
  readonly names: HostNames;
}

const lineTags: ReadonlySet<string> = new Set(['matches', 'ipmatches', 'ipjailmatches', 'log-lines']);

/**
 * Everything that the tags in `templates` stand for, looked up where that is needed, and bounded. `extra` are tags of the notice's own
 * (a digest, what was found before).
 */
export async function valuesFor(
  templates: readonly string[],
  notice: Notice,
  properties: NoticeProperties,
  parts: ValuesParts,
  signal: AbortSignal,
  extra: ReadonlyMap<string, string> = new Map(),
): Promise<TagValues> {
  const all = templates.join('\n');
  const names = await namesFor(all, notice.ip, parts.names);
  const found = await parts.details.find(tagsIn(all), {
    ip: notice.ip,
    property: (name) => resolved(properties.either(name), notice, names),
    mostLines: properties.mostLines,
    signal,
  });
  const own = new Map([...found, ...extra]);
  const tags = withTimes(notice, names);
  const mostBytes = properties.number('longest', limits.valueBytes, limits.valueBytes);
  const bounded: TagValues = {
    value(tag) {
      const text = own.get(tag) ?? tags.value(tag);
      if (text === undefined) return undefined;
      return readable(lineTags.has(tag) ? lastLines(text, properties.mostLines) : text, mostBytes);
    },
    field(name) {
      const text = tags.field(name);
      return text === undefined ? undefined : readable(text, mostBytes);
    },
  };
  return withOwnTexts(bounded, properties);
}

/** Of a template that says how to look something up: only what is known without looking, and is safe in a name. */
function resolved(template: string, notice: Notice, names: ReadonlyMap<string, string>): string {
  const tags = notice.tags(names);
  return template.replace(
    /<(ip-rev|fq-hostname|sh-hostname)>/g,
    (tag, name: string) => tags.value(name) ?? tag,
  );
}

/** The tags of a ban, and its time in the forms that mails and services want. */
export function withTimes(notice: Notice, names: ReadonlyMap<string, string>): TagValues {
  const tags = notice.tags(names);
  const { timeSec } = notice;
  const times = new Map([
    ['time-iso', () => isoDate(timeSec)],
    ['time-local', () => isoDate(timeSec, ' ')],
    ['time-rfc', () => mailDate(timeSec)],
    ['time-zone', () => zoneOf(timeSec)],
  ]);
  return {
    value: (tag) => times.get(tag)?.() ?? tags.value(tag),
    field: (name) => tags.field(name),
  };
}

/** Texts of the notice's own that templates may have a tag for: `<message>` is `ban_message` in a notice named `ban`. */
export const ownTexts = ['message', 'event'];

function withOwnTexts(tags: TagValues, properties: NoticeProperties): TagValues {
  return {
    value(tag) {
      const template = ownTexts.includes(tag) ? properties.own(tag) : '';
      return template === '' ? tags.value(tag) : fillText(template, tags, (value) => value);
    },
    field: (name) => tags.field(name),
  };
}
