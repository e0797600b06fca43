import { PythonTuple, type PythonValue, pythonRepr, pythonStr } from '../base/index.ts';
import { formatActionAnswer, formatJailAnswer } from './beautify-jail.ts';
import { text, texts } from './beautify-parts.ts';
import { formatStatistics, formatStatus } from './beautify-status.ts';

/** What a person reads of an answer: the words of the command decide how it is shown. Same text as fail2ban's client. */
export function beautify(words: readonly string[], answer: PythonValue): string {
  try {
    return pythonStr(shape(words, answer) ?? answer);
  } catch {
    // An answer that is not what the command promises, from a server of another kind: shown as it is.
    return pythonRepr(answer) + pythonRepr(answer);
  }
}

/** The text of an error, by the class of the exception that the server sent. */
export function beautifyError(name: string, args: readonly PythonValue[]): string {
  const first = args[0] ?? '';
  if (name === 'UnknownJailException') return `Sorry but the jail '${pythonStr(first)}' does not exist`;
  if (name === 'IndexError') return 'Sorry but the command is invalid';
  if (name === 'DuplicateJailException') return `The jail '${pythonStr(first)}' already exists`;
  if (args.length === 0) return '';
  const special = systemError(name, args) ?? syntaxError(name, args) ?? jsonError(name, args);
  if (special !== undefined) return special;
  if (args.length > 1) return pythonRepr(new PythonTuple(args));
  // Python shows the argument of a KeyError with its quotes.
  return name === 'KeyError' ? pythonRepr(first) : pythonStr(first);
}

/** The arguments that Python's exception keeps, which may be fewer than it was made of. */
export function keptArgs(name: string, args: readonly PythonValue[]): readonly PythonValue[] {
  const json = jsonError(name, args);
  if (json !== undefined) return [json];
  return systemError(name, args) === undefined ? args : args.slice(0, 2);
}

const systemErrors =
  /^(?:OSError|IOError|FileNotFoundError|PermissionError|IsADirectoryError|NotADirectoryError|FileExistsError)$/;

/** `[Errno 2] No such file or directory: '/var/log/none'`. */
function systemError(name: string, args: readonly PythonValue[]): string | undefined {
  const [errno, text, file] = args;
  if (!systemErrors.test(name) || errno === undefined || text === undefined) return undefined;
  const place = file === undefined || file === null ? '' : `: ${pythonRepr(file)}`;
  return `[Errno ${pythonStr(errno)}] ${pythonStr(text)}${place}`;
}

/** `invalid syntax (<string>, line 1)`. */
function syntaxError(name: string, args: readonly PythonValue[]): string | undefined {
  const [message, place] = args;
  if (name !== 'SyntaxError' || message === undefined || !(place instanceof PythonTuple)) return undefined;
  const [file = null, line = null] = place.items;
  return `${pythonStr(message)} (${pythonStr(file)}, line ${pythonStr(line)})`;
}

/** `Expecting value: line 1 column 1 (char 0)`. */
function jsonError(name: string, args: readonly PythonValue[]): string | undefined {
  const [message, text, position] = args;
  if (name !== 'JSONDecodeError' || typeof text !== 'string' || typeof position !== 'number')
    return undefined;
  const before = Array.from(text).slice(0, position).join('').split('\n');
  const column = Array.from(before.at(-1) ?? '').length + 1;
  return `${pythonStr(message ?? '')}: line ${before.length} column ${column} (char ${position})`;
}

/** Undefined: nothing is known about the command, the answer stays as it is. */
function shape(words: readonly string[], answer: PythonValue): PythonValue | undefined {
  const [verb, second, third] = words;
  switch (verb) {
    case 'ping':
      return `Server replied: ${text(answer)}`;
    case 'version':
      return answer;
    case 'start':
      return 'Jail started';
    case 'stop':
      if (answer !== null) return undefined;
      return words.length === 1 ? 'Shutdown successful' : 'Jail stopped';
    case 'add':
      return `Added jail ${text(answer)}`;
    case 'flushlogs':
      return `logs: ${text(answer)}`;
    case 'echo':
      return texts(answer).join(' ');
    case 'status':
      return formatStatus(words, answer);
    case 'stats':
    case 'statistic':
    case 'statistics':
      return formatStatistics(answer);
  }
  if (second === undefined) return undefined;
  return (
    formatServerOption(second, answer) ??
    (third === undefined ? undefined : (formatJailAnswer(words, answer) ?? formatActionAnswer(words, answer)))
  );
}

function formatServerOption(option: string, answer: PythonValue): string | undefined {
  switch (option) {
    case 'syslogsocket':
      return `Current syslog socket is:\n\`- ${text(answer)}`;
    case 'logtarget':
      return `Current logging target is:\n\`- ${text(answer)}`;
    case 'loglevel':
      return `Current logging level is ${pythonRepr(typeof answer === 'number' ? levelName(answer) : answer)}`;
    case 'dbfile':
      return answer === null ? noDatabase : `Current database file is:\n\`- ${text(answer)}`;
    case 'dbpurgeage':
      return answer === null
        ? noDatabase
        : `Current database purge age is:\n\`- ${Math.trunc(Number(pythonStr(answer)))}seconds`;
    default:
      return undefined;
  }
}

const noDatabase = 'Database currently disabled';

const levelNames: Readonly<Record<number, string>> = {
  50: 'CRITICAL',
  40: 'ERROR',
  30: 'WARNING',
  25: 'NOTICE',
  20: 'INFO',
  18: 'MSG',
  10: 'DEBUG',
  7: 'TRACE',
  5: 'HEAVY',
  0: 'NOTSET',
};

function levelName(level: number): string {
  return levelNames[level] ?? `#${String(level).padStart(2, '0')}-Lev.`;
}
