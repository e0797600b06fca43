import { formatLogTime, type Logger, type LogLevel, logLevels, WarderError } from '../../base/index.ts';
import type { Terminal } from '../terminal.ts';
import type { RegexOptions } from './options.ts';

/** Names that Python's logging knows beside fail2ban's own. */
const otherLevels: Readonly<Record<string, number>> = { FATAL: 50, WARN: 30, MSG: 22, NOTSET: 0 };

/**
 * Messages of detection on standard output, in the shape that fail2ban-regex gives them, which depends on the verbosity.
 * Throws `CLI_LOG_LEVEL` for a level that does not exist.
 */
export function messageLogger(options: RegexOptions, terminal: Terminal): Logger {
  const threshold = levelNumber(options.logLevel);
  const startMs = Date.now();
  return {
    log(level, logger, message) {
      if (logLevels[level] < threshold) return;
      const trace = options.traceback === 'no' ? '' : ` ${stackOf()}`;
      terminal.out(
        `${head(level, logger, options.verbosity, startMs)}${trace}${body(level, message, options)}\n`,
      );
    },
  };
}

/** The number behind the name of a level, or a number in digits. Throws `CLI_LOG_LEVEL`. */
export function levelNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const name = text.toUpperCase();
  const known: Readonly<Record<string, number>> = { ...otherLevels, ...logLevels };
  const level = Object.hasOwn(known, name) ? known[name] : undefined;
  if (level !== undefined) return level;
  throw new WarderError('CLI_LOG_LEVEL', `Invalid log level '${text}'`, {
    hint: 'use critical, error, warning, notice, info, debug or a number',
  });
}

/** Whether a level shows what is only of interest when something is looked for. */
export function isDebugLevel(text: string): boolean {
  return levelNumber(text) <= logLevels.DEBUG;
}

function head(level: LogLevel, logger: string, verbosity: number, startMs: number): string {
  const nowSec = Date.now() / 1000;
  if (verbosity <= 1)
    return `${formatLogTime(nowSec)} ${logger.padEnd(24)}[${process.pid}]: ${level.padEnd(7)}`;
  const thread = process.pid.toString(16).toUpperCase();
  const short = level.padEnd(5).slice(0, 5);
  if (verbosity === 2) return ` ${formatLogTime(nowSec)} ${thread} ${short}`;
  const sinceMs = String(Date.now() - startMs).padStart(5);
  const place =
    verbosity > 3 ? ` | ${logger.replace('fail2ban.', '').padStart(15)}-${logLevels[level]} |` : '';
  return ` +${sinceMs} ${thread} ${logger.padEnd(25).slice(0, 25)} ${short}${place}`;
}

function body(level: LogLevel, message: string, { verbosity }: RegexOptions): string {
  return verbosity <= 1 ? `${level[0]}: ${message}` : ` ${message}`;
}

/** Where a message comes from, outermost first: `main:31>test-run:77>matcher:160`. */
function stackOf(): string {
  const frames = (new Error().stack ?? '').split('\n').slice(3);
  const places = frames.flatMap((frame) => {
    const match = /([^/\\]+?)\.[cm]?[jt]s:(\d+):\d+\)?$/.exec(frame);
    return match === null ? [] : [`${match[1]}:${match[2]}`];
  });
  return places.reverse().join('>');
}
