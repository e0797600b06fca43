import assert from 'node:assert/strict';
import { test } from 'node:test';
import { datedLine, TestHost } from '../support/detection.ts';

const rule = '^ bad <HOST>$';
const slowRule = '^ slow (?:x+)+ <HOST>$';
const slowText = `slow ${'x'.repeat(50)}!`;

test('jails are parted among workers by the files that they read, and each finds what is its own', async (context) => {
  const detection = new TestHost(context, { workers: 3 });
  await detection.host.start();
  for (const [name, file] of [
    ['a', 'a.log'],
    ['b', 'b.log'],
    ['c', 'c.log'],
    ['a2', 'a.log'],
    ['c2', 'c.log'],
  ] as const)
    await detection.host.addJail(detection.jail(name, file, rule));
  assert.deepEqual(detection.host.workers, [['a', 'a2'], ['b'], ['c', 'c2']]);
  const lines = Array.from({ length: 50 }, (_, index) => datedLine(`bad 192.0.2.${index}`));
  for (const file of ['a.log', 'b.log', 'c.log']) detection.append(file, ...lines);
  await detection.until(() => detection.ids().length === 250);
  const expected = lines.map((_, index) => `192.0.2.${index}`);
  for (const name of ['a', 'b', 'c', 'a2', 'c2']) assert.deepEqual(detection.ids(name), expected);
});

test('further workers are started only when there is something for them', async (context) => {
  const detection = new TestHost(context, { workers: 3 });
  await detection.host.start();
  await detection.host.addJail(detection.jail('a', 'a.log', rule));
  assert.deepEqual(detection.host.workers, [['a']]);
});

test('a hostile line in one worker holds up no jail of another, and is left out in its own', async (context) => {
  const detection = new TestHost(context, { workers: 2, budgetMs: 2000 });
  await detection.host.start();
  await detection.host.addJail(detection.jail('held', 'a.log', rule, slowRule));
  await detection.host.addJail(detection.jail('free', 'b.log', rule));
  detection.append('a.log', datedLine('bad 192.0.2.1'), datedLine(slowText), datedLine('bad 192.0.2.2'));
  for (let count = 0; count < 5; count += 1) {
    detection.append('b.log', datedLine(`bad 192.0.2.${count}`));
    await detection.until(() => detection.ids('free').length === count + 1);
  }
  assert.deepEqual(detection.ids('held'), []);
  await detection.until(() => detection.ids('held').length === 2);
  assert.deepEqual(detection.ids('held'), ['192.0.2.1', '192.0.2.2']);
});

test('a jail whose files change moves to the worker that reads them; no failure is lost or found twice', async (context) => {
  const detection = new TestHost(context, { workers: 2 });
  await detection.host.start();
  const [a, b] = [detection.jail('a', 'a.log', rule), detection.jail('b', 'b.log', rule)];
  detection.append('a.log', datedLine('bad 192.0.2.1'));
  detection.append('b.log', datedLine('bad 192.0.2.2'));
  await detection.host.addJail(a);
  await detection.host.addJail(b);
  assert.deepEqual(detection.host.workers, [['a'], ['b']]);
  await detection.until(() => detection.ids().length === 2);
  const source = { ...b.source, logPaths: [...a.source.logPaths, ...b.source.logPaths] };
  const writing = setInterval(() => detection.append('b.log', datedLine('bad 192.0.2.3')), 5);
  await detection.host.updateJail('b', { source });
  clearInterval(writing);
  detection.append('b.log', datedLine('bad 192.0.2.4'));
  assert.deepEqual(detection.host.workers, [['a', 'b'], []]);
  await detection.until(
    () => detection.ids('b').includes('192.0.2.4') && detection.ids('b').includes('192.0.2.1'),
  );
  detection.append('a.log', datedLine('bad 192.0.2.5'));
  await detection.until(
    () => detection.ids('a').includes('192.0.2.5') && detection.ids('b').includes('192.0.2.5'),
  );
  const { length: written } = detection.written('b.log').filter((line) => line.includes('192.0.2.3'));
  const found = Object.groupBy(detection.ids('b'), (id) => id);
  const counts = Object.entries(found).map(([id, ids]) => [id, ids!.length]);
  assert.deepEqual(counts.sort(), [
    ['192.0.2.1', 1],
    ['192.0.2.2', 1],
    ...(written === 0 ? [] : [['192.0.2.3', written]]),
    ['192.0.2.4', 1],
    ['192.0.2.5', 1],
  ]);
  assert.deepEqual(detection.logged('ERROR'), []);
});

test('a jail takes its sessions and the lines from inside along when it moves', async (context) => {
  const detection = new TestHost(context, { workers: 2 });
  await detection.host.start();
  const session = detection.jail(
    'session',
    'b.log',
    '^ <F-MLFID>\\w+</F-MLFID> <F-NOFAIL>from</F-NOFAIL> <HOST>$',
    '^ <F-MLFID>\\w+</F-MLFID> failed$',
    '^ inside <HOST>$',
  );
  const other = detection.jail('other', 'a.log', rule);
  await detection.host.addJail(other);
  await detection.host.addJail(session);
  detection.append('b.log', datedLine('one from 192.0.2.1'));
  await detection.until(() => detection.position('session') !== undefined);
  const logPaths = [...other.source.logPaths, ...session.source.logPaths];
  const moving = detection.host.updateJail('session', { source: { ...session.source, logPaths } });
  const nowSec = Date.now() / 1000;
  const expected = Array.from({ length: 40 }, (_, index) => `192.0.2.${index + 100}`);
  for (const id of expected) {
    detection.host.injectLine('session', datedLine(`inside ${id}`), nowSec);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await moving;
  assert.deepEqual(detection.host.workers, [['other', 'session'], []]);
  detection.append('b.log', datedLine('one failed'));
  await detection.until(() => detection.ids('session').length >= 41);
  assert.deepEqual(detection.ids('session').toSorted(), ['192.0.2.1', ...expected].toSorted());
});

test('what is wrong with new files or rules moves and changes nothing', async (context) => {
  const detection = new TestHost(context, { workers: 2 });
  await detection.host.start();
  const [a, b] = [detection.jail('a', 'a.log', rule), detection.jail('b', 'b.log', rule)];
  await detection.host.addJail(a);
  await detection.host.addJail(b);
  const filter = { ...b.filter, failRegex: ['('] };
  await assert.rejects(detection.host.updateJail('b', { filter, source: a.source }), { code: 'DETECT_RULE' });
  assert.deepEqual(detection.host.workers, [['a'], ['b']]);
  detection.append('b.log', datedLine('bad 192.0.2.1'));
  await detection.until(() => detection.ids('b').length === 1);
});
