import { WarderError } from '../base/index.ts';
import type { ConfigFileSystem } from './files.ts';
import { expandGlob } from './glob.ts';
import type { ConfigWarning, EffectiveOption, LogPathPattern, StreamCommand } from './types.ts';

/** Lines of `logpath` that are read; nobody writes more by hand. */
const mostPatterns = 10_000;

/** The value of `logpath`, looked up in the file system. */
export interface LogPaths {
  readonly patterns: readonly LogPathPattern[];
  /** An `addlogpath` for each file that exists now. */
  readonly commands: readonly StreamCommand[];
  readonly warnings: readonly ConfigWarning[];
  readonly errors: readonly WarderError[];
}

/**
 * Reads `logpath`: one path or glob a line, with `head` or `tail` behind it as an option. Files that do not exist now
 * are in `patterns` only.
 */
export function readLogPaths(files: ConfigFileSystem, option: EffectiveOption, jail: string): LogPaths {
  const place = option.origin === undefined ? {} : { origin: option.origin };
  const patterns: LogPathPattern[] = [];
  const commands: StreamCommand[] = [];
  const warnings: ConfigWarning[] = [];
  const errors: WarderError[] = [];
  for (const line of String(option.value ?? '').split('\n', mostPatterns)) {
    const { pattern, position } = splitPosition(line);
    if (pattern === '') continue;
    if (!['head', 'tail'].includes(position.toLowerCase())) {
      const message = `${JSON.stringify(position)} behind the log path ${pattern} is neither head nor tail`;
      errors.push(new WarderError('CONFIG_WRONG_VALUE', message, { ...option.origin, jail }));
    }
    patterns.push({ pattern, tail: position.toLowerCase() === 'tail', ...place });
    const { paths, dangling, isCut } = expandGlob(files, pattern);
    for (const path of paths) commands.push({ args: ['set', jail, 'addlogpath', path, position], ...place });
    const warn = (message: string): number => warnings.push({ message, jail, ...place });
    for (const path of dangling) warn(`${path} is a dangling link and cannot be read`);
    if (isCut) warn(`${pattern} matches too many files; only the first ${paths.length} are read`);
  }
  return { patterns, commands, warnings, errors };
}

function splitPosition(line: string): { pattern: string; position: string } {
  const space = line.lastIndexOf(' ');
  return space < 0
    ? { pattern: line, position: 'head' }
    : { pattern: line.slice(0, space), position: line.slice(space + 1) };
}
