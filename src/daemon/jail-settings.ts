import type { PythonValue } from '../base/index.ts';
import type { JailOptions } from '../control/index.ts';
import type { LogPath } from '../source/index.ts';

/** One action as the stream describes it; `pythonFile` only for the `addaction NAME FILE KWARGS` form. */
export interface JailAction {
  readonly name: string;
  readonly properties: Map<string, PythonValue>;
  readonly pythonFile?: string;
}

/**
 * Everything that is set about one jail, in fail2ban's terms. Commands change it, one at a time; the running jail is
 * brought to it afterwards.
 */
export interface JailSettings extends JailOptions {
  readonly name: string;
  /** As given to `add`: a backend's name, for systemd with options in brackets. */
  readonly backend: string;
  /** Exact paths, or globs where our own configuration reader gave them. */
  logPaths: LogPath[];
  journalMatch: string[][];
  failRegex: string[];
  ignoreRegex: string[];
  ignoreIp: string[];
  /** `bantime.*` options by their name behind the dot. */
  readonly banTimeExtra: Map<string, PythonValue>;
  readonly actions: Map<string, JailAction>;
}

/** A jail as `add` leaves it, with the values that fail2ban's server assumes until it is told others. */
export function newJailSettings(name: string, backend: string): JailSettings {
  return {
    name,
    backend,
    idle: false,
    logPaths: [],
    logEncoding: 'auto',
    journalMatch: [],
    prefRegex: undefined,
    failRegex: [],
    ignoreRegex: [],
    datePattern: undefined,
    logFormat: 'text',
    logTimeZone: undefined,
    useDns: 'warn',
    maxLines: 1,
    maxRetry: 3,
    maxMatches: 5,
    findTimeSec: 600,
    findTimeIsFloat: false,
    banTimeSec: 600,
    banTimeExtra: new Map(),
    ignoreSelf: true,
    dryRun: false,
    banPrefix4: undefined,
    banPrefix6: undefined,
    escalateAfter: undefined,
    ignoreIp: [],
    ignoreCommand: undefined,
    ignoreCache: undefined,
    actions: new Map(),
  };
}
