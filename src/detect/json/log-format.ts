import { WarderError } from '../../base/index.ts';
import { parseOptionList } from '../../config/index.ts';
import { compilePath, type JsonPath } from './json-path.ts';

/** A field that the rules see, under its label. */
export interface LabelledField {
  readonly label: string;
  readonly path: JsonPath;
}

/** How a log of JSON lines is read. */
export interface JsonFormat {
  readonly time: JsonPath | undefined;
  readonly address: JsonPath | undefined;
  readonly matches: readonly LabelledField[];
}

const form = 'logformat = json[time=FIELD, address=FIELD, matches="FIELD FIELD …"]';
const known = new Set(['time', 'address', 'matches']);

/**
 * Reads `logformat`: undefined for `text`, which is the default. Throws `DETECT_LOG_FORMAT` for any other name than
 * `json`, for options that it does not have, and for fields that are no paths.
 */
export function parseLogFormat(text: string): JsonFormat | undefined {
  const { name, options } = readList(text);
  if (name === 'text' && options.size === 0) return undefined;
  if (name !== 'json') throw badFormat(`${JSON.stringify(text)} is no format of a log`);
  for (const option of options.keys())
    if (!known.has(option)) throw badFormat(`json has no option ${option}`);
  const path = (option: string): JsonPath | undefined => {
    const value = options.get(option);
    return value === undefined ? undefined : compilePath(value);
  };
  const matches = (options.get('matches') ?? '').split(/[\s,]+/).filter((field) => field !== '');
  if (matches.length === 0) throw badFormat('matches names no field');
  return { time: path('time'), address: path('address'), matches: matches.map(labelledField) };
}

function readList(text: string): ReturnType<typeof parseOptionList> {
  const flat = text.replaceAll(/\s+/g, ' ').trim();
  try {
    const { name, options } = parseOptionList(flat);
    return { name: name.trim(), options };
  } catch (error) {
    throw badFormat(`${JSON.stringify(text)} cannot be read`, error);
  }
}

function labelledField(field: string): LabelledField {
  const equals = field.indexOf('=');
  const path = field.slice(equals + 1);
  const label = equals < 0 ? (path.split('|')[0] ?? path) : field.slice(0, equals);
  if (!/^[\w.@-]+$/.test(label)) throw badFormat(`${JSON.stringify(label)} is no label for a field`);
  return { label, path: compilePath(path) };
}

function badFormat(reason: string, cause?: unknown): WarderError {
  const details = cause === undefined ? {} : { cause };
  return new WarderError('DETECT_LOG_FORMAT', `logformat: ${reason}`, { hint: `write ${form}`, ...details });
}
