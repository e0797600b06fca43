import { type Clock, contains, type IpNetwork, parseIp, widen } from '../../base/index.ts';
import type { HeldAddress, PitFigures, PitLimits } from './protocol.ts';
import { nextBytes, type Speech, type Voice } from './voices.ts';
import { Wheel } from './wheel.ts';

/** What of a socket the pit needs; `net.Socket` satisfies it, paused as it was accepted. */
export interface HeldSocket {
  readonly remoteAddress?: string | undefined;
  readonly bytesRead: number;
  readonly writableLength: number;
  readonly destroyed: boolean;
  write(bytes: Buffer): unknown;
  pause(): unknown;
  resume(): unknown;
  end(): unknown;
  resetAndDestroy(): unknown;
  on(event: 'data' | 'error' | 'close' | 'end', listener: (this: this) => void): unknown;
}

export interface PitParts {
  readonly clock: Clock;
  readonly limits: PitLimits;
  readonly speechOf: (voice: Voice) => Speech | undefined;
  /** A number from 0 up to, not including, 1. */
  readonly random: () => number;
  /** Calls back when what has arrived for sockets that read was read; a test calls back at once. */
  readonly afterReading: (callback: () => void) => void;
}

/** Between two visits of a connection. */
const visitSec = { first: 1, firstSpread: 3, least: 10, spread: 10 };
/** At each so manieth visit the connection is read from for a moment. */
const visitsToSip = 4;
/** Who sends more is let go: it would fill our memory. */
const mostBytesRead = 8 * 1024;
/** A released client that does not close its end is closed after so many ticks. */
const farewellSec = 5;

interface Held {
  readonly socket: HeldSocket;
  readonly voice: Voice;
  readonly address: string;
  readonly source: string;
  readonly sinceSec: number;
  heard: number;
  visits: number;
  released: boolean;
}

interface Address {
  readonly held: Set<Held>;
  /** Of connections that ended. */
  wastedSec: number;
}

/**
 * Holds connections: says a few bytes every 10 to 20 seconds, and reads next to nothing. When there are too many, new
 * ones are closed and the oldest stay: they cost their owners most, and opening more must not free them.
 */
export class Pit {
  readonly #parts: PitParts;
  readonly #wheel: Wheel<Held>;
  readonly #bySocket = new Map<HeldSocket, Held>();
  readonly #byAddress = new Map<string, Address>();
  readonly #perSource = new Map<string, number>();
  #accepted = 0;
  #refused = 0;
  #endedSec = 0;
  #longestEndedSec = 0;

  constructor(parts: PitParts) {
    this.#parts = parts;
    this.#wheel = new Wheel(parts.clock, visitSec.least + visitSec.spread, (held) => this.#visit(held));
  }

  get held(): number {
    return this.#bySocket.size;
  }

  /** Whether a timer runs for those that are held. */
  get isTurning(): boolean {
    return this.#wheel.isTurning;
  }

  /** Takes a new connection in, or closes it. */
  accept(socket: HeldSocket, voice: Voice): void {
    const ip = parseIp(socket.remoteAddress ?? '');
    const source = ip === undefined ? '' : sourceOf(ip);
    const { mostHeld, mostPerSource } = this.#parts.limits;
    const ofSource = this.#perSource.get(source) ?? 0;
    if (ip === undefined || this.#bySocket.size >= mostHeld || ofSource >= mostPerSource) {
      this.#refused++;
      socket.on('error', ignore);
      socket.resetAndDestroy();
      return;
    }
    this.#accepted++;
    const held: Held = {
      socket,
      voice,
      address: ip.text,
      source,
      sinceSec: this.#parts.clock.nowSec(),
      heard: 0,
      visits: 0,
      released: false,
    };
    this.#enter(held, ofSource);
  }

  /** Lets go what an address or a network holds, so that its owner can connect anew at once. */
  release(addresses: readonly string[]): void {
    const networks: IpNetwork[] = [];
    for (const text of addresses) {
      for (const held of [...(this.#byAddress.get(text)?.held ?? [])]) this.#farewell(held);
      const ip = parseIp(text);
      if (ip !== undefined && text.includes('/')) networks.push(ip);
    }
    if (networks.length === 0) return;
    for (const [address, { held }] of [...this.#byAddress]) {
      const ip = parseIp(address);
      if (ip !== undefined && networks.some((network) => contains(network, ip)))
        for (const each of [...held]) this.#farewell(each);
    }
  }

  /** `withAddresses`: also what each address holds. */
  figures(withAddresses: boolean): PitFigures {
    const nowSec = this.#parts.clock.nowSec();
    const byVoice: Partial<Record<Voice, number>> = {};
    let longestSec = this.#longestEndedSec;
    let wastedSec = this.#endedSec;
    for (const { voice, sinceSec } of this.#bySocket.values()) {
      byVoice[voice] = (byVoice[voice] ?? 0) + 1;
      wastedSec += nowSec - sinceSec;
      longestSec = Math.max(longestSec, nowSec - sinceSec);
    }
    return {
      held: this.#bySocket.size,
      byVoice,
      addresses: withAddresses ? this.#addresses(nowSec) : [],
      longestSec,
      accepted: this.#accepted,
      refused: this.#refused,
      wastedSec,
    };
  }

  #addresses(nowSec: number): HeldAddress[] {
    return Array.from(this.#byAddress, ([address, { held, wastedSec }]) => {
      const spans = Array.from(held, ({ sinceSec }) => nowSec - sinceSec);
      return {
        address,
        connections: held.size,
        longestSec: spans.reduce((longest, span) => Math.max(longest, span), 0),
        wastedSec: spans.reduce((sum, span) => sum + span, wastedSec),
      };
    });
  }

  #enter(held: Held, ofSource: number): void {
    const { socket, address, source } = held;
    this.#bySocket.set(socket, held);
    this.#perSource.set(source, ofSource + 1);
    const known = this.#byAddress.get(address) ?? { held: new Set(), wastedSec: 0 };
    known.held.add(held);
    this.#byAddress.set(address, known);
    socket.on('data', this.#onData);
    socket.on('error', ignore);
    socket.on('close', this.#onClose);
    // A listener for data has made it flow.
    socket.pause();
    this.#wheel.add(held, visitSec.first + this.#parts.random() * visitSec.firstSpread);
  }

  #visit(held: Held): void {
    const { socket, released } = held;
    if (socket.destroyed) return;
    if (released) {
      socket.resetAndDestroy();
      return;
    }
    held.visits++;
    const speech = this.#parts.speechOf(held.voice);
    // Where the last bytes still wait, the client does not read: that is fine with us.
    if (speech !== undefined && socket.writableLength === 0) {
      const bytes = nextBytes(speech, held.heard);
      held.heard += bytes.length;
      socket.write(bytes);
    }
    if (held.visits % visitsToSip === 0) this.#sip(held);
    this.#wheel.add(held, visitSec.least + this.#parts.random() * visitSec.spread);
  }

  /** Reads once, a bounded amount: that a silent client has gone shows in nothing else. */
  #sip({ socket }: Held): void {
    socket.resume();
    this.#parts.afterReading(() => {
      if (socket.destroyed || this.#bySocket.get(socket)?.released !== false) return;
      socket.pause();
      if (socket.bytesRead > mostBytesRead) socket.resetAndDestroy();
    });
  }

  /**
   * What the client has sent is read first: closing over unread bytes would send a reset, and the kernel's rules hold
   * resets of the tarpit back.
   */
  #farewell(held: Held): void {
    if (held.released) return;
    held.released = true;
    held.socket.resume();
    held.socket.end();
    this.#wheel.add(held, farewellSec);
  }

  readonly #onData = (): void => undefined;

  readonly #onClose = this.#closed();

  /** One function for all sockets. */
  #closed(): (this: HeldSocket) => void {
    const forget = (socket: HeldSocket): void => this.#forget(socket);
    return function closed(this: HeldSocket): void {
      forget(this);
    };
  }

  #forget(socket: HeldSocket): void {
    const held = this.#bySocket.get(socket);
    if (held === undefined) return;
    this.#bySocket.delete(socket);
    this.#wheel.delete(held);
    const spanSec = Math.max(this.#parts.clock.nowSec() - held.sinceSec, 0);
    this.#endedSec += spanSec;
    this.#longestEndedSec = Math.max(this.#longestEndedSec, spanSec);
    const ofSource = (this.#perSource.get(held.source) ?? 1) - 1;
    if (ofSource === 0) this.#perSource.delete(held.source);
    else this.#perSource.set(held.source, ofSource);
    const address = this.#byAddress.get(held.address);
    if (address === undefined) return;
    address.held.delete(held);
    address.wastedSec += spanSec;
    if (address.held.size === 0) this.#byAddress.delete(held.address);
  }
}

/** Who has an IPv6 address has its /64. */
function sourceOf(ip: IpNetwork): string {
  return ip.family === 4 ? ip.text : widen(ip, 64).text;
}

function ignore(): void {}
