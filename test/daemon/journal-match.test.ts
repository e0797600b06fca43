import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { TestDaemon, TestHome } from '../support/daemon.ts';

async function started(context: TestContext): Promise<TestDaemon> {
  return new TestDaemon(new TestHome(context)).start();
}

test('matches for the journal are added and removed by their alternatives', async (context) => {
  const daemon = await started(context);
  await daemon.run('add', 'journal', 'systemd');
  const set = (...words: string[]): Promise<unknown> => daemon.run('set', 'journal', ...words);
  assert.deepEqual(await set('addjournalmatch', '_COMM=sshd', '+', '_SYSTEMD_UNIT=ssh.service', '_UID=0'), [
    ['_COMM=sshd'],
    ['_SYSTEMD_UNIT=ssh.service', '_UID=0'],
  ]);
  assert.deepEqual(await set('addjournalmatch', '_COMM=a b'), [
    ['_COMM=sshd'],
    ['_SYSTEMD_UNIT=ssh.service', '_UID=0'],
    ['_COMM=a b'],
  ]);
  await assert.rejects(set('deljournalmatch', '_UID=0'), {
    code: 'JOURNALMATCH_UNKNOWN',
    message: "there is no journalmatch '_UID=0'",
  });
  assert.deepEqual(await set('deljournalmatch', '_SYSTEMD_UNIT=ssh.service', '_UID=0'), [
    ['_COMM=sshd'],
    ['_COMM=a b'],
  ]);
  assert.deepEqual(await set('deljournalmatch', '_COMM=a b', '+', '_COMM=sshd'), []);
});

test('a match that journald would not take is refused as it comes, and changes nothing', async (context) => {
  const daemon = await started(context);
  await daemon.run('add', 'journal', 'systemd[journalflags=1]');
  await daemon.run('set', 'journal', 'addjournalmatch', '_COMM=sshd');
  await assert.rejects(daemon.run('set', 'journal', 'addjournalmatch', '_COMM=x', '+', '/usr/sbin/sshd'), {
    code: 'SOURCE_JOURNALMATCH',
    message: "'/usr/sbin/sshd' is not a journal match",
    jail: 'journal',
  });
  assert.deepEqual(await daemon.run('get', 'journal', 'journalmatch'), [['_COMM=sshd']]);
});

test('a jail that reads files takes no notice of matches for the journal', async (context) => {
  const daemon = await started(context);
  assert.deepEqual(await daemon.run('set', 'app', 'addjournalmatch', 'nonsense'), []);
  assert.deepEqual(await daemon.run('set', 'app', 'deljournalmatch', 'nonsense'), []);
});

test('a backend with options that the journal does not have is refused', async (context) => {
  const daemon = await started(context);
  for (const [backend, message] of [
    ['systemd[journalflag=1]', "the systemd backend has no option 'journalflag'"],
    ['systemd[journalflags=x]', "journalflags 'x' is not known"],
    ['systemd[journalpath=/a, journalfiles=/b]', 'journalpath and journalfiles exclude each other'],
  ] as const) {
    await assert.rejects(daemon.run('add', 'journal', backend), {
      code: 'SOURCE_JOURNAL_OPTION',
      message,
      jail: 'journal',
    });
  }
  assert.deepEqual(await daemon.run('add', 'journal', 'systemd[rotated=on, namespace=x]'), 'journal');
});
