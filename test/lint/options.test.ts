import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from '../../src/lint/spelling.ts';
import { LintBench } from './bench.ts';

const filter = '[Definition]\nfailregex = ^denied from <HOST>$\n';

test('misspelt options of jails are reported with what was meant', (t) => {
  const bench = new LintBench(t, {
    'filter.d/app.conf': filter,
    'jail.conf': '[DEFAULT]\nport = 0:65535\naction = deny[port=%(port)s]\n',
    'action.d/deny.conf': '[Definition]\nactionban = echo <ip> <port>\n',
    'jail.local': '[DEFAULT]\nmaxrety = 3\n[app]\nfilter = app\nfidntime = 1h\nprot = ssh\nport = 22\n',
  });
  const hints = bench.findings().map(({ option, hint, code }) => [code, option, hint]);
  assert.deepEqual(hints, [
    ['LINT_MISSPELT_OPTION', 'maxrety', 'did you mean maxretry?'],
    ['LINT_MISSPELT_OPTION', 'fidntime', 'did you mean findtime?'],
    ['LINT_MISSPELT_OPTION', 'prot', 'did you mean port?'],
  ]);
});

test('an option that nothing reads is reported; in [DEFAULT] it is noted, since it may be an offer', (t) => {
  const bench = new LintBench(t, {
    'filter.d/app.conf': `${filter}_helper = x\n[Init]\nunheard = 5\n`,
    'jail.local': '[DEFAULT]\nmy_offer = 3\n[app]\nfilter = app\ncolour = blue\n',
  });
  assert.deepEqual(
    bench.findings().map((finding) => `${finding.severity} ${bench.place(finding)}`),
    [
      'warning filter.d/app.conf:3 LINT_UNREAD_OPTION _helper',
      'warning filter.d/app.conf:5 LINT_UNREAD_OPTION unheard',
      'info jail.local:2 LINT_UNREAD_OPTION my_offer',
      'warning jail.local:5 LINT_UNREAD_OPTION colour',
    ],
  );
});

test('every way to refer to an option counts as reading it', (t) => {
  const bench = new LintBench(t, {
    'filter.d/shared.conf': '[DEFAULT]\n_a = 1\n_b = 2\n[part]\n_c = 3\n[lt_file]\n_d = 4\n',
    'filter.d/app.conf': [
      '[INCLUDES]',
      'before = shared.conf',
      '[Definition]',
      'kind = one',
      'failregex = ^denied %(_a)s <_b> %(part/_c)s <lt_<logtype>/_d> <rule-<kind>> from <HOST>$',
      'rule-one = x',
      'rule-two = y',
    ].join('\n'),
    'action.d/deny.conf':
      '[Definition]\nactionban = echo <ip> <table>\n[Init]\ntable = t\ntimeout = 5\n[Init?family=inet6]\ntable = t6\n',
    'jail.local':
      '[DEFAULT]\nmy_log = /x\nthe_port = 5\n[app]\nfilter = app\nlogpath = %(my_log)s\naction = deny[p=%(the_port)s]\n',
  });
  assert.deepEqual(bench.findings(), []);
});

test('an option of a shared file is read if any of the files that include it reads it', (t) => {
  const bench = new LintBench(t, {
    'filter.d/shared.conf': '[Definition]\n_used = 1\n_other = 2\n',
    'filter.d/one.conf': `[INCLUDES]\nbefore = shared.conf\n${filter}`,
    'filter.d/two.conf':
      '[INCLUDES]\nbefore = shared.conf\n[Definition]\nfailregex = ^denied %(_used)s <HOST>$\n',
  });
  assert.deepEqual(bench.complaints(), ['filter.d/shared.conf:3 LINT_UNREAD_OPTION _other']);
});

test('misspelt sections are reported, and any other section of jail.local is a jail', (t) => {
  const bench = new LintBench(t, {
    'filter.d/app.conf': `[Definiton]\nmode = x\n${filter}`,
    'jail.local': '[Default]\nbantime = 1h\n[anything]\nport = 5\n[INCLUDE]\nbefore = x.conf\n',
    'fail2ban.local': '[Definition]\nloglvel = INFO\n[DEFINITION]\nloglevel = INFO\n',
  });
  const sections = bench.findings().filter(({ code }) => code !== 'LINT_UNREAD_OPTION');
  assert.deepEqual(
    sections.map((finding) => `${bench.place(finding)} ${finding.hint}`),
    [
      'fail2ban.local:2 LINT_MISSPELT_OPTION loglvel did you mean loglevel?',
      'fail2ban.local:4 LINT_MISSPELT_SECTION did you mean [Definition]?',
      'filter.d/app.conf:2 LINT_MISSPELT_SECTION did you mean [Definition]?',
      'jail.local:2 LINT_MISSPELT_SECTION did you mean [DEFAULT]?',
      'jail.local:6 LINT_MISSPELT_SECTION did you mean [INCLUDES]?',
    ],
  );
});

test('misspelt arguments in brackets are reported, others that are not read are not', (t) => {
  const bench = new LintBench(t, {
    'filter.d/app.conf': `[Definition]\nmode = normal\nfailregex = ^denied <mode> from <HOST>$\n`,
    'action.d/deny.conf': '[Definition]\nactionban = echo <ip> <blocktype>\n[Init]\nblocktype = DROP\n',
    'jail.local':
      '[app]\nenabled = true\nfilter = app[mdoe=x, other=y]\naction = deny[blocktpye=REJECT, chain=INPUT]\n  deny[name=b, blocktype=DROP]\n',
  });
  assert.deepEqual(
    bench.findings().map((finding) => `${bench.place(finding)} ${finding.hint}`),
    [
      'jail.local:3 LINT_MISSPELT_OPTION filter did you mean mode?',
      'jail.local:4 LINT_MISSPELT_OPTION action did you mean blocktype?',
    ],
  );
});

test('a suggestion is a word that is not far away', () => {
  const known = ['maxretry', 'maxlines', 'port', 'mode', 'bantime', 'findtime'];
  assert.equal(nearest('maxrety', known), 'maxretry');
  assert.equal(nearest('maxertry', known), 'maxretry');
  assert.equal(nearest('prot', known), 'port');
  assert.equal(nearest('bantiem', known), 'bantime');
  assert.equal(nearest('colour', known), undefined);
  assert.equal(nearest('x', known), undefined);
  assert.equal(nearest('portal', known), undefined);
});
