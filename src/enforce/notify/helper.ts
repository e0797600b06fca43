import { resolveTxt } from 'node:dns/promises';
import { createInterface } from 'node:readline';
import { becomeNobody } from '../../base/index.ts';
import { answerOf } from './helper-http.ts';
import { handOver } from './helper-smtp.ts';
import { whoisOf } from './helper-whois.ts';
import {
  type CourierMessage,
  type CourierRequest,
  type CourierTask,
  longestAnswerBytes,
} from './protocol.ts';
import { DeliveryError } from './trouble.ts';

// The process that carries notices out of the machine, over HTTP and SMTP, and asks whois and DNS about attackers; the
// build bundles it as courier.js. It reads tasks from its standard input and writes what became of them to its standard output.
//
// What answers here may belong to an attacker (whois, DNS), so it is nobody before it reads the first task. Everything is
// loaded before that, since nobody may not be able to read the code.

process.title = 'warder-courier';
const refused = becomeNobody();
say({ kind: 'ready', ...(refused === undefined ? {} : { refused }) });
createInterface({ input: process.stdin }).on('line', work).on('close', end);
process.stdout.on('error', end);

async function work(line: string): Promise<void> {
  const { id, timeoutMs, task } = JSON.parse(line) as CourierRequest;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const { status, text } = await Promise.race([carryOut(task, signal, timeoutMs), aborted(signal)]);
    say({ kind: 'done', id, status, text: text.toWellFormed().slice(0, longestAnswerBytes) });
  } catch (error) {
    const trouble = error instanceof DeliveryError ? error : asTrouble(error);
    const { afterSec, mayRetry } = trouble;
    const reason = trouble.message.toWellFormed().slice(0, 500);
    say({ kind: 'failed', id, reason, mayRetry, ...(afterSec === undefined ? {} : { afterSec }) });
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function carryOut(task: CourierTask, signal: AbortSignal, timeoutMs: number): Promise<Answer> {
  switch (task.kind) {
    case 'http':
      return answerOf(task, signal);
    case 'smtp':
      return { status: 0, text: await handOver(task, timeoutMs) };
    case 'whois':
      return { status: 0, text: await whoisOf(task, signal) };
    case 'txt':
      return { status: 0, text: (await resolveTxt(task.of)).map((parts) => parts.join('')).join('\n') };
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () =>
      reject(new DeliveryError('no answer in time', { mayRetry: true })),
    );
  });
}

/** A connection that fails today may work later; a name that does not exist as well, since somebody may be about to fix it. */
function asTrouble(error: unknown): DeliveryError {
  const reason = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return new DeliveryError(reason === '' ? code : reason, { mayRetry: true });
}

function say(message: CourierMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** An orderly exit would wait for connections that hang. */
function end(): void {
  process.kill(process.pid, 'SIGKILL');
}
