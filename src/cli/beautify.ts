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
  if (args.length > 1) return pythonRepr(new PythonTuple(args));
  // Python shows the argument of a KeyError with its quotes.
  return name === 'KeyError' ? pythonRepr(first) : pythonStr(first);
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
