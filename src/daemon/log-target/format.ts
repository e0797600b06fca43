import { formatLogTime, type LogRecord, logLevels, WarderError } from '../../base/index.ts';

/** Turns a record into the text of its line, without the line end. */
export type LogFormat = (record: LogRecord) => string;

/** What a format is made for. */
export interface FormatContext {
  readonly pid: number;
  /** When the process started, for `%(relativeCreated)d`. */
  readonly startSec: number;
}

const placeholder = /%(?:\((\w+)\))?([-+ 0#]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g;

/** fail2ban's own format; time and padding can be left out where the target adds them itself. */
export function standardFormat(options: { readonly time: boolean; readonly padding: boolean }): string {
  const [name, level] = options.padding ? ['-24s', '-7s'] : ['s', 's'];
  return `${options.time ? '%(asctime)s ' : ''}%(name)${name}[%(process)d]: %(levelname)${level} %(message)s`;
}

/**
 * Makes a format of the text that Python's `logging` takes: `%(asctime)s %(name)-24s: %(message)s`. Attributes of Python's
 * source code (`%(funcName)s`) are empty. Throws `LOG_FORMAT` for an attribute that does not exist.
 */
export function compileFormat(text: string, context: FormatContext): LogFormat {
  const parts: LogFormat[] = [];
  let end = 0;
  for (const match of text.matchAll(placeholder)) {
    const literal = text.slice(end, match.index);
    parts.push(() => literal);
    parts.push(compilePart(match, context));
    end = match.index + match[0].length;
  }
  const rest = text.slice(end);
  return (record) => parts.map((part) => part(record)).join('') + rest;
}

function compilePart(match: RegExpExecArray, context: FormatContext): LogFormat {
  const [whole, name, flags = '', width = '', precision, type = 's'] = match;
  if (type === '%') return () => '%';
  const attribute = name === undefined ? undefined : attributes[name];
  if (attribute === undefined) {
    throw new WarderError('LOG_FORMAT', `the log format has no meaning for ${whole}`, {
      index: match.index,
      hint: `known are ${Object.keys(attributes).join(', ')}`,
    });
  }
  return (record) => {
    const text = convert(attribute(record, context), type, precision);
    return pad(text, flags, Number(width));
  };
}

/** fail2ban shortens the names of its own levels. */
const shortNames: Readonly<Partial<Record<LogRecord['level'], string>>> = {
  TRACEDEBUG: 'TRACE',
  HEAVYDEBUG: 'HEAVY',
};

type Attribute = (record: LogRecord, context: FormatContext) => string | number;

const attributes: Readonly<Record<string, Attribute>> = {
  name: (record) => record.logger,
  levelname: (record) => shortNames[record.level] ?? record.level,
  levelno: (record) => logLevels[record.level],
  message: (record) => record.message,
  asctime: (record) => formatLogTime(record.timeSec),
  created: (record) => record.timeSec,
  msecs: (record) => (record.timeSec * 1000) % 1000,
  relativeCreated: (record, context) => (record.timeSec - context.startSec) * 1000,
  process: (_record, context) => context.pid,
  processName: () => 'MainProcess',
  thread: (_record, context) => context.pid,
  threadName: () => 'MainThread',
  module: (record) => record.logger.slice(record.logger.lastIndexOf('.') + 1),
  filename: () => '',
  pathname: () => '',
  funcName: () => '',
  lineno: () => 0,
  tb: () => '',
  tbc: () => '',
};

function convert(value: string | number, type: string, precision: string | undefined): string {
  if (typeof value === 'number') {
    if (type === 'd' || type === 'i') return String(Math.trunc(value));
    if (type === 'x') return Math.trunc(value).toString(16);
    if (type === 'X') return Math.trunc(value).toString(16).toUpperCase();
    if (type === 'f') return value.toFixed(Number(precision ?? 6));
  }
  const text = String(value);
  return precision === undefined ? text : text.slice(0, Number(precision));
}

function pad(text: string, flags: string, width: number): string {
  if (flags.includes('-')) return text.padEnd(width);
  return text.padStart(width, flags.includes('0') ? '0' : ' ');
}
