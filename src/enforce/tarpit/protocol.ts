import { parseIp, readMessage } from '../../base/index.ts';
import { type Voice, type VoicePorts, voices } from './voices.ts';

/** Bounds of what is held. */
export interface PitLimits {
  /** Connections in all; fewer where the process may not open so many. */
  readonly mostHeld: number;
  /** Connections of one source: an IPv4 address, or an IPv6 /64. */
  readonly mostPerSource: number;
}

/** Main → process, one line of JSON each. */
export type PitRequest =
  /** The first: opens the ports, where possible those that are asked for. */
  | { readonly kind: 'listen'; readonly ports?: VoicePorts; readonly limits: PitLimits }
  /** Lets go what these addresses and networks hold. */
  | { readonly kind: 'release'; readonly addresses: readonly string[] }
  | { readonly kind: 'figures'; readonly id: number };

/** What one source address holds. */
export interface HeldAddress {
  readonly address: string;
  readonly connections: number;
  readonly longestSec: number;
  /** How long it was held, all its connections together, those that ended included as long as it has one. */
  readonly wastedSec: number;
}

/** What the process holds, and has held since its start. */
export interface PitFigures {
  readonly held: number;
  readonly byVoice: Readonly<Partial<Record<Voice, number>>>;
  readonly addresses: readonly HeldAddress[];
  /** The longest connection of all, held or ended. */
  readonly longestSec: number;
  /** Connections accepted, and those closed at once since there were too many. */
  readonly accepted: number;
  readonly refused: number;
  /** How long clients were held, all connections together. */
  readonly wastedSec: number;
}

/** Process → main, one line of JSON each. */
export type PitMessage =
  /** It listens. `keptUser`: why it could not become nobody. */
  | {
      readonly kind: 'ready';
      readonly ports: VoicePorts;
      readonly mostHeld: number;
      readonly keptUser?: string;
    }
  /** Now and then while it holds somebody without an id, so that little is lost when it dies. */
  | { readonly kind: 'figures'; readonly id?: number; readonly figures: PitFigures };

/** No message is longer, in characters. */
export const longestMessage = 2 * 1024 * 1024;

/** Reads a line of the process; undefined if it is none of its messages. It is not trusted with more than numbers. */
export function parsePitMessage(line: string): PitMessage | undefined {
  const value = readMessage(line);
  if (value === undefined) return undefined;
  if (value.kind === 'ready') return readyOf(value);
  if (value.kind !== 'figures' || !isRecord(value.figures)) return undefined;
  const figures = figuresOf(value.figures);
  if (figures === undefined) return undefined;
  return isCount(value.id) ? { kind: 'figures', id: value.id, figures } : { kind: 'figures', figures };
}

function readyOf(value: Record<string, unknown>): PitMessage | undefined {
  const { ports, mostHeld, keptUser } = value;
  if (!isRecord(ports) || !isCount(mostHeld)) return undefined;
  if (!voices.every((voice) => isPort(ports[voice]))) return undefined;
  const known = Object.fromEntries(voices.map((voice) => [voice, ports[voice]])) as VoicePorts;
  const ready = { kind: 'ready', ports: known, mostHeld } as const;
  return typeof keptUser === 'string' ? { ...ready, keptUser: keptUser.slice(0, 100) } : ready;
}

function figuresOf(value: Record<string, unknown>): PitFigures | undefined {
  const { held, byVoice, addresses, longestSec, accepted, refused, wastedSec } = value;
  if (!isCount(held) || !isCount(accepted) || !isCount(refused)) return undefined;
  if (!isSpan(longestSec) || !isSpan(wastedSec) || !isRecord(byVoice) || !Array.isArray(addresses))
    return undefined;
  const counts: Partial<Record<Voice, number>> = {};
  for (const voice of voices) if (isCount(byVoice[voice])) counts[voice] = byVoice[voice];
  const known = addresses.map(heldAddressOf).filter((entry) => entry !== undefined);
  return { held, byVoice: counts, addresses: known, longestSec, accepted, refused, wastedSec };
}

function heldAddressOf(value: unknown): HeldAddress | undefined {
  if (!isRecord(value) || typeof value.address !== 'string') return undefined;
  const ip = parseIp(value.address);
  const { connections, longestSec, wastedSec } = value;
  if (ip === undefined || !isCount(connections) || !isSpan(longestSec) || !isSpan(wastedSec))
    return undefined;
  return { address: ip.text, connections, longestSec, wastedSec };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isPort(value: unknown): value is number {
  return isCount(value) && value >= 1024 && value <= 65_535;
}

function isSpan(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
