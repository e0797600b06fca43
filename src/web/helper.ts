import { createInterface } from 'node:readline';
import { becomeNobody } from '../base/index.ts';
import type { WebMessage, WebRequest } from './protocol.ts';
import { createApp } from './serve/app.ts';
import { Asker } from './serve/asker.ts';
import { EventFan } from './serve/event-fan.ts';
import { HostNames } from './serve/host-names.ts';
import { pageFolder, readPage } from './serve/page.ts';
import { listen } from './serve/server.ts';
import { Tokens } from './serve/tokens.ts';

// The process that serves the page; the build bundles it as web.js. It reads the page's files, becomes nobody, and only then
// opens its door. What it asks the daemon for goes as lines over its standard output, and it ends with its standard input.

process.title = 'warder-web';
/** Between two messages about wrong tokens. */
const intruderMs = 1000;

const page = readPage(pageFolder());
const keptUser = becomeNobody();
const asker = new Asker(say);
const fan = new EventFan((on) => say({ kind: 'watch', on }));
const intruders = { attempts: 0, address: '' };

process.stdout.on('error', end);
createInterface({ input: process.stdin })
  .on('line', (line) => hear(JSON.parse(line) as WebRequest))
  .on('close', end);

function hear(request: WebRequest): void {
  if (request.kind === 'listen') void open(request);
  else if (request.kind === 'event' || request.kind === 'gap') fan.tell(request);
  else asker.hear(request);
}

async function open({
  at,
  hosts,
  tokenHash,
  metricsTokenHash,
}: Extract<WebRequest, { kind: 'listen' }>): Promise<void> {
  if (keptUser !== undefined) {
    const reason =
      'it cannot become nobody, and does not listen as root; give the daemon CAP_SETUID and CAP_SETGID';
    say({ kind: 'unable', code: keptUser, reason });
    return;
  }
  const app = createApp({
    ask: (question) => asker.ask(question),
    fan,
    tokens: new Tokens(tokenHash, metricsTokenHash, noteIntruder),
    hosts: new HostNames(at, hosts),
    page,
  });
  try {
    say({ kind: 'ready', at: await listen(app, at) });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
    say({ kind: 'unable', code, reason: error instanceof Error ? error.message : String(error) });
  }
}

/** Many wrong tokens are one message. */
function noteIntruder(address: string): void {
  if (intruders.attempts === 0) {
    setTimeout(() => {
      say({ kind: 'intruder', ...intruders });
      intruders.attempts = 0;
    }, intruderMs).unref();
  }
  intruders.attempts += 1;
  intruders.address = address;
}

function say(message: WebMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Connections go with the process. */
function end(): void {
  process.kill(process.pid, 'SIGKILL');
}
