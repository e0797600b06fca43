// Plays in a network namespace, told line by line in JSON on standard input (`protocol.ts`), and ends with it: a client that connects,
// and a service that knows no password, for machines without an SSH server.
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { ActorAnswer, ActorRequest, Visit } from './protocol.ts';

const greeting = 'SSH-2.0-WarderDemo\r\n';
const greetingInside = /(?:^|\n)SSH-[\d.]+-[^\n]*\n/;
const refusal = 'Permission denied';

class Player {
  readonly #held: Socket[] = [];

  obey(request: ActorRequest): void {
    if (request.kind === 'visit') this.#visit(request);
    else if (request.kind === 'serve') serve(request.host, request.port);
    else if (request.kind === 'release') for (const socket of this.#held.splice(0)) socket.destroy();
    else say({ ...request, open: this.#held.filter((socket) => !socket.destroyed).length });
  }

  /** Connects, and waits for a greeting; with a password, says it and waits for the answer. */
  #visit(request: Extract<ActorRequest, { kind: 'visit' }>): void {
    const startedMs = performance.now();
    const { id, host, port, source, password, keep, patienceMs } = request;
    const socket = connect({ host, port, localAddress: source });
    let heard = '';
    let isConnected = false;
    let hasSpoken = false;
    let isSettled = false;
    const settle = (outcome: Visit): void => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      if (outcome === 'held' && keep) this.#held.push(socket);
      else socket.destroy();
      say({ kind: 'visited', id, outcome, tookMs: Math.round(performance.now() - startedMs) });
    };
    const timer = setTimeout(() => settle(isConnected ? 'held' : 'no answer'), patienceMs);
    socket.on('connect', () => {
      isConnected = true;
    });
    socket.on('data', (chunk) => {
      if (isSettled) return;
      heard += chunk.toString('latin1');
      if (!greetingInside.test(heard)) return;
      if (password === undefined) settle('greeted');
      else if (heard.includes(refusal)) settle('password refused');
      else if (!hasSpoken) {
        hasSpoken = true;
        socket.write(`${password}\n`);
      }
    });
    socket.on('error', () => settle(isConnected ? 'cut off' : 'refused'));
    socket.on('close', () => settle('cut off'));
  }
}

function serve(host: string, port: number): void {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(greeting);
    socket.once('data', () => {
      say({ kind: 'login', address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 });
      socket.end(`${refusal}\r\n`);
    });
  });
  server.on('error', (error) => say({ kind: 'failed', reason: error.message }));
  server.listen(port, host, () => say({ kind: 'serving' }));
}

function say(answer: ActorAnswer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

const player = new Player();
createInterface({ input: process.stdin })
  .on('line', (line) => player.obey(JSON.parse(line) as ActorRequest))
  .on('close', () => process.exit());
