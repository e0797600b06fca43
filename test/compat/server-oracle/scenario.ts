/** Options of a jail as they are written into jail.conf. */
export type JailText = Readonly<Record<string, string>>;

/** What happens in a scenario, `atSec` seconds after the start. */
export type Step = { readonly atSec: number } & (
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'command'; readonly words: readonly string[] }
  /** The log is moved away and begun anew. */
  | { readonly kind: 'rotate' }
  /** The log is emptied in place. */
  | { readonly kind: 'truncate' }
);

/** One story: jails that read one log, and what happens to them. Scenarios share nothing but time. */
export interface Scenario {
  readonly name: string;
  /** Options by jail. Names of jails are unique in a world. */
  readonly jails: Readonly<Record<string, JailText>>;
  /** Lines that the log has at the start. */
  readonly before?: readonly string[];
  readonly steps: readonly Step[];
  /** Differences that are meant: why the two daemons do not tell the same of it. */
  readonly differs?: string;
}

/** Both daemons end and begin again. Steps in between happen while neither runs. */
export interface Restart {
  readonly atSec: number;
  readonly upAtSec: number;
  readonly how: 'stop' | 'kill';
  /** Options that jails have from then on. */
  readonly changes?: Readonly<Record<string, JailText>>;
}

/** When everything starts, local time being UTC. No ban of whole minutes ends at the moment in which somebody looks. */
export const startSec = Date.UTC(2026, 10, 22, 10, 0, 3) / 1000;

/** `2026-11-22 10:00:03`. */
export function dateAt(atSec: number): string {
  return new Date((startSec + atSec) * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

/** A failed login; `lateSec`: so long after its date the line is written. */
export function fail(atSec: number, ip: string, lateSec = 0): Step {
  return { kind: 'line', atSec, text: `${dateAt(atSec - lateSec)} bad login from ${ip}` };
}

export function dateless(atSec: number, ip: string): Step {
  return { kind: 'line', atSec, text: `bad login from ${ip}` };
}

export function line(atSec: number, text: string): Step {
  return { kind: 'line', atSec, text };
}

export function command(atSec: number, ...words: readonly string[]): Step {
  return { kind: 'command', atSec, words };
}

/** Failures of an address at each of these times. */
export function fails(ip: string, ...times: readonly number[]): Step[] {
  return times.map((atSec) => fail(atSec, ip));
}

/** `count` failures of an address, `everySec` apart. */
export function train(ip: string, count: number, everySec: number, fromSec = 0): Step[] {
  return Array.from({ length: count }, (_, index) => fail(fromSec + index * everySec, ip));
}
