import type { PythonValue } from '../../base/index.ts';
import type { EventPort } from '../events/subscription.ts';

/** What a door makes of one message. */
export interface Reply {
  /** Bytes to send back; absent when nothing is to be said. */
  readonly bytes?: Buffer;
  /** The connection ends after them. */
  readonly close?: boolean;
}

/** One of the languages that the socket speaks, for one client. */
export interface Door {
  /** Ends each of its messages. */
  readonly mark: string;
  /** A message is no longer than this, where the socket's own limit is too generous. */
  readonly maxMessageBytes?: number;
  /** It says things without being asked, so a client that is silent is none that is idle. */
  readonly isStreaming?: boolean;
  /** Never throws: whatever is wrong with a message or a command becomes the reply. */
  handle(message: Buffer): Promise<Reply>;
  /** The client sends nothing more; a streaming door finds out whether it is gone. */
  clientDone?(): void;
  /** The server ends the connection; last words go through the port. */
  end?(reason: string): void;
  /** The connection is gone. */
  abandon?(): void;
}

/** Carries out commands: the dispatcher, or, for a client too many, what turns it away. */
export interface CommandRunner {
  execute(words: readonly PythonValue[]): Promise<PythonValue>;
}

/** How a door speaks without being asked. */
export type DoorPort = EventPort;
