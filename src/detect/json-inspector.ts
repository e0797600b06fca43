import { WarderError } from '../base/index.ts';
import { createTextInspector, type DetectDeps, type Inspector, type InspectorOptions } from './inspector.ts';
import { type JsonFormat, jsonLine, parseLogFormat } from './json/index.ts';
import { excerptOf } from './line-dater.ts';
import { everyLineOf } from './prefilter/index.ts';
import type { FilterSettings } from './types.ts';
import { WarnOnce } from './warn-once.ts';

/** What a line without a JSON object is for the rules: nothing. */
const noLine = '-';

/**
 * Makes the inspector of a filter, whose log holds plain text or, with `logformat = json[…]`, JSON objects. Throws
 * `DETECT_RULE`, `DETECT_DATE_PATTERN`, `DETECT_TIME_ZONE` or `DETECT_LOG_FORMAT` for settings that cannot work, and the
 * regex engine's error for a date pattern that is no regular expression.
 */
export function createInspector(
  settings: FilterSettings,
  options: InspectorOptions,
  deps: DetectDeps,
): Inspector {
  const format = settings.logFormat === undefined ? undefined : parseLogFormat(settings.logFormat);
  if (format === undefined) return createTextInspector(settings, options, deps);
  const inner = createTextInspector(settingsFor(settings, format), options, deps);
  const warn = new WarnOnce(settings.jail, deps.logger);
  const rewritten = (text: string, isTimed: boolean): string => {
    const line = jsonLine(text, format, isTimed);
    if (line !== undefined) return line;
    warn.warn('json', deps.clock.nowSec(), () => [
      `logformat says json, but a log line holds no JSON object: ${excerptOf(text)}`,
    ]);
    return noLine;
  };
  return {
    inspect: (text, timeSec, log, only) =>
      inner.inspect(rewritten(text, timeSec !== undefined), timeSec, log, only),
    glance: (text, log) => inner.glance(rewritten(text, false), log),
    // What a field holds may be written in escapes, and the rules see several fields put together.
    needs: () => everyLineOf(inner.rules, 'logformat = json: a text may be written in escapes'),
    dateOf: (text) => inner.dateOf(jsonLine(text, format, false) ?? noLine),
    rules: inner.rules,
    get dateTemplates() {
      return inner.dateTemplates;
    },
    get window() {
      return inner.window;
    },
    get memory() {
      return inner.memory;
    },
  };
}

/** The address stands before the fields, and the date before it; the rules see the fields alone. */
function settingsFor(settings: FilterSettings, format: JsonFormat): FilterSettings {
  const { prefRegex, datePattern } = settings;
  if (format.address !== undefined && prefRegex !== undefined && prefRegex !== '') {
    throw new WarderError(
      'DETECT_LOG_FORMAT',
      `[${settings.jail}] prefregex and logformat's address exclude each other`,
      {
        jail: settings.jail,
        hint: 'the address is the one of that field: leave prefregex out, or the address to be captured by it',
      },
    );
  }
  const pattern = datePattern ?? (format.time === undefined ? '{NONE}' : '{^LN-BEG}');
  const prefix = format.address === undefined ? {} : { prefRegex: '^\\s*<ADDR> <F-CONTENT>.+</F-CONTENT>$' };
  return { ...settings, ...prefix, datePattern: pattern };
}
