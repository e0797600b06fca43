// What Warder calls in an action written in JavaScript; see docs/script-actions.md.

/** What every hook is told. */
export interface ActionEvent {
  /** The name of the jail. */
  readonly jail: string;
  /** The name of the action in its jail. */
  readonly action: string;
  /** The arguments in the jail's brackets, and `timeout`. */
  readonly params: Readonly<Record<string, string>>;
}

/** What `ban` and `unban` are told. */
export interface BanEvent extends ActionEvent {
  /** What is banned: an address, a network (`192.0.2.0/24`), or whatever the filter counts by (`<F-ID>`). */
  readonly id: string;
  /** The address or network; null where the ban is of something else. */
  readonly ip: string | null;
  /** When it was banned, in seconds since 1970. */
  readonly time: number;
  /** For how long, in seconds; -1 is for ever. */
  readonly bantime: number;
  /** How often this jail has banned it, this time included. */
  readonly bancount: number;
  /** Failures that led to the ban. */
  readonly failures: number;
  /** The log lines behind them. An attacker chose what stands in them. */
  readonly matches: readonly string[];
  /** What the filter captured (`user`, …). An attacker chose that too. */
  readonly fields: Readonly<Record<string, string>>;
  /** The ban comes from the database: it was made before a restart. */
  readonly restored: boolean;
}

/** The hooks; all may be left out but one. What they return is not looked at; a promise is waited for; an error fails the step. */
export interface WarderAction {
  /** The jail starts. */
  start?(event: ActionEvent): unknown;
  ban?(event: BanEvent): unknown;
  unban?(event: BanEvent): unknown;
  /** All bans of the jail end at once; without it `unban` is called for each. */
  flush?(event: ActionEvent): unknown;
  /** The jail stops; its bans have ended. */
  stop?(event: ActionEvent): unknown;
  /** Do not call `ban` for bans that come from the database; the jail's `norestored` goes before it. */
  norestored?: boolean;
}
