import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatStream, toStream } from '../../src/config/index.ts';
import { detectionOptions } from '../../src/daemon/detection-options.ts';
import { read, shortErrors } from './memory-files.ts';

const settings = (text: string): string[] => {
  const configuration = read({ '/c/fail2ban.conf': text });
  return formatStream(toStream(configuration)).split('\n').slice(0, -1);
};

test('settings of the server are sent in fail2ban’s order, threads first', () => {
  const text =
    '[Definition]\ndbpurgeage = 2d\ndbfile = None\ndbmaxmatches = 5\nloglevel = debug\nallowipv6 = no\n[Thread]\nstacksize = 64\n';
  assert.deepEqual(settings(text), [
    "['set', 'thread', {'stacksize': 64}]",
    "['set', 'syslogsocket', 'auto']",
    "['set', 'loglevel', 'debug']",
    "['set', 'logtarget', '/var/log/fail2ban.log']",
    "['set', 'allowipv6', 'no']",
    "['set', 'dbfile', 'None']",
    "['set', 'dbmaxmatches', 5]",
    "['set', 'dbpurgeage', '2d']",
  ]);
});

test('every setting has a value and, where it was written, an origin', () => {
  const { fail2ban } = read({ '/c/fail2ban.conf': '[DEFAULT]\nsocket = /run/x.sock\n[Definition]\n' });
  assert.deepEqual(fail2ban.get('socket'), {
    name: 'socket',
    value: '/run/x.sock',
    origin: { file: '/c/fail2ban.conf', line: 2 },
  });
  assert.deepEqual(fail2ban.get('pidfile'), { name: 'pidfile', value: '/var/run/fail2ban/fail2ban.pid' });
});

test('the command line goes before the file', () => {
  const configuration = read(
    { '/c/fail2ban.conf': '[Definition]\nloglevel = INFO\n' },
    { overrides: { loglevel: 'DEBUG', logtarget: 'STDERR' } },
  );
  const text = formatStream(toStream(configuration));
  assert.match(text, /'loglevel', 'DEBUG'/);
  assert.match(text, /'logtarget', 'STDERR'/);
});

test('a value that cannot be used leaves the default in force, and is told', () => {
  const configuration = read({
    '/c/fail2ban.conf':
      '[Definition]\nloglevel = LOUD\nlogtarget = %(no)s\ndbpurgeage = ever\ndbmaxmatches = many\n',
  });
  assert.deepEqual(shortErrors(configuration), [
    'CONFIG_UNDEFINED_NAME /c/fail2ban.conf:3',
    'CONFIG_WRONG_VALUE /c/fail2ban.conf:5',
    'CONFIG_WRONG_VALUE /c/fail2ban.conf:2',
    'CONFIG_WRONG_VALUE /c/fail2ban.conf:4',
  ]);
  assert.equal(configuration.fail2ban.get('loglevel')?.value, 'INFO');
  assert.equal(configuration.fail2ban.get('logtarget')?.value, '/var/log/fail2ban.log');
});

test('how detection is set up is read and not sent; what cannot be used is told and left out', () => {
  const detection = (text: string) => {
    const configuration = read({ '/c/fail2ban.conf': `[Definition]\n${text}\n` });
    return { options: detectionOptions(configuration), errors: shortErrors(configuration) };
  };
  assert.deepEqual(detection('workers = 3\nlinebudget = 400'), {
    options: { workers: 3, budgetMs: 400 },
    errors: [],
  });
  assert.deepEqual(detection('workers = auto'), { options: { workers: 'auto' }, errors: [] });
  assert.deepEqual(detection(''), { options: {}, errors: [] });
  assert.deepEqual(detection('workers = 0\nlinebudget = 5'), {
    options: {},
    errors: ['CONFIG_WRONG_VALUE /c/fail2ban.conf:2', 'CONFIG_WRONG_VALUE /c/fail2ban.conf:3'],
  });
  assert.deepEqual(settings('[Definition]\nworkers = 3\nlinebudget = 400\n'), settings('[Definition]\n'));
});
