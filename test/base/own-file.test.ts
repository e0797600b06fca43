import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { holdOwnFile, startHelperProcess } from '../../src/base/index.ts';

/** A helper that says who it is. */
const program = (name: string) =>
  `import process from 'node:process';\nprocess.stdout.write(JSON.stringify({ name: '${name}' }) + '\\n');\nprocess.stdin.resume();\n`;

async function replacedFile(context: TestContext, source: (name: string) => string) {
  const folder = await mkdtemp(join(tmpdir(), 'warder-own-file-'));
  context.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'helper.js');
  await writeFile(path, source('old'));
  const held = holdOwnFile(pathToFileURL(path));
  const replace = async (): Promise<void> => {
    await writeFile(`${path}.new`, source('new'));
    await rename(`${path}.new`, path);
  };
  return { path, held, replace };
}

/** Starts the helper with bounds, so that a shell comes in between, and returns what it says first. */
async function firstWords(context: TestContext, code: ReturnType<typeof holdOwnFile>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const helper = startHelperProcess<never, string>(
    {
      code,
      heapMiB: 32,
      longestMessage: 1000,
      parse: (line) => line,
      bounds: { residentMiB: 512, cpuSec: 60, errorBytes: 10_000 },
    },
    { onMessage: resolve, onEnd: (reason) => reject(new Error(reason)) },
  );
  context.after(() => helper.stop());
  helper.setBusy(true);
  return promise;
}

test('a file that nobody touched is started by its own name', async (context) => {
  const { path, held } = await replacedFile(context, program);
  assert.equal(held.path(), path);
  assert.equal(held.url().href, pathToFileURL(path).href);
});

test('a helper whose file was replaced is started as it was', async (context) => {
  const { held, replace } = await replacedFile(context, program);
  await replace();
  assert.equal(await firstWords(context, held), '{"name":"old"}');
  assert.equal(await firstWords(context, held), '{"name":"old"}', 'as often as it is needed');
});

test('a helper whose file is gone is started all the same', async (context) => {
  const { path, held } = await replacedFile(context, program);
  await rm(path);
  assert.equal(await firstWords(context, held), '{"name":"old"}');
});

test('a worker whose file was replaced is loaded as it was', async (context) => {
  const source = (name: string) =>
    `import { parentPort } from 'node:worker_threads';\nparentPort.postMessage('${name}');\n`;
  const { held, replace } = await replacedFile(context, source);
  await replace();
  const worker = new Worker(held.url());
  context.after(() => worker.terminate());
  assert.deepEqual(await once(worker, 'message'), ['old']);
});
