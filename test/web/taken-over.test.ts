import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MemoryLogger, systemClock } from '../../src/base/index.ts';
import { EventHub } from '../../src/control/index.ts';
import { type StartWeb, WebProcess } from '../../src/web/index.ts';

// What the daemon takes from a process of the page that is not ours any more.

type Events = Parameters<StartWeb>[0];

function bench(context: TestContext, answer: () => Promise<unknown> = () => new Promise(() => undefined)) {
  const folder = mkdtempSync(join(tmpdir(), 'warder-web-'));
  const logger = new MemoryLogger();
  const started: Events[] = [];
  const refused: number[] = [];
  const web = new WebProcess({
    settings: { at: { host: '127.0.0.1', port: 8327 }, hosts: [], tokenFile: join(folder, 'http-token') },
    clock: systemClock,
    logger,
    events: new EventHub(),
    answer,
    start: (events) => {
      started.push(events);
      return {
        send: (request) => {
          if (request.kind === 'refusal') refused.push(request.id);
        },
        setBusy: () => undefined,
        stop: () => undefined,
        waitingBytes: () => 0,
      };
    },
  });
  context.after(() => {
    web.stop();
    rmSync(folder, { recursive: true });
  });
  web.start();
  return { web, logger, refused, events: started[0]! };
}

test('nothing but the port is believed of where it listens, and that once', (context) => {
  const { web, logger, events } = bench(context);
  const host = 'x\n2026-01-01 00:00:00,000 fail2ban.actions [1]: NOTICE [sshd] Ban 198.51.100.1';
  for (const port of [8327, 8328]) events.onMessage({ kind: 'ready', at: { host, port } });
  assert.equal(web.report().url, 'http://127.0.0.1:8327/');
  const lines = logger.lines.filter((line) => line.includes('The page is at'));
  assert.equal(lines.length, 1);
  assert.doesNotMatch(lines.join(''), /198\.51\.100\.1|\n/);
});

test('only what is done is said in the log', (context) => {
  const { logger, refused, events } = bench(context);
  for (let id = 1; id <= 1000; id += 1) {
    events.onMessage({ kind: 'ask', id, question: { what: 'unban', id: '198.51.100.1' } });
  }
  const lines = logger.lines.filter((line) => line.includes('The page unbans'));
  assert.equal(lines.length, 32);
  assert.equal(refused.length, 1000 - lines.length);
});

test('many questions at once leave room for all else in between', async (context) => {
  const { promise: all, resolve } = Promise.withResolvers<void>();
  const begun: boolean[] = [];
  let isNewTurn = true;
  const { events } = bench(context, async () => {
    begun.push(isNewTurn);
    isNewTurn = false;
    setImmediate(() => {
      isNewTurn = true;
    });
    if (begun.length === 20) resolve();
    return {};
  });
  for (let id = 1; id <= 20; id += 1) events.onMessage({ kind: 'ask', id, question: { what: 'overview' } });
  await all;
  assert.deepEqual(begun, new Array(20).fill(true));
});
