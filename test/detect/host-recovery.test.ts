import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { describeError } from '../../src/base/index.ts';
import { datedLine, TestHost } from '../support/detection.ts';
import { PrivateJournald, requireJournald } from '../support/journald.ts';

const rule = '^ bad <HOST>$';
/** Takes for ever at a line of many x that ends otherwise. */
const slowRule = '^ slow (?:x+)+ <HOST>$';
const slowText = `slow ${'x'.repeat(50)}\x1b!`;
const fragileWorker = new URL('../support/fragile-worker.ts', import.meta.url);

test('a rule that holds a line costs that jail that line and nothing else', async (context) => {
  const detection = new TestHost(context, { budgetMs: 100 });
  await detection.host.start();
  await detection.host.addJail(detection.jail('slow', 'a.log', rule, slowRule));
  await detection.host.addJail(detection.jail('quick', 'a.log', rule, '^ slow .* <HOST>$'));
  detection.append('a.log', datedLine('bad 192.0.2.1'), datedLine(slowText), datedLine('bad 192.0.2.2'));
  await detection.until(() => detection.ids().length === 4);
  detection.append('a.log', datedLine('slow xxx 192.0.2.3'));
  await detection.until(() => detection.ids().length === 6);
  const expected = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
  assert.deepEqual([detection.ids('slow'), detection.ids('quick')], [expected, expected]);
  const [warning, ...more] = detection.logged('WARNING').filter((line) => !line.includes('missing'));
  // The bound of its steps and the budget of the line come at about the same time; which is first does not matter.
  assert.match(
    warning!,
    /^fail2ban\.filter \[slow\] failregex 2 (?:held a line for more than 100 ms|took too many steps on a line), the line is left out: ".* slow x{50}\\x1b!"$/,
  );
  assert.deepEqual(more, []);
});

test('sessions and dates that a replaced worker remembered are remembered by the next one', async (context) => {
  const detection = new TestHost(context, { budgetMs: 100 });
  await detection.host.start();
  const session = detection.jail(
    'session',
    'a.log',
    '^ <F-MLFID>\\w+</F-MLFID> <F-NOFAIL>from</F-NOFAIL> <HOST>$',
    '^ <F-MLFID>\\w+</F-MLFID> failed$',
  );
  await detection.host.addJail(session);
  await detection.host.addJail(detection.jail('slow', 'b.log', slowRule));
  detection.append('a.log', datedLine('one from 192.0.2.1'));
  await detection.until(() => detection.position('session') !== undefined);
  detection.append('b.log', datedLine(slowText));
  await detection.until(() => detection.logged('WARNING').some((line) => line.includes('left out')));
  detection.append('a.log', datedLine('one failed'));
  await detection.until(() => detection.ids('session').length === 1);
  assert.deepEqual(detection.ids('session'), ['192.0.2.1']);
});

test('a rule that holds lines again and again is suspended, until the jail gets rules again', async (context) => {
  const detection = new TestHost(context, { budgetMs: 40 });
  await detection.host.start();
  const jail = detection.jail('a', 'a.log', slowRule, rule);
  await detection.host.addJail(jail);
  detection.append('a.log', ...Array.from({ length: 8 }, (_, index) => datedLine(`${slowText}${index}`)));
  detection.append('a.log', datedLine('bad 192.0.2.1'), datedLine('slow xx 192.0.2.2'));
  await detection.until(() => detection.ids().length === 1);
  assert.deepEqual(detection.host.jailStatus('a')?.suspendedRules, ['failregex 1']);
  assert.deepEqual(
    detection.events.filter((event) => event.kind === 'rule suspended'),
    [{ kind: 'rule suspended', jail: 'a', rule: 'failregex 1' }],
  );
  assert.equal(detection.logged('WARNING').filter((line) => line.includes('left out')).length, 5);
  await detection.host.updateJail('a', { filter: jail.filter });
  detection.append('a.log', datedLine('slow xx 192.0.2.3'));
  await detection.until(() => detection.ids().length === 2);
  assert.deepEqual(detection.ids(), ['192.0.2.1', '192.0.2.3']);
  assert.deepEqual(detection.host.jailStatus('a')?.suspendedRules, []);
});

test("with its prefregex suspended a jail's detection is suspended, and the others run", async (context) => {
  const detection = new TestHost(context, { budgetMs: 40 });
  await detection.host.start();
  const jail = detection.jail('a', 'a.log', rule);
  await detection.host.addJail({
    ...jail,
    filter: { ...jail.filter, prefRegex: '^ slow (?:x+)+ <F-CONTENT>.+</F-CONTENT>$' },
  });
  await detection.host.addJail(detection.jail('b', 'a.log', rule));
  detection.append(
    'a.log',
    ...Array.from({ length: 6 }, (_, index) => datedLine(`slow ${'x'.repeat(50)}${index} bad `)),
  );
  detection.append('a.log', datedLine('bad 192.0.2.1'));
  await detection.until(() => detection.ids('b').length === 1);
  await detection.until(() => detection.host.jailStatus('a')?.suspended === true);
  assert.deepEqual(detection.host.jailStatus('a')?.suspendedRules, ['prefregex']);
  assert.match(
    detection.logged('ERROR').at(-1)!,
    /\[a\] prefregex is suspended, and with it the jail's detection/,
  );
});

test('a line from inside that holds a rule is left out, the next ones are looked at', async (context) => {
  const detection = new TestHost(context, { budgetMs: 100 });
  await detection.host.start();
  await detection.host.addJail(detection.jail('a', 'a.log', rule, slowRule));
  const nowSec = Date.now() / 1000;
  for (const text of ['bad 192.0.2.1', slowText, 'bad 192.0.2.2'])
    detection.host.injectLine('a', datedLine(text), nowSec);
  await detection.until(() => detection.ids().length === 2);
  assert.deepEqual(detection.ids(), ['192.0.2.1', '192.0.2.2']);
});

test('a journal entry that holds a rule is left out, the next ones are looked at', async (context) => {
  if (!requireJournald(context)) return;
  const journald = await PrivateJournald.start(context);
  const detection = new TestHost(context, { budgetMs: 100 });
  const jail = detection.jail('a', '', ' bad <HOST>$', ' slow (?:x+)+ <HOST>$');
  const source = {
    ...jail.source,
    backend: 'systemd' as const,
    journalMatch: [['SYSLOG_IDENTIFIER=sshd']],
    journalOptions: { journalpath: journald.journalDirectory },
  };
  await journald.log('sshd', 'bad 192.0.2.1', slowText, 'bad 192.0.2.2');
  await detection.host.start();
  await detection.host.addJail({ ...jail, source });
  await detection.until(() => detection.ids().length === 2);
  await journald.log('sshd', 'bad 192.0.2.3');
  await detection.until(() => detection.ids().length === 3);
  assert.deepEqual(detection.ids(), ['192.0.2.1', '192.0.2.2', '192.0.2.3']);
  assert.equal(detection.host.backendOf('a'), 'systemd');
  assert.deepEqual(detection.host.jailStatus('a')?.journal, { state: 'reading', reason: '' });
  const [failure] = detection.batches.flatMap((batch) => batch.failures);
  assert.match(failure!.lines[0]!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S* \S+ sshd.*: bad 192\.0\.2\.1$/);
});

test('a worker that dies is replaced, and a line that kills it twice is left out', async (context) => {
  const detection = new TestHost(context, { workerUrl: fragileWorker });
  await detection.host.start();
  await detection.host.addJail(detection.jail('a', 'a.log', rule));
  detection.append('a.log', datedLine('bad 192.0.2.1'), datedLine('die of it'), datedLine('bad 192.0.2.2'));
  await detection.until(() => detection.ids().length === 2);
  assert.deepEqual(detection.ids(), ['192.0.2.1', '192.0.2.2']);
  const deaths = detection.logged('ERROR');
  assert.equal(deaths.length, 2);
  assert.match(
    deaths[0]!,
    /\[a\] The detection worker died \(the worker ended with code 7\) at the line: ".*die of it"/,
  );
});

test('a worker that runs out of memory is replaced, and the daemon lives', async (context) => {
  const detection = new TestHost(context, { workerUrl: fragileWorker, memoryMb: 64 });
  await detection.host.start();
  await detection.host.addJail(detection.jail('a', 'a.log', rule));
  detection.append('a.log', datedLine('eat memory'), datedLine('bad 192.0.2.2'));
  await detection.until(() => detection.ids().length === 1);
  assert.match(detection.logged('ERROR')[0]!, /\[a\] The detection worker died \(.*memory.*\)/);
});

test('a worker that spins outside of any rule is replaced too, more patiently', async (context) => {
  const detection = new TestHost(context, { workerUrl: fragileWorker, budgetMs: 20 });
  await detection.host.start();
  await detection.host.addJail(detection.jail('a', 'a.log', rule));
  detection.append('a.log', datedLine('spin outside of rules'), datedLine('bad 192.0.2.2'));
  await detection.until(() => detection.ids().length === 1);
  assert.match(detection.logged('WARNING').at(-1)!, /\[a\] Something held a line/);
});

test('a jail that stops itself after too many errors goes on where it was when it is told to', async (context) => {
  const detection = new TestHost(context, { workerUrl: fragileWorker });
  await detection.host.start();
  await detection.host.addJail(detection.jail('a', 'a.log', rule));
  detection.append(
    'a.log',
    datedLine('bad 192.0.2.1'),
    datedLine('too many errors for a'),
    datedLine('bad 192.0.2.2'),
  );
  await detection.until(() => detection.events.some((event) => event.kind === 'idle' && event.jail === 'a'));
  await detection.until(() => detection.ids('a').length > 0);
  assert.deepEqual(detection.ids('a'), ['192.0.2.1']);
  await detection.host.updateJail('a', { idle: false });
  await detection.until(() => detection.ids('a').length === 2);
  assert.deepEqual(detection.ids('a'), ['192.0.2.1', '192.0.2.2']);
});

test('whenever workers are lost, every failure is handed over exactly once', async (context) => {
  const detection = new TestHost(context, { budgetMs: 40 });
  await detection.host.start();
  await detection.host.addJail(detection.jail('a', 'a.log', rule, '^ (?:x+)+ <HOST>$'));
  const ids = Array.from({ length: 3000 }, (_, index) => {
    const digest = createHash('sha256').update(`${index}`).digest();
    return `10.${index >> 8}.${index & 255}.${digest[0]}`;
  });
  ids.forEach((id, index) => {
    detection.append('a.log', datedLine(`bad ${id}`));
    if (index % 900 === 450) detection.append('a.log', datedLine(`${'x'.repeat(50)} ${index}`));
  });
  await detection.until(() => detection.ids().length >= ids.length);
  assert.deepEqual(detection.ids(), ids);
  assert.equal(detection.logged('WARNING').filter((line) => line.includes('left out')).length, 3);
  assert.deepEqual(detection.logged('ERROR').map(describeError), []);
});

test('a line at which a rule gave up is not tried again by a worker that replaces another', async (context) => {
  const detection = new TestHost(context, { budgetMs: 100 });
  await detection.host.start();
  await detection.host.addJail(detection.jail('slow', 'a.log', rule, slowRule));
  await detection.host.addJail(detection.jail('other', 'b.log', '^ (?:y+)+ <HOST>$'));
  const leftOut = (): string[] => detection.logged('WARNING').filter((line) => line.includes('left out'));
  // The first line is caught, and at the next ones the rule gives up by itself, unless the machine is so busy that it is caught again.
  for (let count = 1; count < 4; count += 1) {
    detection.append('a.log', datedLine(`${slowText}${count}`), datedLine(`bad 192.0.2.${count}`));
    await detection.until(() => detection.ids('slow').length === count);
  }
  detection.append('b.log', datedLine(`${'y'.repeat(50)}!`));
  await detection.until(() => leftOut().some((line) => line.includes('[other]')));
  detection.append('a.log', datedLine('bad 192.0.2.4'));
  await detection.until(() => detection.ids('slow').length === 4);
  assert.equal(leftOut().filter((line) => line.includes('[slow]')).length, 3);
  assert.deepEqual(detection.ids('slow'), ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4']);
});
