import type { Visit } from './protocol.ts';

/** How one attempt to log in went. */
export type Login = Extract<Visit, 'password refused' | 'refused' | 'no answer' | 'held' | 'cut off'>;

/** Addresses for documentation (RFC 5737): they are nobody's. */
export const addresses = {
  guarded: '192.0.2.1',
  attacker: '203.0.113.66',
  bystander: '198.51.100.7',
} as const;

export type Visitor = 'attacker' | 'bystander';

/** What the demo plays on. */
export interface Stage {
  /** Where the daemon listens for commands. */
  readonly socketPath: string;
  /** What there is, a sentence each, for the beginning. */
  readonly described: readonly string[];
  /** With the network part; without it, lines are replayed and nothing is blocked. */
  readonly network: NetworkStage | undefined;
  /** The attacker tries a password, or, without a network, the line of it is written. */
  attack(): Promise<Login>;
}

/** Two machines that can really meet. */
export interface NetworkStage {
  visit(who: Visitor, patienceMs: number): Promise<Visit>;
  /** The attacker opens one more connection, and keeps it if it is held. */
  cling(patienceMs: number): Promise<Visit>;
  /** How many of those are still held. */
  holding(): Promise<number>;
  release(): void;
  /** What the firewall has for the attacker: the command that lists it, and the lines that name him. */
  firewall(): Promise<{ readonly command: string; readonly lines: readonly string[] }>;
}

/** Told of each line that goes into the log. */
export type OnLogLine = (line: string) => void;
