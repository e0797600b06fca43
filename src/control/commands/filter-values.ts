import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { PythonFloat, pythonStr, WarderError } from '../../base/index.ts';
import type { JailOptions } from '../server-api.ts';
import { checkEncoding, checkRule, checkTimeZone, describeDatePattern } from './filter-words.ts';
import type { Call } from './types.ts';
import { argAt, textArg, timeSpanValue } from './values.ts';

/*
 * Values of a jail's filter. What a person types is checked at once; the commands of a stream are not, since the jail's start
 * checks all of them together and names the place in the configuration.
 */

/** `findtime`: a float of Python's is shown as one. */
export function parseFindTime(call: Call): Partial<JailOptions> {
  const span = timeSpanValue(argAt(call.args, 0));
  return span instanceof PythonFloat
    ? { findTimeSec: span.value, findTimeIsFloat: true }
    : { findTimeSec: span, findTimeIsFloat: false };
}

/** Throws `REGEX_INVALID` for the first expression that the jail cannot use. */
export async function checkRegexes(
  call: Call,
  kind: 'failRegex' | 'ignoreRegex' | 'prefRegex',
  regexes: readonly string[],
): Promise<void> {
  if (call.quiet) return;
  for (const regex of regexes) await checkRule(call.jail(), kind, regex);
}

/** `prefregex`: an empty one takes it back. */
export async function parsePrefRegex(call: Call): Promise<Partial<JailOptions>> {
  const regex = textArg(call.args, 0);
  const jail = call.jail();
  if (regex === '') return { prefRegex: undefined };
  if (!call.quiet) await checkRule(jail, 'prefRegex', regex);
  return { prefRegex: regex };
}

/** `logencoding`: throws `SOURCE_ENCODING` for an unknown one. */
export async function parseLogEncoding(call: Call): Promise<Partial<JailOptions>> {
  const encoding = textArg(call.args, 0);
  call.jail();
  if (encoding.toLowerCase() === 'auto') return { logEncoding: 'auto' };
  if (!call.quiet) await checkEncoding(encoding);
  return { logEncoding: encoding };
}

/** `logtimezone`: throws `TIME_ZONE_UNKNOWN`. */
export async function parseLogTimeZone(call: Call): Promise<Partial<JailOptions>> {
  const zone = pythonStr(argAt(call.args, 0));
  call.jail();
  if (!call.quiet && zone !== '') await checkTimeZone(zone);
  return { logTimeZone: zone };
}

/** `datepattern`: throws `DETECT_DATE_PATTERN`. */
export async function parseDatePattern(call: Call): Promise<Partial<JailOptions>> {
  const pattern = textArg(call.args, 0);
  call.jail();
  if (!call.quiet) await describeDatePattern(pattern);
  return { datePattern: pattern };
}

/** Throws `FILE_UNREADABLE` for a file that cannot be read now; a wrong path would otherwise be waited for. */
export function checkFile(path: string): void {
  let isDirectory: boolean;
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    isDirectory = fstatSync(fd).isDirectory();
    closeSync(fd);
  } catch (cause) {
    throw new WarderError('FILE_UNREADABLE', 'the file cannot be read', { file: path, cause });
  }
  if (isDirectory) {
    const cause = Object.assign(new Error('it is a directory'), { code: 'EISDIR' });
    throw new WarderError('FILE_UNREADABLE', 'the file cannot be read', { file: path, cause });
  }
}
