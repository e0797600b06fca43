import { type PythonValue, pythonStr } from '../base/index.ts';
import { branch, items, text, texts } from './beautify-parts.ts';

/** Answers of `get JAIL …` and `set JAIL …`; undefined for those that are shown as they are. */
export function formatJailAnswer(words: readonly string[], answer: PythonValue): string | undefined {
  switch (words[2]) {
    case 'logpath':
    case 'addlogpath':
    case 'dellogpath':
      return tree(answer, 'No file is currently monitored', 'Current monitored log file(s):');
    case 'logencoding':
      return `Current log encoding is set to:\n${text(answer)}`;
    case 'journalmatch':
    case 'addjournalmatch':
    case 'deljournalmatch':
      return journalMatch(answer);
    case 'datepattern':
      return `Current date pattern set to: ${datePattern(answer)}`;
    case 'ignoreip':
    case 'addignoreip':
    case 'delignoreip':
      return tree(answer, 'No IP address/network is ignored', 'These IP addresses/networks are ignored:');
    case 'failregex':
    case 'addfailregex':
    case 'delfailregex':
    case 'ignoreregex':
    case 'addignoreregex':
    case 'delignoreregex':
      return regexes(answer);
    case 'banip':
      return words[0] === 'get' && Array.isArray(answer) ? banList(words, answer) : undefined;
    default:
      return undefined;
  }
}

/** Answers about the actions of a jail. */
export function formatActionAnswer(words: readonly string[], answer: PythonValue): string | undefined {
  const [, jail, what, action] = words;
  if (what === 'actions') {
    const names = texts(answer);
    return names.length === 0
      ? `No actions for jail ${jail}`
      : `The jail ${jail} has the following actions:\n${names.join(', ')}`;
  }
  if (what !== 'actionproperties' && what !== 'actionmethods') return undefined;
  const kind = what.slice('action'.length);
  const names = texts(answer);
  return names.length === 0
    ? `No ${kind} for jail ${jail} action ${action}`
    : `The jail ${jail} action ${action} has the following ${kind}:\n${names.join(', ')}`;
}

function tree(answer: PythonValue, none: string, title: string): string {
  const lines = texts(answer);
  if (lines.length === 0) return none;
  return [title, ...lines.map((line, index) => `${branch(index, lines.length)} ${line}`)].join('\n');
}

function regexes(answer: PythonValue): string {
  const lines = texts(answer);
  if (lines.length === 0) return 'No regular expression is defined';
  const shown = lines.map((line, index) => `${branch(index, lines.length)} [${index}]: ${line}`);
  return ['The following regular expression are defined:', ...shown].join('\n');
}

function journalMatch(answer: PythonValue): string {
  const alternatives = items(answer).map((terms) => texts(terms).join(' '));
  return alternatives.length === 0
    ? 'No journal match filter set'
    : `Current match filter:\n${alternatives.join(' + ')}`;
}

function datePattern(answer: PythonValue): string {
  if (answer === null) return 'Not set/required';
  const [pattern, name] = items(answer);
  return pattern === null || pattern === undefined
    ? pythonStr(name ?? null)
    : `${pythonStr(pattern)} (${pythonStr(name ?? null)})`;
}

/** One line with a separator that can be chosen; with times one line each. */
function banList(words: readonly string[], answer: readonly PythonValue[]): string {
  const separator = words[3] ?? ' ';
  return answer.map(text).join(separator === '--with-time' ? '\n' : separator);
}
