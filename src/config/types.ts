import type { PythonValue, WarderError } from '../base/index.ts';

/** Where a setting was written. */
export interface Origin {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

/** One command of fail2ban's configuration stream: what `-d` prints and a client sends. */
export interface StreamCommand {
  readonly args: PythonValue[];
  /** Where the option behind the command was written; absent for built-in defaults. */
  readonly origin?: Origin;
}

/** The value of an option after reading. `null` is a value that could not be read as its type. */
export type OptionValue = string | number | bigint | boolean | null;

/** An option as it is in force. */
export interface EffectiveOption {
  readonly name: string;
  readonly value: OptionValue;
  /** Absent for a built-in default. */
  readonly origin?: Origin;
}

/** A log path as configured; a glob stays unexpanded, so that new files can be watched for. */
export interface LogPathPattern {
  readonly pattern: string;
  /** Read from the end at first sight, instead of from the beginning. */
  readonly tail: boolean;
  readonly origin?: Origin;
}

/** Something odd that stops nothing. */
export interface ConfigWarning {
  readonly message: string;
  readonly origin?: Origin;
  readonly jail?: string;
}

/** What a filter says, after all substitution; regexes still hold fail2ban's own tags such as `<HOST>`. */
export interface FilterConfig {
  /** Name as in `filter.d`, without options. */
  readonly name: string;
  readonly prefRegex?: string;
  readonly failRegex: readonly string[];
  readonly ignoreRegex: readonly string[];
  readonly maxLines?: number;
  readonly datePattern?: string;
  readonly logFormat?: string;
  readonly useDns?: string;
  /** One list of matches (`FIELD=value`, `+`) per line of `journalmatch`. */
  readonly journalMatch: readonly (readonly string[])[];
  readonly commands: readonly StreamCommand[];
  readonly options: ReadonlyMap<string, EffectiveOption>;
}

/** One action of a jail, after substitution. */
export interface ActionConfig {
  /** Unique in its jail (`actname`). */
  readonly name: string;
  /** Name as in `action.d`, without options. */
  readonly file: string;
  /** `action.d/*.py`: cannot run here; the daemon decides what takes its place. */
  readonly isPython: boolean;
  /** What the jail passes in brackets. */
  readonly arguments: ReadonlyMap<string, string>;
  /** Commands and properties as they are sent, each with its origin. */
  readonly options: ReadonlyMap<string, EffectiveOption>;
  /** Absent where no engine of ours could serve it. */
  readonly engine?: EngineChoice;
}

/**
 * Whether an engine of the daemon carries an action out, or its commands do, and then why. With the engine `notices` the values
 * are commands and parameters of our own file, which take the place of fail2ban's.
 */
export type EngineChoice =
  | {
      readonly engine: string;
      /** Options of `[Definition]` that the engine goes by and that are no properties, such as `type`. */
      readonly values: ReadonlyMap<string, string>;
    }
  | { readonly asWritten: string };

/** One enabled jail. */
export interface JailConfig {
  readonly name: string;
  /** As the `add` command gets it, `systemd` with its options in brackets. */
  readonly backend: string;
  /** Everything between the `add` and the `start` command; empty when `configError` is set. */
  readonly commands: readonly StreamCommand[];
  readonly logPaths: readonly LogPathPattern[];
  /** Every option of the jail by name: set ones, and defaults for all that jail.conf(5) names. */
  readonly options: ReadonlyMap<string, EffectiveOption>;
  readonly filter?: FilterConfig;
  readonly actions: readonly ActionConfig[];
  /** Set when the jail cannot run: why, as the `config-error` command says it. */
  readonly configError?: string;
  /** All of them, also those that cost one option only. */
  readonly errors: readonly WarderError[];
  readonly warnings: readonly ConfigWarning[];
}

/** What a configuration says. */
export interface Configuration {
  /** Commands for the server itself, in fail2ban's order. */
  readonly server: readonly StreamCommand[];
  /** Enabled jails in the order of their sections. */
  readonly jails: readonly JailConfig[];
  /** All errors, those of jails included (they carry `.jail`). */
  readonly errors: readonly WarderError[];
  readonly warnings: readonly ConfigWarning[];
  /** `socket`, `pidfile`, `loglevel` and all others of fail2ban.conf, by name. */
  readonly fail2ban: ReadonlyMap<string, EffectiveOption>;
}
