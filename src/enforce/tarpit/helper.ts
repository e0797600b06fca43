import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import { becomeNobody, type Clock } from '../../base/index.ts';
import { Pit } from './pit.ts';
import type { PitLimits, PitMessage, PitRequest } from './protocol.ts';
import { type Speech, speechOf, type Voice, type VoicePorts, voices } from './voices.ts';

// The process of the built-in tarpit; the build bundles it as tarpit.js. It is nobody before it opens a port. Requests come
// as lines on its standard input, and it ends with it.

process.title = 'warder-tarpit';
const keptUser = becomeNobody();
/** Descriptors for everything that is no connection. */
const spareDescriptors = 64;
/** So often the figures are told unasked while somebody is held. */
const tellSec = 30;

/** Time that nobody sets, and no timer holds the process back: its standard input does. */
const clock: Clock = {
  nowSec: () => performance.now() / 1000,
  after(delaySec, callback) {
    const timer = setTimeout(callback, delaySec * 1000);
    return () => clearTimeout(timer);
  },
};

const state: { pit?: Pit; telling?: boolean } = {};
createInterface({ input: process.stdin }).on('line', hear).on('close', end);
process.stdout.on('error', end);

function hear(line: string): void {
  const request = JSON.parse(line) as PitRequest;
  const { pit } = state;
  if (request.kind === 'listen') open(request.ports, request.limits).catch(fail);
  else if (pit === undefined) return;
  else if (request.kind === 'release') pit.release(request.addresses);
  else say({ kind: 'figures', id: request.id, figures: pit.figures(true) });
}

async function open(wanted: VoicePorts | undefined, limits: PitLimits): Promise<void> {
  const mostHeld = Math.max(1, Math.min(limits.mostHeld, mostDescriptors() - spareDescriptors));
  const speeches = new Map(
    voices.map((voice): [Voice, Speech | undefined] => [voice, speechOf(voice, randomBytes)]),
  );
  const pit = new Pit({
    clock,
    limits: { ...limits, mostHeld },
    speechOf: (voice) => speeches.get(voice),
    random: Math.random,
    afterReading: (callback) => setImmediate(callback),
  });
  state.pit = pit;
  const ports: Partial<Record<Voice, number>> = {};
  for (const voice of voices) ports[voice] = await listen(pit, voice, wanted?.[voice] ?? 0);
  say({
    kind: 'ready',
    ports: ports as VoicePorts,
    mostHeld,
    ...(keptUser === undefined ? {} : { keptUser }),
  });
}

/** Opens the port that is asked for, or another one; for IPv4 and IPv6 where the machine has both. */
async function listen(pit: Pit, voice: Voice, port: number): Promise<number> {
  const tries = [
    { host: '::', port },
    { host: '0.0.0.0', port },
    { host: '::', port: 0 },
    { host: '0.0.0.0', port: 0 },
  ];
  let reason: unknown;
  for (const place of tries) {
    try {
      const server = await bind(pit, voice, place);
      const address = server.address();
      if (typeof address === 'object' && address !== null) return address.port;
    } catch (error) {
      reason = error;
    }
  }
  throw reason;
}

function bind(pit: Pit, voice: Voice, place: { host: string; port: number }): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({
      pauseOnConnect: true,
      noDelay: true,
      // Finds clients whose machine is gone.
      keepAlive: true,
      keepAliveInitialDelay: 120_000,
      highWaterMark: 1024,
    });
    server.on('connection', (socket) => {
      pit.accept(socket, voice);
      tellLater(pit);
    });
    server.once('error', reject);
    server.listen({ ...place, backlog: 256 }, () => {
      server.removeListener('error', reject);
      // An accept that failed: that client is not held.
      server.on('error', () => undefined);
      resolve(server);
    });
  });
}

/** Tells the figures, and again later while somebody is held. */
function tellLater(pit: Pit): void {
  if (state.telling === true) return;
  state.telling = true;
  clock.after(tellSec, () => {
    state.telling = false;
    say({ kind: 'figures', figures: pit.figures(false) });
    if (pit.held > 0) tellLater(pit);
  });
}

/** How many files this process may have open. */
function mostDescriptors(): number {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return limit === undefined ? 65_536 : Number(limit);
  } catch {
    return 1024;
  }
}

function say(message: PitMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function fail(error: unknown): void {
  process.stderr.write(error instanceof Error ? error.message : String(error), () => process.exit(1));
}

/** Connections go with the process. */
function end(): void {
  process.kill(process.pid, 'SIGKILL');
}
