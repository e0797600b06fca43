import { WarderError } from '../../base/index.ts';
import type { CompileRegex } from '../regex-cache.ts';
import { civilOf, civilYear } from './civil.ts';
import { makeDirectives } from './directives.ts';
import { DateFinder } from './finder.ts';
import { DateParts, MinuteTimes, noZone, TextBytes } from './quick/index.ts';
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

/** A date that was read without a regex. The same object is filled anew by the next call. */
export interface QuickDate {
  /** Where the date stands in the bytes that were given. */
  readonly start: number;
  readonly end: number;
  readonly timeSec: number;
  readonly hasZone: boolean;
}

/** Finds and reads the dates of one jail's lines. */
export interface DateReader {
  /** The date in a line, or undefined. Each call counts for the competition of the templates. */
  read(line: string): LineDate | undefined;
  /**
   * The same for a line that is still bytes, of an encoding that keeps ASCII as it is: finds and counts what `read` would,
   * where the template that won last has a plain spelling and the line is one of it. Undefined, and nothing
   * has happened, for everything else: then `read` is to be called. `start` and `end` (exclusive) are those of the line.
   */
  readBytes(bytes: Uint8Array, start: number, end: number, nowSec: number): QuickDate | undefined;
  /** The templates in the order in which they are tried now, with their hits. */
  readonly templates: readonly DateTemplate[];
}

/** What a date reader is made of. */
export interface DateReaderOptions {
  readonly datePattern?: string | undefined;
  readonly logTimeZone?: string | undefined;
  readonly nowSec: () => number;
  readonly compile: CompileRegex;
  /** Dates are read by the templates' regexes alone; for tests. */
  readonly isSlow?: boolean;
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
  return new TemplateReader(templates, offsetMin, nowSec, options.isSlow !== true);
}

class TemplateReader implements DateReader {
  readonly #finder: DateFinder;
  readonly #offsetMin: number | undefined;
  readonly #nowSec: () => number;
  readonly #isQuick: boolean;
  readonly #times: MinuteTimes;
  readonly #parts = new DateParts();
  readonly #text = new TextBytes();
  readonly #found = { start: 0, end: 0, timeSec: 0, hasZone: false };

  constructor(
    templates: readonly DateTemplate[],
    offsetMin: number | undefined,
    nowSec: () => number,
    isQuick: boolean,
  ) {
    this.#finder = new DateFinder(templates, nowSec);
    this.#offsetMin = offsetMin;
    this.#nowSec = nowSec;
    this.#isQuick = isQuick;
    this.#times = new MinuteTimes(offsetMin);
  }

  get templates(): readonly DateTemplate[] {
    return this.#finder.templates;
  }

  read(line: string): LineDate | undefined {
    return this.#readText(line) ?? this.#readByRegex(line);
  }

  readBytes(bytes: Uint8Array, start: number, end: number, nowSec: number): QuickDate | undefined {
    const parts = this.#parts;
    if (!this.#isQuick || !this.#finder.recognise(bytes, start, end, parts)) return undefined;
    return this.#accept(bytes, start, end, nowSec);
  }

  #readText(line: string): LineDate | undefined {
    const template = this.#isQuick ? this.#finder.quickTemplate : undefined;
    if (template?.quick === undefined) return undefined;
    const text = this.#text;
    text.take(line, template.quick.reach);
    if (!this.#finder.recognise(text.bytes, 0, text.end, this.#parts)) return undefined;
    if (!text.isSafe(this.#parts.end)) return undefined;
    const found = this.#accept(text.bytes, 0, text.end, this.#nowSec());
    if (found === undefined) return undefined;
    return { start: found.start, end: found.end, template, timeSec: found.timeSec, hasZone: found.hasZone };
  }

  /** Counts the date that was recognised, unless there is no such time. */
  #accept(bytes: Uint8Array, start: number, end: number, nowSec: number): QuickDate | undefined {
    const parts = this.#parts;
    const timeSec = this.#times.timeOf(parts, nowSec);
    if (Number.isNaN(timeSec)) return undefined;
    this.#finder.acceptQuick(bytes, start, end, parts, nowSec);
    const found = this.#found;
    found.start = parts.start;
    found.end = parts.end;
    found.timeSec = timeSec;
    found.hasZone =
      parts.zoneMin !== noZone || (this.#offsetMin !== undefined && Number.isNaN(parts.epochSec));
    return found;
  }

  #readByRegex(line: string): LineDate | undefined {
    const found = this.#finder.find(line);
    if (found === undefined) return undefined;
    const { template, match } = found;
    const [start, end] = template.dateSpan(match);
    const offsetMin = this.#offsetMin;
    const timeSec = start === end ? undefined : template.timeOf(match, { nowSec: this.#nowSec(), offsetMin });
    return {
      start,
      end,
      template,
      timeSec,
      get hasZone() {
        return (template.spec.kind === 'fields' && offsetMin !== undefined) || template.namesZone(match);
      },
    };
  }
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
