import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ManualClock, silentLogger } from '../../src/base/index.ts';
import { ignoreFilePath, mostNamesOfFile, wordsOf } from '../../src/track/ignore-file.ts';
import { IgnoreList } from '../../src/track/ignore-list.ts';
import { OwnAddresses, Resolver } from '../../src/track/index.ts';
import { lookupOf } from '../support/tracking.ts';

const known = lookupOf({
  'admin.example.org': ['198.51.100.9'],
  'other.example.org': ['198.51.100.10'],
});

/** An ignore list with one file, which the test writes. */
function bench(context: TestContext, more: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'warder-ignore-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'friends');
  const clock = new ManualClock();
  const warnings: string[] = [];
  const own = new OwnAddresses(
    clock,
    () => ({}),
    () => [],
  );
  const resolver = new Resolver(clock, silentLogger, known);
  const list = new IgnoreList([...more, `file:${path}`], true, {
    clock,
    own,
    resolver,
    warn: (message) => warnings.push(message),
  });
  return { clock, list, path, warnings, write: (text: string) => writeFileSync(path, text, { mode: 0o600 }) };
}

test('words are separated by commas, blanks and line ends, and comments are left out', () => {
  const text =
    '192.0.2.1, 192.0.2.0/24\t2001:db8::1 # 192.0.2.9\r\n;all 192.0.2.8\nuser#1,x;y ;192.0.2.7\n#\n';
  assert.deepEqual(wordsOf(text), ['192.0.2.1', '192.0.2.0/24', '2001:db8::1', 'user#1', 'x;y']);
});

test('an absolute path makes an entry a file', () => {
  assert.equal(ignoreFilePath('file:/etc/friends'), '/etc/friends');
  assert.equal(ignoreFilePath('file:///etc/friends'), '/etc/friends');
  for (const entry of ['file:friends', 'file://host/friends', 'file:', '/etc/friends', 'file:/a\0b']) {
    assert.equal(ignoreFilePath(entry), undefined, entry);
  }
});

test('addresses, networks, raw ids and names of a file are ignored, beside those of the list', async (context) => {
  const { list, path, write } = bench(context, ['203.0.113.5']);
  write('198.51.100.7\n203.0.113.128/25, 2001:db8:1::/48\nuser:root admin.example.org\n');
  assert.equal(list.check('198.51.100.7'), 'unready');
  await list.ready();
  for (const id of ['198.51.100.7', '203.0.113.200', '2001:db8:1::5', 'user:root']) {
    assert.equal(list.check(id), `file:${path}`, id);
  }
  assert.equal(list.check('198.51.100.9'), 'dns');
  assert.equal(list.check('203.0.113.5'), 'ip');
  assert.equal(list.check('198.51.100.8'), 'no');
  assert.equal(list.check('198.51.100.0/24'), 'covers');
});

test('a change of the file holds from the next second on, however it was made', async (context) => {
  const { clock, list, path, write } = bench(context);
  write('192.0.2.1');
  assert.notEqual(list.check('192.0.2.1'), 'no');
  write('192.0.2.2');
  assert.notEqual(list.check('192.0.2.1'), 'no', 'one look a second');
  clock.advance(1);
  assert.deepEqual([list.check('192.0.2.1'), list.check('192.0.2.2')], ['no', `file:${path}`]);
  writeFileSync(`${path}.new`, '192.0.2.3 other.example.org', { mode: 0o600 });
  renameSync(`${path}.new`, path);
  clock.advance(1);
  assert.equal(list.check('192.0.2.3'), 'unready', 'it has a new name');
  await list.ready();
  assert.equal(list.check('198.51.100.10'), 'dns');
  write('');
  clock.advance(1);
  assert.equal(list.check('198.51.100.10'), 'no');
});

test('a file that is not there spares nobody, is warned of once, and is read when it comes', (context) => {
  const { clock, list, path, warnings, write } = bench(context);
  for (let second = 0; second < 5; second++) {
    assert.equal(list.check('192.0.2.1'), 'no');
    clock.advance(1);
  }
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /friends: cannot be read, it spares nobody until it is there: ENOENT/);
  write('192.0.2.1');
  assert.equal(list.check('192.0.2.1'), `file:${path}`);
  rmSync(path);
  clock.advance(1);
  assert.equal(list.check('192.0.2.1'), 'no');
  assert.equal(warnings.length, 2);
});

test('a folder, a pipe or a device is no such file and holds nobody up', (context) => {
  for (const [path, words] of [
    ['/dev', /no regular file|EISDIR/],
    ['/dev/zero', /no regular file/],
  ] as const) {
    const clock = new ManualClock();
    const warnings: string[] = [];
    const list = new IgnoreList([`file:${path}`], false, {
      clock,
      own: new OwnAddresses(
        clock,
        () => ({}),
        () => [],
      ),
      resolver: new Resolver(clock, silentLogger, known),
      warn: (message) => warnings.push(message),
    });
    assert.equal(list.check('192.0.2.1'), 'no');
    assert.match(warnings.join(), words);
  }
  const { list, warnings } = bench(context, ['file:relative/path']);
  list.check('192.0.2.1');
  assert.match(warnings[0]!, /file:relative\/path is no file; write file: and an absolute path/);
});

test('a file that others can write is used, and named in the log', (context) => {
  const { list, path, warnings, write } = bench(context);
  write('192.0.2.1');
  chmodSync(path, 0o666);
  assert.equal(list.check('192.0.2.1'), `file:${path}`);
  assert.match(warnings[0]!, /others than root can write it, so they decide who is never banned/);
});

test('of a file that is too long whole lines are read up to the bound', (context) => {
  const { list, path, warnings, write } = bench(context);
  write(`192.0.2.1\n${'# filling\n'.repeat(209_714)}192.0.2.2\n192.0.2.3\n`);
  assert.equal(list.check('192.0.2.1'), `file:${path}`);
  assert.equal(list.check('192.0.2.2'), 'no');
  assert.match(warnings[0]!, /longer than 2097152 bytes, the rest is not read/);
});

test('more names than can be looked up all the time are left out, with a word', async (context) => {
  const { list, path, warnings, write } = bench(context);
  write(`${Array.from({ length: mostNamesOfFile + 5 }, (_, n) => `n${n}.example.org`).join('\n')} 192.0.2.1`);
  await list.ready();
  assert.equal(list.check('192.0.2.1'), `file:${path}`);
  assert.match(warnings[0]!, /more than 200 host names/);
});
