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
  TIME_ZONE_UNKNOWN: ['builtins', 'ValueError'],
  REGEX_INVALID: ['fail2ban.server.failregex', 'RegexException'],
  ACTION_FAILED: ['builtins', 'RuntimeError'],
};

/** Errors whose only argument is the jail's name; fail2ban's client makes a sentence of it. */
const namesJail = new Set(['UNKNOWN_JAIL', 'DUPLICATE_JAIL']);

/** Errors of the system as Python has them. */
const systemErrors: Readonly<Record<string, readonly [name: string, errno: number, text: string]>> = {
  ENOENT: ['FileNotFoundError', 2, 'No such file or directory'],
  EACCES: ['PermissionError', 13, 'Permission denied'],
  ENOTDIR: ['NotADirectoryError', 20, 'Not a directory'],
  EISDIR: ['IsADirectoryError', 21, 'Is a directory'],
};

/** `FileNotFoundError(2, 'No such file or directory', '/var/log/none')`. */
function systemError({ cause, file }: WarderError): PythonObject | undefined {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const known = systemErrors[code];
  return known === undefined
    ? undefined
    : new PythonObject('builtins', known[0], [known[1], known[2], file ?? '']);
}

/**
 * The exception object that goes back to a Python client, such as `UnknownJailException('sshd')`.
 * An error of ours without a counterpart becomes a plain `Exception` with the whole description.
 */
export function pythonErrorOf(error: unknown): PythonObject {
  if (error instanceof WarderError) {
    const ofSystem = error.code === 'FILE_UNREADABLE' ? systemError(error) : undefined;
    if (ofSystem !== undefined) return ofSystem;
    const known = classOfCode[error.code];
    if (known !== undefined) {
      const argument = namesJail.has(error.code) ? (error.jail ?? error.message) : error.message;
      return new PythonObject(known[0], known[1], [argument]);
    }
  }
  return new PythonObject('builtins', 'Exception', [describeError(error)]);
}
