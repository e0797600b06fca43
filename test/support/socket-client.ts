import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { type PythonValue, pythonRepr } from '../../src/base/index.ts';
import { decodeAnswer, encodePickle, endMark } from '../../src/control/index.ts';

/** A raw connection, closed with the test. */
export async function client(context: TestContext, path: string): Promise<Socket> {
  const socket = connect(path);
  socket.on('error', () => undefined);
  context.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Everything up to the end mark (or newline), as it arrives. */
export function readMessage(socket: Socket, mark = endMark): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      const end = bytes.indexOf(mark);
      if (end < 0) return;
      socket.off('data', onData);
      socket.off('close', onClose);
      resolve(bytes.subarray(0, end));
    };
    socket.on('data', onData);
    const onClose = (): void => reject(new Error('closed'));
    socket.once('close', onClose);
  });
}

/** A request as fail2ban's client sends it. */
export function request(...words: PythonValue[]): Buffer {
  return Buffer.concat([encodePickle(words), Buffer.from(endMark)]);
}

/** Sends a request and gives the answer as Python shows it. */
export async function ask(socket: Socket, bytes: Buffer): Promise<string> {
  socket.write(bytes);
  const answer = decodeAnswer(await readMessage(socket));
  return answer.ok ? pythonRepr(answer.value) : `error ${answer.error.name}`;
}

export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.on('close', () => resolve());
  });
}

/** Lets the event loop turn until the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
