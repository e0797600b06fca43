import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { compilePythonRegex } from '../../src/pyregex/index.ts';
import { findingsOnRule, LintBench } from './bench.ts';

function codesOf(context: TestContext, failregex: string, more = ''): string[] {
  return findingsOnRule(context, failregex, more)
    .filter(({ severity }) => severity !== 'info')
    .map(({ code }) => code);
}

test('a rule that is anchored on both sides is good', (t) => {
  assert.deepEqual(codesOf(t, '^sshd: Failed password for \\S+ from <ADDR> port \\d+$'), []);
  assert.deepEqual(codesOf(t, '^Failed login for .* from <ADDR>$'), []);
  assert.deepEqual(codesOf(t, '^<ADDR> - - "GET /admin [^"]*" 401 "[^"]*" "[^"]*"$'), []);
  assert.deepEqual(codesOf(t, '^Failed login for [^ ]* from <HOST> with .*'), []);
});

test('a rule that may match anywhere in a line is reported', (t) => {
  assert.deepEqual(codesOf(t, 'Failed login from <ADDR>$'), ['LINT_UNANCHORED']);
  assert.deepEqual(codesOf(t, '(?:^|a)Failed login from <ADDR>$'), ['LINT_UNANCHORED']);
  assert.deepEqual(codesOf(t, '(?:^Failed|Bad) login from <ADDR>$'), ['LINT_UNANCHORED']);
});

test('a greedy catch-all before an address with anything behind it is reported, with a line that shows it', (t) => {
  const [finding, ...others] = findingsOnRule(t, '^Failed login for .* from <ADDR>,').filter(
    ({ code }) => code === 'LINT_ADDRESS_MOVABLE',
  );
  assert.deepEqual(others, []);
  assert.match(finding?.message ?? '', /"\.\*"/);
  const [line = '', places = ''] = (finding?.example ?? '').split(' (address at ');
  const [first = 0, second = 0] = places.split(' or ').map((text) => Number.parseInt(text, 10));
  assert.ok(first > 0 && second > first);
  // The line does match, and the engine takes the second address though the first is just as good.
  const match = compilePythonRegex('^Failed login for .* from (?P<a>[^ ,]+),').search(line);
  assert.equal(match?.span('a')?.[0], second);
});

test('a lazy catch-all before an address is reported where the text behind it is open', (t) => {
  assert.deepEqual(codesOf(t, '^Failed login for .*? from <ADDR>(?: |$)'), ['LINT_ADDRESS_MOVABLE']);
  assert.deepEqual(codesOf(t, '^Failed login for .*? from <ADDR>$'), []);
});

test('a lookahead that refuses the second address keeps a rule from being reported', (t) => {
  assert.deepEqual(codesOf(t, '^Failed login for (?!.* from .* from ).* from <ADDR> '), []);
  assert.deepEqual(codesOf(t, '^Failed login for (?:(?! from ).)* from <ADDR> '), []);
});

test('a prefregex in which the message may begin in two places is reported', (t) => {
  const more = 'prefregex = ^.* app: <F-CONTENT>.+</F-CONTENT>$\n';
  assert.deepEqual(codesOf(t, '^Failed login from <ADDR>$', more), ['LINT_ADDRESS_MOVABLE']);
  const good = 'prefregex = ^\\S+ app: <F-CONTENT>.+</F-CONTENT>$\n';
  assert.deepEqual(codesOf(t, '^Failed login from <ADDR>$', good), []);
});

test('exponential backtracking is an error, and the attack is told', (t) => {
  const [finding] = findingsOnRule(t, '^user (?:\\w+\\s?)* failed from <ADDR>$');
  assert.equal(finding?.code, 'LINT_BACKTRACKING_EXPONENTIAL');
  assert.equal(finding?.severity, 'error');
  assert.match(finding?.message ?? '', /"\(\?:\\w\+\\s\?\)\*"/);
  assert.ok(finding?.attack !== undefined && (finding.example ?? '').startsWith('user '));
});

test('a cubic rule is a warning, a quadratic one a note', (t) => {
  const cubic = findingsOnRule(t, '^a.* b.* c.* from <ADDR>$').map(({ code }) => code);
  assert.deepEqual(cubic, ['LINT_BACKTRACKING_POLYNOMIAL']);
  const quadratic = findingsOnRule(t, '^a.* b.* from <ADDR>$');
  assert.deepEqual(
    quadratic.map(({ code, severity }) => [code, severity]),
    [['LINT_BACKTRACKING_QUADRATIC', 'info']],
  );
});

test('a rule without a word is reported, unless the prefregex has one', (t) => {
  assert.deepEqual(codesOf(t, '^<ADDR> \\d+ \\d+$'), ['LINT_NO_LITERAL']);
  assert.deepEqual(codesOf(t, '^<ADDR> \\d+$', 'prefregex = ^denied: <F-CONTENT>.+</F-CONTENT>$\n'), []);
});

test('a filter without dates is noted where that is meant, and a warning where it is not', (t) => {
  const severity = (datepattern: string) =>
    findingsOnRule(t, '^denied <ADDR>$', `datepattern = ${datepattern}\n`).map((each) => [
      each.code,
      each.severity,
      each.line,
    ]);
  assert.deepEqual(severity('{NONE}'), [['LINT_NO_DATE', 'info', 3]]);
  assert.deepEqual(severity('^denied:()**'), [['LINT_NO_DATE', 'info', 3]]);
  assert.deepEqual(severity('^\\d+-\\d+ '), [['LINT_NO_DATE', 'warning', 3]]);
  assert.deepEqual(severity('^%%Y-%%m-%%d'), []);
  assert.deepEqual(severity('{^LN-BEG}'), []);
  assert.deepEqual(severity('Epoch'), []);
});

test('each rule is reported with its very line, also behind references', (t) => {
  const bench = new LintBench(t, {
    'filter.d/parts.conf':
      '[DEFAULT]\n_bad = from <HOST>\n\n[extra]\nrules = ^fine <HOST>$\n\n  lost <HOST>$\n',
    'filter.d/app.conf': [
      '[INCLUDES]',
      'before = parts.conf',
      '[Definition]',
      'mode = normal',
      'failregex = ^fine from <HOST>$',
      '# a comment',
      '            denied %(_bad)s',
      '            <mode-<mode>>',
      '            %(extra/rules)s',
      'mode-normal = ^all right <HOST>$',
      'mode-strict = ^all right <HOST>$',
      '    strict <HOST>$',
      'ignoreregex =',
    ].join('\n'),
  });
  assert.deepEqual(bench.complaints(), [
    'filter.d/app.conf:7 LINT_UNANCHORED failregex',
    'filter.d/app.conf:9 LINT_UNANCHORED failregex',
    'filter.d/app.conf:12 LINT_UNANCHORED mode-strict',
  ]);
  const strict = bench.findings().find(({ line }) => line === 12);
  assert.equal(strict?.filter, 'app[mode="strict"]');
});

test('a rule that a jail has itself is reported in the jail', (t) => {
  const bench = new LintBench(t, {
    'filter.d/app.conf': '[Definition]\nfailregex = ^fine from <HOST>$\n',
    'jail.local': '[app]\nenabled = true\nfilter = app\nfailregex = denied from <HOST>$\n',
  });
  assert.deepEqual(bench.complaints(), ['jail.local:4 LINT_UNANCHORED failregex']);
});

test('a rule that is a tag which nobody defines is reported', (t) => {
  const bench = new LintBench(t, {
    'filter.d/app.conf':
      '[Definition]\nmode = normal\nfailregex = ^fine from <HOST>$\n  <mode-<mode>>\nmode-normal =\n',
    'jail.local': '[app]\nenabled = true\nfilter = app[mode=agressive]\n',
  });
  assert.deepEqual(bench.complaints(), ['filter.d/app.conf:4 LINT_UNKNOWN_TAG failregex']);
});
