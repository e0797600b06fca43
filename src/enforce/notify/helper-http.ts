import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { type HttpRequest, longestAnswerBytes } from './protocol.ts';
import { DeliveryError } from './trouble.ts';

/**
 * One request and the beginning of its answer. Redirects are not followed: a key that was meant for one host goes to no
 * other. Proxies come from the environment, as curl has them. Rejects when there is no answer.
 */
export function answerOf(
  task: HttpRequest,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly text: string }> {
  const url = new URL(task.url);
  const isTls = url.protocol === 'https:';
  const agentOptions = { keepAlive: false, proxyEnv: process.env };
  const body = task.body === undefined ? undefined : Buffer.from(task.body);
  const options = {
    method: task.method,
    headers: {
      'User-Agent': 'Warder',
      Accept: '*/*',
      ...task.headers,
      ...(body === undefined ? {} : { 'Content-Length': String(body.length) }),
    },
    signal,
    maxHeaderSize: 32 * 1024,
  };
  return new Promise((resolve, reject) => {
    const sent = isTls
      ? requestHttps(url, {
          ...options,
          agent: new HttpsAgent({ ...agentOptions, rejectUnauthorized: !task.insecure }),
        })
      : requestHttp(url, { ...options, agent: new HttpAgent(agentOptions) });
    sent.on('error', reject);
    sent.on('response', (response) => {
      readBeginning(response).then((text) => {
        const status = response.statusCode ?? 0;
        if (isBusy(status)) reject(busyError(response, text));
        else resolve({ status, text });
      }, reject);
    });
    sent.end(body);
  });
}

/** Reads no more of an answer than anybody looks at. */
async function readBeginning(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= longestAnswerBytes) break;
  }
  response.destroy();
  return Buffer.concat(chunks).subarray(0, longestAnswerBytes).toString('utf8');
}

/** What a server says when the same request may be right at another time. */
function isBusy(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

function busyError(response: IncomingMessage, text: string): DeliveryError {
  const seconds = Number(response.headers['retry-after']);
  const afterSec = Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 600) : undefined;
  return new DeliveryError(`HTTP status ${response.statusCode}: ${text.slice(0, 200)}`, {
    mayRetry: true,
    afterSec,
  });
}
