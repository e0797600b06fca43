import type { PythonValue } from '../../base/index.ts';
import type { JailApi, ServerApi } from '../server-api.ts';

/** One command on its way to the server. */
export interface Call {
  readonly api: ServerApi;
  /** Words behind those that selected the command. */
  readonly args: readonly PythonValue[];
  /** The word in place of `<JAIL>`; empty where the command has none. */
  readonly jailName: string;
  /** Looks the jail up; throws `UNKNOWN_JAIL`. Left to the command, since its arguments are checked first. */
  jail(): JailApi;
  /** Part of a stream: nobody reads the answer, so it is not worked out. */
  readonly quiet: boolean;
  /** Came as `multi-set`: several values in one command. */
  readonly multiple: boolean;
  /** What the last word of the route was, for routes that end in a prefix (`bantime.`). */
  readonly option: string;
  /** Words for the log that belong to the answer, such as a warning about a flavor. */
  warn(message: string): void;
}

/** A line of the help: how the command is written, and what it does. */
export interface HelpEntry {
  readonly syntax: string;
  readonly text: string;
  /** fail2ban's own help does not tell of it: it is in the manual page and in completion, not in `--help`. */
  readonly further?: true;
}

/**
 * A command. Dispatch, argument checks, help, manual page and completion all come from this.
 *
 * `route` are its leading words; `<JAIL>` stands for a jail's name, a last word that ends with a dot takes any option of
 * that prefix. A command without `run` exists in the help only: the client does it.
 */
export interface CommandSpec {
  readonly route: string;
  readonly help: readonly HelpEntry[];
  /** Arguments needed behind the route; fewer are an error, more are ignored, as fail2ban does. */
  readonly least?: number;
  /** Changes which jails there are: one such command at a time. May depend on the arguments. */
  readonly exclusive?: boolean | ((args: readonly PythonValue[]) => boolean);
  run?(call: Call): PythonValue | undefined | Promise<PythonValue | undefined>;
  /** Works out the answer after `run`, unless the call is quiet. */
  answer?(call: Call): PythonValue | Promise<PythonValue>;
}

/** A part of the help with its title. */
export interface Section {
  readonly title: string;
  readonly commands: readonly CommandSpec[];
}

/** A line of help; the syntax first. */
export function help(syntax: string, text: string): HelpEntry {
  return { syntax, text };
}

/** A line of help that is not in fail2ban's. */
export function furtherHelp(syntax: string, text: string): HelpEntry {
  return { syntax, text, further: true };
}
