/** How a daemon is started; the command line and the configuration decide it before. */
export interface DaemonOptions {
  /** Configuration folders, the lowest layer (ours) first; a folder may be missing. */
  readonly configLayers: readonly string[];
  readonly socketPath: string;
  readonly pidFile: string;
  /** These override the configuration. */
  readonly logTarget?: string;
  readonly logLevel?: string;
  readonly syslogSocket?: string;
  readonly dbFile?: string;
  /** Attached to a terminal or a service manager: standard output and error stay. */
  readonly foreground: boolean;
  /** Name of the process in `ps` (`--pname`). */
  readonly processName?: string;
  /** `--async`: a client will send the configuration; do not read it. */
  readonly waitForStream?: boolean;
  /** `-x`: take over the socket without asking the one who holds it. */
  readonly force?: boolean;
  /** Run no action at all: bans are kept in the book and in the log. */
  readonly observeOnly?: boolean;
  /**
   * Called once the socket answers and the configuration is in force. `problems` are jails or options that did not make
   * it; `enforcement` says in a sentence what bans with, or why we only observe.
   */
  readonly onReady?: (problems: readonly string[], enforcement: string) => void;
}
