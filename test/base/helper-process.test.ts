import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { holdOwnFile, startHelperProcess } from '../../src/base/index.ts';

test('a helper that is ended at one of its lines is not heard with those that came along', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'warder-helper-'));
  context.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'helper.js');
  await writeFile(path, "process.stdout.write('1\\n2\\n3\\n');\nprocess.stdin.resume();\n");
  const heard: string[] = [];
  const { promise: first, resolve, reject } = Promise.withResolvers<void>();
  const helper = startHelperProcess<never, string>(
    {
      code: holdOwnFile(pathToFileURL(path)),
      heapMiB: 32,
      longestMessage: 1000,
      parse: (line) => line,
    },
    {
      onMessage: (message) => {
        heard.push(message);
        helper.stop();
        resolve();
      },
      onEnd: (reason) => reject(new Error(reason)),
    },
  );
  helper.setBusy(true);
  await first;
  assert.deepEqual(heard, ['1']);
});
