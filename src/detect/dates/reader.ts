import { WarderError } from '../../base/index.ts';
import type { CompileRegex } from '../regex-cache.ts';
import { civilOf, civilYear } from './civil.ts';
import { makeDirectives } from './directives.ts';
import { DateFinder } from './finder.ts';
import { DateTemplate } from './template.ts';
import { makeTemplates } from './templates.ts';
import { zoneOffsetMin } from './zones.ts';

/** A date in a line. */
export interface LineDate {
  /** The part that is cut out of the line; may be empty, where a pattern says that lines have no date. */
  readonly start: number;
  readonly end: number;
  readonly template: DateTemplate;
  /** Seconds since the epoch; undefined when the text is no possible date. */
  readonly timeSec: number | undefined;
  /** The zone is known, from the text or `logtimezone`: fail2ban then has the time as an integer, else as a float. */
  readonly hasZone: boolean;
}

/** Finds and reads the dates of one jail's lines. */
export interface DateReader {
  /** The date in a line, or undefined. Each call counts for the competition of the templates. */
  read(line: string): LineDate | undefined;
  /** The templates in the order in which they are tried now, with their hits. */
  readonly templates: readonly DateTemplate[];
}

/** What a date reader is made of. */
export interface DateReaderOptions {
  readonly datePattern?: string | undefined;
  readonly logTimeZone?: string | undefined;
  readonly nowSec: () => number;
  readonly compile: CompileRegex;
}

/**
 * Makes the date reader of a jail. Throws `DETECT_TIME_ZONE` for an unknown zone, `DETECT_DATE_PATTERN` for a pattern
 * that cannot be read, and the regex engine's error for one that is no regular expression.
 */
export function makeDateReader(options: DateReaderOptions): DateReader {
  const { datePattern, logTimeZone, nowSec, compile } = options;
  const offsetMin = logTimeZone === undefined ? undefined : requireZone(logTimeZone);
  const specs = makeTemplates(datePattern, makeDirectives(civilYear(civilOf(nowSec()))));
  const templates = specs.map(({ spec, weight }) => new DateTemplate(spec, weight, compile));
  // A pattern of the user must fail at once; the defaults are known to be good, and compiled when first needed.
  if (!isDefault(datePattern)) for (const template of templates) template.compiled();
  const finder = new DateFinder(templates, nowSec);
  return {
    read: (line) => {
      const found = finder.find(line);
      if (found === undefined) return undefined;
      const [start, end] = found.template.dateSpan(found.match);
      const timeSec =
        start === end ? undefined : found.template.timeOf(found.match, { nowSec: nowSec(), offsetMin });
      return {
        start,
        end,
        template: found.template,
        timeSec,
        get hasZone() {
          return (
            (found.template.spec.kind === 'fields' && offsetMin !== undefined) ||
            found.template.namesZone(found.match)
          );
        },
      };
    },
    get templates() {
      return finder.templates;
    },
  };
}

function isDefault(datePattern: string | undefined): boolean {
  return datePattern === undefined || /^(?:\{\^LN-BEG\}|\{DEFAULT\})?$/i.test(datePattern.trim());
}

function requireZone(zone: string): number {
  const offset = zoneOffsetMin(zone);
  if (offset === undefined) {
    throw new WarderError('DETECT_TIME_ZONE', `logtimezone "${zone}" is unknown`, {
      hint: 'write an offset such as UTC+0100, or an abbreviation such as CET',
    });
  }
  return offset;
}
