import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { LogLevel, LogRecord } from '../../src/base/index.ts';
import { FileSink } from '../../src/daemon/log-target/file-sink.ts';
import { folder } from '../support/log-bench.ts';

const sinkModule = join(import.meta.dirname, '..', '..', 'src', 'daemon', 'log-target', 'file-sink.ts');

function record(level: LogLevel = 'NOTICE'): LogRecord {
  return { timeSec: 0, logger: 'test', level, message: '' };
}

function open(t: TestContext): { sink: FileSink; text: () => string; writes: string[] } {
  const path = join(folder(t), 'log');
  const writes: string[] = [];
  const sink = new FileSink(
    path,
    (message) => assert.fail(message),
    (fd, bytes) => {
      writes.push(Buffer.from(bytes).toString());
      return writeSync(fd, bytes);
    },
  );
  return { sink, text: () => readFileSync(path, 'utf8'), writes };
}

test('lines of one step are written together, in order, before any event', async (t) => {
  const { sink, text, writes } = open(t);
  const lines = Array.from({ length: 1000 }, (_, index) => `line ${index}`);
  for (const line of lines) sink.write(line, record());
  await Promise.resolve().then(() => sink.write('of a promise', record()));
  const seen = await new Promise<string>((resolve) => setImmediate(() => resolve(text())));
  assert.equal(seen, `${lines.join('\n')}\nof a promise\n`);
  assert.ok(writes.length <= 2, `${writes.length} writes`);
  sink.close();
});

test('an error, a rotation and the end are written at once, with all that came before', (t) => {
  const { sink, text } = open(t);
  sink.write('one', record('INFO'));
  assert.equal(text(), '');
  sink.write('two', record('ERROR'));
  assert.equal(text(), 'one\ntwo\n');
  sink.write('three', record());
  sink.write('four', record('CRITICAL'));
  assert.equal(text(), 'one\ntwo\nthree\nfour\n');
  sink.write('five', record());
  sink.reopen();
  assert.equal(text(), 'one\ntwo\nthree\nfour\nfive\n');
  sink.write('six', record());
  sink.close();
  assert.match(text(), /five\nsix\n$/);
});

test('what waits has a bound', (t) => {
  const { sink, writes } = open(t);
  const listeners = process.listenerCount('exit');
  for (let line = 0; line < 100; line++) sink.write('x'.repeat(10_000), record());
  assert.equal(process.listenerCount('exit'), listeners + 1, 'it waits for the end of the step once');
  assert.ok(writes.length >= 2 && writes.every((text) => text.length < 300_000), 'in pieces');
  sink.close();
  assert.equal(writes.join('').length, 100 * 10_001);
});

test('lines before an exit or an exception that nobody catches are in the file', (t) => {
  const path = join(folder(t), 'log');
  for (const [end, last] of [
    ['process.exit(3)', 'exit'],
    ['throw new Error("oops")', 'throw'],
  ]) {
    const program = `
      import { FileSink } from ${JSON.stringify(sinkModule)};
      const sink = new FileSink(${JSON.stringify(path)}, console.error);
      sink.write('early', { level: 'INFO' });
      setTimeout(() => { sink.write('last before ${last}', { level: 'NOTICE' }); ${end}; });`;
    const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', program]);
    assert.notEqual(status, 0);
    assert.match(readFileSync(path, 'utf8'), new RegExp(`early\nlast before ${last}\n$`));
  }
});

test('a short write goes on where it ended', (t) => {
  const path = join(folder(t), 'log');
  const sink = new FileSink(
    path,
    (message) => assert.fail(message),
    (fd, bytes) => writeSync(fd, bytes.subarray(0, 3)),
  );
  sink.write('a longer line', record());
  sink.close();
  assert.equal(readFileSync(path, 'utf8'), 'a longer line\n');
});
