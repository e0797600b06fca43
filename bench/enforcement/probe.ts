// Runs on the guarded machine: plays single attackers, and measures from the line in the log to the first of their packets
// that does not arrive. Prints the milliseconds of each as JSON.
//
//   node probe.ts LOG ATTACKS
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { attackLines } from './stage.ts';

const port = 9999;
/** Between two packets of an attacker. */
const intervalMs = 1;
const giveUpMs = 5000;

const log = process.argv[2]!;
const attacks = Number(process.argv[3]);

const server = createSocket('udp4');
let newest = -1;
server.on('message', (message) => {
  newest = Math.max(newest, message.readDoubleLE(0));
});
server.bind(port, '127.0.0.1');
await once(server, 'listening');

const delays: number[] = [];
for (let attack = 0; attack < attacks; attack++) {
  delays.push(await play(`10.99.${1 + (attack >> 8)}.${attack & 255}`));
  // Attacks come one by one: each finds the guard at rest.
  await delay(20 + (attack % 7) * 5);
}
server.close();
console.log(JSON.stringify(delays));

async function play(address: string): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  newest = -1;
  appendFileSync(log, attackLines([address]));
  const startedMs = performance.now();
  const lastMs = await sendUntilSilent(socket, startedMs);
  socket.close();
  return lastMs - startedMs;
}

/** Sends until nothing has arrived for a while; the time of the first packet that did not. */
async function sendUntilSilent(socket: Socket, startedMs: number): Promise<number> {
  const sent: number[] = [];
  const silentMs = 100;
  for (;;) {
    const nowMs = performance.now();
    const packet = Buffer.alloc(8);
    packet.writeDoubleLE(nowMs);
    sent.push(nowMs);
    socket.send(packet, port, '127.0.0.1', () => undefined);
    // A timer and no busy loop: the guard is to have the processor.
    await delay(intervalMs);
    const lastArrivedMs = Math.max(newest, startedMs);
    if (nowMs - lastArrivedMs > silentMs) return sent.find((ms) => ms > newest) ?? nowMs;
    if (nowMs - startedMs > giveUpMs) return giveUpMs;
  }
}
