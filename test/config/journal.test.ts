import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Configuration } from '../../src/config/index.ts';
import { plainParts, read, sent, shortErrors } from './memory-files.ts';

const head = '[j]\nenabled = true\nfilter = f\naction = a\nlogpath = /log/a.log\n';
const filter =
  '[Definition]\nfailregex = <logtype-rule>\njournalmatch = _COMM=x\nlogtype-rule = <rule/<logtype>>\n[rule]\nfile = in file\njournal = in journal\n';

function start(
  more: string,
  options: { hasJournal?: boolean; allowNoFiles?: boolean; log?: boolean } = {},
): Configuration {
  const { hasJournal = true, allowNoFiles = false, log = false } = options;
  const files = { ...plainParts, '/c/jail.conf': head + more, '/c/filter.d/f.conf': filter };
  return read(
    { ...files, ...(log ? { '/log/a.log': '' } : {}) },
    { allowNoFiles, hasJournal: () => hasJournal },
  );
}

test('without a log the jail reads the journal, with the rules for it', () => {
  const configuration = start('');
  assert.equal(configuration.jails[0]?.backend, 'systemd');
  assert.deepEqual(sent(configuration, 'j', 'addfailregex'), ['in journal']);
  assert.deepEqual(sent(configuration, 'j', 'addjournalmatch'), ['_COMM=x']);
  assert.deepEqual(configuration.jails[0]?.logPaths, []);
  assert.deepEqual(configuration.errors, []);
});

test('with a log the jail reads the log', () => {
  const configuration = start('', { log: true });
  assert.equal(configuration.jails[0]?.backend, 'auto');
  assert.deepEqual(sent(configuration, 'j', 'addfailregex'), ['in file']);
});

for (const [what, more, options] of [
  ['another backend is set', 'backend = polling\n', {}],
  ['systemd_if_nologs is off', 'systemd_if_nologs = false\n', {}],
  ['there is no journal', '', { hasJournal: false }],
] as const) {
  test(`without a log the jail waits for it where ${what}`, () => {
    const configuration = start(more, options);
    const [jail] = configuration.jails;
    assert.notEqual(jail?.backend, 'systemd');
    assert.equal(jail?.configError, undefined);
    assert.deepEqual(
      jail?.logPaths.map(({ pattern }) => pattern),
      ['/log/a.log'],
    );
    assert.deepEqual(sent(configuration, 'j', 'addfailregex'), ['in file']);
    assert.deepEqual(shortErrors(configuration), ['CONFIG_NO_LOG_FILE /c/jail.conf:5 j']);
  });
}

test('a filter that knows nothing of the journal waits for its log', () => {
  const configuration = start('journalmatch =\nfilter =\nfailregex = x\n');
  assert.equal(configuration.jails[0]?.backend, 'auto');
});

test('a jail is skipped without logs where it is told to be', () => {
  const configuration = start('skip_if_nologs = true\n', { hasJournal: false });
  assert.equal(configuration.jails[0]?.configError, 'Have not found any log file for j jail');
  assert.equal(start('skip_if_nologs = true\n').jails[0]?.backend, 'systemd');
});

test('read as for a dump, nothing depends on the logs, and a missing one is a warning', () => {
  const configuration = start('skip_if_nologs = true\n', { allowNoFiles: true });
  assert.equal(configuration.jails[0]?.backend, 'auto');
  assert.deepEqual(configuration.errors, []);
  assert.deepEqual(
    configuration.warnings.map(({ message }) => message),
    ['Have not found any log file for j jail'],
  );
});
