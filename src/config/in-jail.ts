import { WarderError } from '../base/index.ts';

/** The error as one of that jail; unchanged when it names a jail already. */
export function inJail(error: WarderError, jail: string): WarderError {
  if (error.jail !== undefined) return error;
  const { file, line, index, hint, cause } = error;
  return new WarderError(error.code, error.message, {
    jail,
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    ...(index === undefined ? {} : { index }),
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The errors without those that say the same of the same place and jail. */
export function distinct(errors: Iterable<WarderError>): WarderError[] {
  const byText = new Map<string, WarderError>();
  for (const error of errors) {
    const key = JSON.stringify([error.code, error.file, error.line, error.index, error.jail, error.message]);
    if (!byText.has(key)) byText.set(key, error);
  }
  return [...byText.values()];
}
