import { readMessage } from '../base/index.ts';
import type { ControlEvent } from '../control/index.ts';
import { type Question, readQuestion } from './questions.ts';

/** Where the page is served. */
export interface ListenAt {
  /** An address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Daemon → page's process, one line of JSON each. */
export type WebRequest =
  /** The first: opens the door. The tokens come as SHA-256, in hexadecimal: the process need not know them. */
  | {
      readonly kind: 'listen';
      readonly at: ListenAt;
      /** Further names under which it may be called, beside its address. */
      readonly hosts: readonly string[];
      readonly tokenHash: string;
      /** Opens the metrics only. */
      readonly metricsTokenHash?: string;
    }
  | { readonly kind: 'answer'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly code: string; readonly message: string }
  | { readonly kind: 'event'; readonly event: ControlEvent }
  /** So many events did not fit into the pipe. */
  | { readonly kind: 'gap'; readonly lost: number };

/** Page's process → daemon, one line of JSON each. */
export type WebMessage =
  /** It listens, at this address and port. */
  | { readonly kind: 'ready'; readonly at: ListenAt }
  /** It cannot listen; it ends. */
  | { readonly kind: 'unable'; readonly code: string; readonly reason: string }
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question }
  /** Whether somebody watches, so that events are wanted. */
  | { readonly kind: 'watch'; readonly on: boolean }
  /** Wrong tokens since the last message of this kind, and who sent the latest. */
  | { readonly kind: 'intruder'; readonly attempts: number; readonly address: string };

/** No message of the process is longer, in characters: questions are small. */
export const longestMessage = 64 * 1024;
const longestWord = 300;

/** Reads a line of the process; undefined if it is none of its messages. */
export function parseWebMessage(line: string): WebMessage | undefined {
  const value = readMessage(line);
  if (value === undefined) return undefined;
  const { kind, id } = value;
  if (kind === 'ask') {
    const question = readQuestion(value.question);
    return question === undefined || !isNumber(id) ? undefined : { kind, id, question };
  }
  if (kind === 'watch') return typeof value.on === 'boolean' ? { kind, on: value.on } : undefined;
  if (kind === 'ready') return readReady(value);
  const { code, reason, attempts, address } = value;
  if (kind === 'unable' && isWord(code) && isWord(reason)) return { kind, code, reason };
  if (kind === 'intruder' && isNumber(attempts) && isWord(address)) return { kind, attempts, address };
  return undefined;
}

function readReady({ at }: Readonly<Record<string, unknown>>): WebMessage | undefined {
  const known = readListenAt(at);
  return known === undefined ? undefined : { kind: 'ready', at: known };
}

function readListenAt(value: unknown): ListenAt | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { host, port } = value as Record<string, unknown>;
  return isWord(host) && isNumber(port) ? { host, port } : undefined;
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && value.length <= longestWord;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
