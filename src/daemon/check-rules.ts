import {
  describeError,
  type PythonValue,
  parseTimeSpan,
  pythonStr,
  silentLogger,
  systemClock,
  WarderError,
} from '../base/index.ts';
import type { Configuration, JailConfig, StreamCommand } from '../config/index.ts';
import { createDetector, type FilterSettings, type UseDns } from '../detect/index.ts';
import { lineCodec } from '../source/index.ts';
import { checkValues } from './check-values.ts';

const noPulse = { begin: () => undefined, end: () => undefined };

/**
 * Compiles the rules, the date patterns and the formulas of ban times of every jail, as its start would. Returns what is
 * wrong with them, each with the file and line of its option.
 */
export function checkRules(configuration: Configuration): readonly WarderError[] {
  const rules = configuration.jails
    .filter((jail) => jail.configError === undefined)
    .flatMap((jail) => {
      try {
        checkFilter(filterSettingsOf(jail));
        return [];
      } catch (error) {
        return [withPlace(error, jail)];
      }
    });
  return [...rules, ...checkValues(configuration)];
}

/** A jail that has to look at every line of its logs, and why. */
export interface EveryLineJail {
  readonly jail: string;
  readonly reason: string;
}

/**
 * The jails whose lines cannot be told apart by what stands in them before any rule runs: they cost more than others, on
 * busy logs. Jails with broken rules and those that read the journal are none.
 */
export function everyLineJails(configuration: Configuration): readonly EveryLineJail[] {
  return configuration.jails.flatMap((jail) => {
    if (jail.configError !== undefined) return [];
    try {
      const reason = everyLineReason(jail);
      return reason === undefined ? [] : [{ jail: jail.name, reason }];
    } catch {
      return [];
    }
  });
}

function everyLineReason(jail: JailConfig): string | undefined {
  if (commandsFor(jail, 'addjournalmatch').length > 0) return undefined;
  const encoding = commandsFor(jail, 'logencoding').at(-1)?.args[3];
  const deps = { clock: systemClock, logger: silentLogger, pulse: noPulse };
  const codec = lineCodec(typeof encoding === 'string' ? encoding : 'auto');
  return createDetector(filterSettingsOf(jail), deps).needs?.(codec)?.everyLine;
}

/** Compiles the rules and date patterns of a jail, and throws what is wrong with them. Runs none. */
export function checkFilter(filter: FilterSettings): void {
  createDetector(filter, { clock: systemClock, logger: silentLogger, pulse: noPulse });
}

/** What the commands of a jail make of its filter. */
export function filterSettingsOf(jail: JailConfig): FilterSettings {
  const all = (option: string): readonly string[] =>
    commandsFor(jail, option).flatMap(({ args }) => {
      const value: PythonValue = args[3] ?? '';
      return Array.isArray(value) ? value.map(pythonStr) : [pythonStr(value)];
    });
  const last = (option: string): string | undefined => all(option).at(-1) || undefined;
  const prefRegex = last('prefregex');
  const datePattern = last('datepattern');
  const logTimeZone = last('logtimezone');
  const logFormat = last('logformat');
  return {
    jail: jail.name,
    failRegex: all('addfailregex'),
    ignoreRegex: all('addignoreregex'),
    useDns: (last('usedns') ?? 'warn') as UseDns,
    maxLines: Number(last('maxlines') ?? 1) || 1,
    findTimeSec: parseTimeSpan('10m'),
    ...(prefRegex === undefined ? {} : { prefRegex }),
    ...(datePattern === undefined ? {} : { datePattern }),
    ...(logTimeZone === undefined ? {} : { logTimeZone }),
    ...(logFormat === undefined ? {} : { logFormat }),
  };
}

function commandsFor(jail: JailConfig, option: string): readonly StreamCommand[] {
  return jail.commands.filter(({ args }) => args[2] === option);
}

/** The place of the option that the message names; without one, that of the failregex. */
function withPlace(error: unknown, jail: JailConfig): WarderError {
  const message = error instanceof Error ? error.message : describeError(error);
  const named = [
    ['prefregex', 'prefregex'],
    ['ignoreregex', 'addignoreregex'],
    ['logformat', 'logformat'],
    ['datepattern', 'datepattern'],
    ['time zone', 'logtimezone'],
  ].find(([word]) => message.includes(word ?? ''));
  const origin = commandsFor(jail, named?.[1] ?? 'addfailregex').at(-1)?.origin;
  const known = error instanceof WarderError ? error : undefined;
  return new WarderError('JAIL_RULES', message, {
    jail: jail.name,
    ...(origin ?? {}),
    ...(known?.hint === undefined ? {} : { hint: known.hint }),
    cause: error,
  });
}
