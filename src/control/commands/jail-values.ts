import { type PythonValue, pythonRepr, pythonStr, WarderError } from '../../base/index.ts';
import { parseOptionList } from '../../config/index.ts';
import { type BanPrefixOption, banPrefixProblem } from '../../track/index.ts';
import type { JailOptions } from '../server-api.ts';
import type { Call } from './types.ts';
import { argAt, intArg, isTrue, seconds, textArg, timeSpanValue } from './values.ts';

const useDnsModes = ['yes', 'warn', 'no', 'raw'] as const;

/** `usedns`: an unknown mode is the safe `no`, with a warning. */
export function parseUseDns(call: Call): JailOptions['useDns'] {
  const value = argAt(call.args, 0);
  const word = typeof value === 'boolean' ? (value ? 'yes' : 'no') : textArg(call.args, 0).toLowerCase();
  const mode = useDnsModes.find((known) => known === word);
  if (mode === undefined) {
    call.warn(`Incorrect value ${pythonRepr(word)} specified for usedns. Using safe 'no'`);
  }
  return mode ?? 'no';
}

export function parseIdle(call: Call): boolean {
  const word = argAt(call.args, 0);
  if (word === 'on' || word === 'off') return word === 'on';
  throw new WarderError('COMMAND_UNKNOWN', "Invalid idle option, must be 'on' or 'off'");
}

export function parseMaxLines(call: Call): number {
  const lines = intArg(call.args, 0);
  if (lines > 0) return lines;
  throw new WarderError('COMMAND_VALUE', 'maxlines must be integer greater than zero');
}

/** Second argument of `addlogpath`. */
export function tailWanted(call: Call): boolean {
  if (call.args.length > 2) throw new WarderError('COMMAND_VALUE', 'Only one file can be added at a time');
  const where = call.args.length === 2 ? textArg(call.args, 1).toLowerCase() : 'head';
  if (where === 'tail' || where === 'head') return where === 'tail';
  throw new WarderError('COMMAND_VALUE', "File option must be 'head' or 'tail'");
}

/** `banprefix4`, `banprefix6` and `banprefix.escalate`; empty takes the option back. */
export function parseBanPrefix(name: BanPrefixOption): (call: Call) => number | undefined {
  return (call) => {
    const given = argAt(call.args, 0);
    if (given === '' || given === null) return undefined;
    const value = intArg(call.args, 0);
    const problem = banPrefixProblem(name, value);
    if (problem !== undefined) throw new WarderError('COMMAND_VALUE', problem);
    return value === 0 ? undefined : value;
  };
}

const ignoreCacheHint = 'write for example key="<ip>", max-count=100, max-time=5m';

/** `key="<ip>", max-count=100, max-time=5m`; empty is no cache. The number is kept in plain digits. */
export function parseIgnoreCache(call: Call): JailOptions['ignoreCache'] {
  const { options } = parseOptionList(`cache[${textArg(call.args, 0)}]`);
  if (options.size === 0) return undefined;
  if (!options.has('key')) {
    throw new WarderError('COMMAND_VALUE', 'ignorecache needs a key', { hint: ignoreCacheHint });
  }
  const count = options.get('max-count');
  const age = options.get('max-time');
  if (count !== undefined) options.set('max-count', String(intArg([count], 0)));
  if (age !== undefined) seconds(age);
  return options;
}

/** What the increase of ban times is set by. */
export const banTimeOptions = [
  'increment',
  'factor',
  'formula',
  'multipliers',
  'maxtime',
  'rndtime',
  'overalljails',
] as const;

/** Whole numbers with one space between them. */
function checkMultipliers(text: string): void {
  for (const part of text.split(' ')) intArg([part], 0);
}

/** `set JAIL bantime.NAME VALUE`: an empty value takes the option back. */
export async function setBanTimeExtra(call: Call): Promise<undefined> {
  const given = argAt(call.args, 0);
  const value: PythonValue | undefined = given === '' || given === null ? undefined : given;
  const name = call.option;
  if (name === 'multipliers' && value !== undefined) checkMultipliers(pythonStr(value));
  if (name === 'increment') {
    await call.jail().setBanTimeExtra(name, value !== undefined && isTrue(value));
  } else if (value !== undefined && (name === 'maxtime' || name === 'rndtime')) {
    await call.jail().setBanTimeExtra(name, timeSpanValue(value));
  } else {
    await call.jail().setBanTimeExtra(name, value);
  }
  return undefined;
}
