import { describeError, WarderError } from '../base/index.ts';
import { PythonObject } from './pickle/types.ts';

/** Exceptions that fail2ban's server raises, by the code under which we throw them. Only the class differs, the text is ours to give. */
const classOfCode: Readonly<Record<string, readonly [module: string, name: string]>> = {
  UNKNOWN_JAIL: ['fail2ban.exceptions', 'UnknownJailException'],
  DUPLICATE_JAIL: ['fail2ban.exceptions', 'DuplicateJailException'],
  COMMAND_INCOMPLETE: ['builtins', 'IndexError'],
  COMMAND_UNKNOWN: ['builtins', 'Exception'],
  COMMAND_FAILED: ['builtins', 'Exception'],
  COMMAND_VALUE: ['builtins', 'ValueError'],
  LOG_LEVEL: ['builtins', 'ValueError'],
  ACTION_UNKNOWN: ['builtins', 'KeyError'],
  ACTION_PROPERTY: ['builtins', 'AttributeError'],
  DUPLICATE_ACTION: ['builtins', 'ValueError'],
  BACKEND_UNKNOWN: ['builtins', 'ValueError'],
  DATABASE_IN_USE: ['builtins', 'RuntimeError'],
  RELOAD_BUSY: ['builtins', 'ValueError'],
  NOT_BANNED: ['builtins', 'ValueError'],
  IGNOREIP_UNKNOWN: ['builtins', 'ValueError'],
  CONFIG_OPTION_LIST: ['builtins', 'ValueError'],
  SOURCE_ENCODING: ['builtins', 'LookupError'],
};

/** Errors whose only argument is the jail's name; fail2ban's client makes a sentence of it. */
const namesJail = new Set(['UNKNOWN_JAIL', 'DUPLICATE_JAIL']);

/**
 * The exception object that goes back to a Python client, such as `UnknownJailException('sshd')`.
 * An error of ours without a counterpart becomes a plain `Exception` with the whole description.
 */
export function pythonErrorOf(error: unknown): PythonObject {
  if (error instanceof WarderError) {
    const known = classOfCode[error.code];
    if (known !== undefined) {
      const argument = namesJail.has(error.code) ? (error.jail ?? error.message) : error.message;
      return new PythonObject(known[0], known[1], [argument]);
    }
  }
  return new PythonObject('builtins', 'Exception', [describeError(error)]);
}
