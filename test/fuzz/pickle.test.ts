import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PythonFloat, PythonTuple, silentLogger, WarderError } from '../../src/base/index.ts';
import { Dispatcher, decodeAnswer, decodePickle, endMark } from '../../src/control/index.ts';
import { PickleDoor } from '../../src/control/socket/pickle-door.ts';
import { FakeServer } from '../support/fake-server.ts';
import { mutated, pickleSeeds } from '../support/pickle-mutator.ts';
import { SeededRandom } from '../support/random.ts';

/** `WARDER_FUZZ=1000000` tries as many; the usual number is for every run of the tests. */
const rounds = Number(process.env.WARDER_FUZZ ?? 100_000);
const seed = Number(process.env.WARDER_FUZZ_SEED ?? 42);
const mostGrowthBytes = 400 * 1024 * 1024;

/** Whether a value is data and nothing but data. */
function isPlain(value: unknown): boolean {
  if (value === null || ['boolean', 'number', 'bigint', 'string'].includes(typeof value)) return true;
  if (value instanceof Uint8Array || value instanceof PythonFloat) return true;
  if (value instanceof PythonTuple) return value.items.every(isPlain);
  if (Array.isArray(value) || value instanceof Set) return [...value].every(isPlain);
  return value instanceof Map && [...value].every((entry) => entry.every(isPlain));
}

test(`${rounds} mutated requests end in plain data or in a clear error, quickly and in bounded memory`, (t) => {
  const seeds = pickleSeeds();
  const random = new SeededRandom(seed);
  const outcomes = new Map<string, number>();
  const before = process.memoryUsage.rss();
  let [slowestMs, mostRss] = [0, before];
  const startedMs = performance.now();
  for (let round = 0; round < rounds; round += 1) {
    const bytes = mutated(random, seeds);
    const beganMs = performance.now();
    const outcome = outcomeOf(bytes);
    slowestMs = Math.max(slowestMs, performance.now() - beganMs);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    if (round % 5000 === 0) mostRss = Math.max(mostRss, process.memoryUsage.rss());
  }
  const figures = [...outcomes].map(([name, count]) => `${name} ${count}`).join(', ');
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const megabytes = ((mostRss - before) / 1024 / 1024).toFixed(0);
  t.diagnostic(`${figures}; ${seconds} s, slowest ${slowestMs.toFixed(1)} ms, grew by ${megabytes} MiB`);
  assert.ok(mostRss - before < mostGrowthBytes, `grew by ${megabytes} MiB`);
  assert.ok(slowestMs < 1000, `one took ${slowestMs} ms`);
  for (const name of ['data', 'PICKLE_BROKEN', 'PICKLE_REFUSED']) {
    assert.ok((outcomes.get(name) ?? 0) > rounds / 100, `${name} occurs: ${figures}`);
  }
});

function outcomeOf(bytes: Buffer): string {
  try {
    assert.ok(isPlain(decodePickle(bytes)), `not plain: ${bytes.toString('hex')}`);
    return 'data';
  } catch (error) {
    assert.ok(error instanceof WarderError, `${error}: ${bytes.toString('hex')}`);
    assert.match(error.code, /^PICKLE_(?:BROKEN|REFUSED|LIMIT)$/);
    return error.code;
  }
}

test('behind the door every mutated request has one whole answer, and the server goes on', async () => {
  const server = new FakeServer();
  const door = new PickleDoor(new Dispatcher(server, silentLogger), silentLogger);
  const seeds = pickleSeeds();
  const random = new SeededRandom(seed + 1);
  let refused = 0;
  for (let round = 0; round < rounds / 20; round += 1) {
    const { bytes, close } = await door.handle(mutated(random, seeds));
    if (bytes === undefined) continue;
    assert.equal(bytes.indexOf(endMark), bytes.length - endMark.length);
    const answer = decodeAnswer(bytes.subarray(0, -endMark.length));
    if (close !== true) continue;
    refused += 1;
    assert.ok(!answer.ok && String(answer.error.args[0]).startsWith('ERROR: '));
  }
  assert.ok(refused > rounds / 100);
  const { bytes } = await door.handle(Buffer.from("(lp0\nS'version'\np1\na."));
  assert.deepEqual(decodeAnswer(bytes!.subarray(0, -endMark.length)), { ok: true, value: '1.0.2' });
});

test('an answer to the client, mutated, never harms the client either', () => {
  const seeds = pickleSeeds();
  const random = new SeededRandom(seed + 2);
  for (let round = 0; round < rounds / 10; round += 1) {
    try {
      decodeAnswer(mutated(random, seeds));
    } catch (error) {
      assert.ok(error instanceof WarderError && error.code.startsWith('PICKLE_'), String(error));
    }
  }
});
