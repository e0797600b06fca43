import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { StoreBench, temporaryFolder } from '../support/storing.ts';

const writer = join(import.meta.dirname, '../support/store-writer.ts');

/** Kills a process that writes, some batches after its start, and returns the last batch that it reported. */
async function writeAndKill(file: string, batches: number): Promise<number> {
  const child = spawn(process.execPath, [writer, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let last = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    if (last === batches) child.kill('SIGKILL');
  }
  await ended;
  return last;
}

test('after kill -9 positions, counts and bans are those of one moment, and nothing that was reported is lost', async (t) => {
  const folder = temporaryFolder(t);
  for (const batches of [1, 40, 333]) {
    const file = join(folder, `${batches}.sqlite3`);
    const reported = await writeAndKill(file, batches);
    const bench = new StoreBench(t, { file });
    bench.opened();
    assert.deepEqual(bench.logged('ERROR'), []);
    const [position] = bench.store.positions('sshd');
    assert.ok(position?.kind === 'file' && position.offset >= reported);
    const { bans, counts } = bench.store.load('sshd', { banTimeSec: -1, findTimeSec: 1e9, maxMatches: 1 });
    assert.deepEqual(new Set(counts.map(({ retry }) => retry)), new Set([position.offset]));
    assert.equal(counts.length, 20);
    const numbers = Array.from({ length: position.offset }, (_, n) => `banned${n + 1}`);
    assert.deepEqual(bans.map(({ id }) => id).sort(), numbers.sort());
    bench.store.close();
  }
});
