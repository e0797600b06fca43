import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WarderError } from '../../src/base/index.ts';
import {
  activeJournalFiles,
  journalArguments,
  lineCodec,
  parseJournalEntry,
} from '../../src/source/index.ts';

function lineOf(fields: Record<string, unknown>, encoding = 'utf-8'): string | undefined {
  const entry = {
    __CURSOR: 'c',
    __REALTIME_TIMESTAMP: '1700000000000001',
    __MONOTONIC_TIMESTAMP: '12345678',
    ...fields,
  };
  return parseJournalEntry(Buffer.from(JSON.stringify(entry)), lineCodec(encoding))?.text;
}

test('a line is made of host, program, process id and message', () => {
  const fields = { _HOSTNAME: 'host', SYSLOG_IDENTIFIER: 'sshd', _PID: '12', MESSAGE: 'hello' };
  assert.equal(lineOf(fields), 'host sshd[12]: hello');
  assert.equal(lineOf({ ...fields, SYSLOG_PID: '034' }), 'host sshd[34]: hello');
  assert.equal(lineOf({ ...fields, SYSLOG_PID: 'x1' }), 'host sshd[x1]: hello');
  assert.equal(lineOf({ ...fields, SYSLOG_PID: '0' }), 'host sshd[12]: hello');
  assert.equal(lineOf({ _HOSTNAME: 'host', _COMM: 'cat', MESSAGE: 'hello' }), 'host cat: hello');
  assert.equal(lineOf({ _HOSTNAME: 'host', _PID: '1', MESSAGE: 'hello' }), 'host hello');
  assert.equal(lineOf({ MESSAGE: 'hello' }), 'hello');
  assert.equal(lineOf({ _HOSTNAME: 'host', SYSLOG_IDENTIFIER: '', _COMM: 'c' }), 'host c: ');
});

test('a line of the kernel has its uptime', () => {
  const fields = { SYSLOG_IDENTIFIER: 'kernel', MESSAGE: 'drop' };
  assert.equal(lineOf(fields), 'kernel: [   12.345678] drop');
  assert.equal(lineOf({ ...fields, _SOURCE_MONOTONIC_TIMESTAMP: '7' }), 'kernel: [    0.000007] drop');
});

test('bytes are decoded as configured, several messages are joined, line feeds stay on one line', () => {
  const bytes = [...Buffer.from('a\xff\nb', 'latin1')];
  assert.equal(lineOf({ MESSAGE: bytes }), 'a\ufffd\\nb');
  assert.equal(lineOf({ MESSAGE: bytes }, 'latin-1'), 'aÿ\\nb');
  assert.equal(lineOf({ MESSAGE: ['one', bytes] }, 'latin-1'), 'one aÿ\\nb');
  assert.equal(lineOf({ MESSAGE: [bytes, bytes] }, 'latin-1'), 'aÿ\\nb aÿ\\nb');
  // journalctl tells control characters as bytes too; what is good UTF-8 is UTF-8.
  assert.equal(lineOf({ MESSAGE: [...Buffer.from('é\x1b')] }, 'latin-1'), 'é\x1b');
  assert.equal(lineOf({ MESSAGE: null }), '');
  assert.equal(lineOf({ _HOSTNAME: ['one', 'two'], MESSAGE: 'm' }), 'one m');
});

test('the time is the one of the writer where it is known', () => {
  const entry = (fields: object) =>
    parseJournalEntry(Buffer.from(JSON.stringify(fields)), lineCodec('utf-8'));
  const fields = { __CURSOR: 'c', __REALTIME_TIMESTAMP: '1700000000500000', MESSAGE: '' };
  assert.deepEqual(entry(fields), { text: '', timeSec: 1_700_000_000.5, cursor: 'c' });
  assert.equal(
    entry({ ...fields, _SOURCE_REALTIME_TIMESTAMP: '1700000000250000' })?.timeSec,
    1_700_000_000.25,
  );
});

test('what is no entry is passed over', () => {
  for (const text of ['', '{', '1', 'null', '{}', '{"__CURSOR":"c"}', '[]']) {
    assert.equal(parseJournalEntry(Buffer.from(text), lineCodec('utf-8')), undefined, text);
  }
});

test('an overlong message is cut', () => {
  assert.equal(lineOf({ MESSAGE: 'x'.repeat(100_000) })?.length, 65_536);
});

function placeArguments(options: Record<string, string>): string[] {
  const all = journalArguments({ journalMatch: [], journalOptions: options }, { cursor: 'c' }, true);
  return all.slice(all.indexOf('--no-tail') + 1, all.indexOf('--cursor=c'));
}

test("the options of fail2ban's systemd backend become those of journalctl", () => {
  assert.deepEqual(placeArguments({}), ['--merge', '--system']);
  assert.deepEqual(placeArguments({ rotated: 'true', journalflags: '5' }), ['--system']);
  assert.deepEqual(placeArguments({ journalflags: '0' }), ['--merge']);
  assert.deepEqual(placeArguments({ journalflags: '2' }), ['--merge', '--directory=/run/log/journal']);
  assert.deepEqual(placeArguments({ journalpath: '/j' }), ['--directory=/j', '--merge']);
  assert.deepEqual(placeArguments({ journalfiles: '/j/a*.journal, /k', journalflags: '12' }), [
    '--file=/j/a*.journal',
    '--file=/k',
    '--merge',
    '--system',
    '--user',
  ]);
  assert.deepEqual(placeArguments({ namespace: 'x' }), ['--merge', '--system', '--namespace=x']);
  assert.deepEqual(placeArguments({ journalflags: '64', namespace: 'x' }), ['--merge', '--namespace=+x']);
  assert.deepEqual(placeArguments({ journalflags: '32' }), ['--merge', '--namespace=*']);
});

test('the files that journald may be writing to are those that the options lead to', () => {
  assert.deepEqual(activeJournalFiles({}), [
    '/run/log/journal/*/system.journal',
    '/var/log/journal/*/system.journal',
  ]);
  assert.deepEqual(activeJournalFiles({ journalpath: '/j', journalflags: '4' }), [
    '/j/system.journal',
    '/j/*/system.journal',
  ]);
  assert.deepEqual(activeJournalFiles({ journalflags: '1', namespace: 'x' }).slice(2), [
    '/var/log/journal/*.x/system.journal',
    '/var/log/journal/*.x/user-*.journal',
  ]);
  assert.deepEqual(activeJournalFiles({ journalfiles: '/j/a*.journal, /k' }), ['/j/a*.journal', '/k']);
});

test('matches are terms, with a plus between alternatives, and nothing that journalctl could take for an option', () => {
  const journalMatch = [['A=1', '_B=2 + --x'], [], ['C=']];
  const all = journalArguments({ journalMatch, journalOptions: {} }, { sinceSec: 1.25 }, false);
  assert.deepEqual(all.slice(-6), ['--since=@1.250000', '--', 'A=1', '_B=2 + --x', '+', 'C=']);
});

test('options and matches that cannot be are refused', () => {
  const code = (journalMatch: string[][], journalOptions: Record<string, string>): string => {
    try {
      journalArguments({ journalMatch, journalOptions }, { cursor: 'c' }, false);
      return '';
    } catch (error) {
      return error instanceof WarderError ? error.code : String(error);
    }
  };
  for (const term of ['abc', 'a=1', '__CURSOR=1', '--file=x', '=x', 'A', 'A=\0']) {
    assert.equal(code([[term]], {}), 'SOURCE_JOURNALMATCH', term);
  }
  assert.equal(code([], { colour: 'red' }), 'SOURCE_JOURNAL_OPTION');
  assert.equal(code([], { journalflags: 'x' }), 'SOURCE_JOURNAL_OPTION');
  assert.equal(code([], { journalflags: '16' }), 'SOURCE_JOURNAL_OPTION');
  assert.equal(code([], { journalpath: '/a', journalfiles: '/b' }), 'SOURCE_JOURNAL_OPTION');
});
