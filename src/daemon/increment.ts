import { PythonFloat, type PythonValue, pythonStr, WarderError } from '../base/index.ts';
import type { StreamCommand } from '../config/index.ts';
import { BanTimeIncrement, type IncrementOptions } from '../track/index.ts';
import type { JailSettings } from './jail-settings.ts';

/** How the jail's bans get longer; undefined where `bantime.increment` is off. Throws as BanTimeIncrement does. */
export function incrementOf({ banTimeExtra }: JailSettings): BanTimeIncrement | undefined {
  return banTimeExtra.get('increment') === true ? createIncrement(banTimeExtra) : undefined;
}

/** The rule that these options make, whether or not it is on. Throws as BanTimeIncrement does. */
export function createIncrement(banTimeExtra: JailSettings['banTimeExtra']): BanTimeIncrement {
  const text = (name: string): string | undefined => {
    const value = banTimeExtra.get(name);
    return value === undefined || value === null ? undefined : pythonStr(value);
  };
  const options: { -readonly [K in keyof IncrementOptions]: IncrementOptions[K] | undefined } = {
    formula: text('formula'),
    factor: text('factor'),
    multipliers: text('multipliers'),
    maxTime: numericOf(banTimeExtra.get('maxtime')),
    rndTime: numericOf(banTimeExtra.get('rndtime')),
    overallJails: isOn(banTimeExtra.get('overalljails')),
  };
  return new BanTimeIncrement(
    Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
  );
}

/** The longest ban that is taken back at a start, in seconds; -1 for no bound. */
export function longestRestoredSec({ banTimeExtra }: JailSettings): number {
  const { value } = numericOf(banTimeExtra.get('maxtime')) ?? { value: -1 };
  return value > 0 ? value : -1;
}

/** Why a command that sets an option of the increment has no usable value. */
export function incrementError({ args }: Pick<StreamCommand, 'args'>): WarderError | undefined {
  const [verb, , option, value] = args;
  if (verb !== 'set' || typeof option !== 'string' || !option.startsWith('bantime.')) return undefined;
  const name = option.slice('bantime.'.length);
  if (!['formula', 'factor', 'multipliers'].includes(name) || value === undefined) return undefined;
  try {
    createIncrement(new Map([[name, value]]));
    return undefined;
  } catch (error) {
    if (error instanceof WarderError) return error;
    throw error;
  }
}

function numericOf(value: PythonValue | undefined): IncrementOptions['maxTime'] {
  if (value instanceof PythonFloat) return { value: value.value, isFloat: true };
  return typeof value === 'number' ? { value, isFloat: !Number.isInteger(value) } : undefined;
}

function isOn(value: PythonValue | undefined): boolean {
  if (typeof value === 'string') return ['1', 'on', 'true', 'yes'].includes(value.toLowerCase());
  return value === true || value === 1;
}
