/** One action of a jail as configured: properties in the order of the stream (`actionstart`, `actionban`, `port`, …). */
export interface ActionSettings {
  readonly name: string;
  readonly properties: ReadonlyMap<string, string>;
}

/** What became of one command of an action. */
export interface Outcome {
  readonly jail: string;
  readonly action: string;
  readonly step: 'start' | 'stop' | 'flush' | 'ban' | 'unban' | 'prolong' | 'reban' | 'check' | 'repair';
  /** The id concerned; absent for start, stop, flush, check. */
  readonly id?: string;
  readonly ok: boolean;
  /** Exit code of the last command, where one ran to its end. */
  readonly exitCode?: number;
  readonly durationMs: number;
  /** The tool's own words, escaped and capped. */
  readonly error?: string;
}
