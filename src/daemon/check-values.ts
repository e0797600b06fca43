import { WarderError } from '../base/index.ts';
import type { Configuration, StreamCommand } from '../config/index.ts';
import { banPrefixProblem, isBanPrefixOption } from '../track/index.ts';
import { incrementError } from './increment.ts';

/** The options of every jail whose values are readable and yet of no use, each with its place. */
export function checkValues(configuration: Configuration): readonly WarderError[] {
  return configuration.jails.flatMap((jail) =>
    jail.commands.flatMap((command) => {
      const error = valueError(command);
      if (error === undefined) return [];
      const place = { jail: jail.name, ...(command.origin ?? {}) };
      return [new WarderError('CONFIG_WRONG_VALUE', error.message, { ...place, cause: error })];
    }),
  );
}

/** Why a command that sets an option of a jail has no usable value. */
export function valueError(command: Pick<StreamCommand, 'args'>): WarderError | undefined {
  return incrementError(command) ?? prefixError(command);
}

function prefixError({ args }: Pick<StreamCommand, 'args'>): WarderError | undefined {
  const [verb, , option, value] = args;
  if (verb !== 'set' || typeof option !== 'string' || !isBanPrefixOption(option)) return undefined;
  const problem = typeof value === 'number' ? banPrefixProblem(option, value) : undefined;
  return problem === undefined ? undefined : new WarderError('CONFIG_WRONG_VALUE', problem);
}
