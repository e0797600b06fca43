import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { MemoryTerminal, runClient, runWarder } from '../../src/cli/index.ts';

const badFilter = '[Definition]\nfailregex = denied from <HOST>$\n';
const worstFilter = '[Definition]\nfailregex = ^user (?:\\w+\\s?)* denied from <HOST>$\n';

class Folder {
  readonly path: string;

  constructor(context: TestContext, files: Readonly<Record<string, string>>) {
    this.path = mkdtempSync(join(tmpdir(), 'warder-check-'));
    context.after(() => rmSync(this.path, { recursive: true, force: true }));
    for (const [name, text] of Object.entries({ 'jail.local': '[sshd]\nenabled = false\n', ...files })) {
      mkdirSync(dirname(join(this.path, name)), { recursive: true });
      writeFileSync(join(this.path, name), text);
    }
  }

  async check(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const terminal = new MemoryTerminal();
    const code = await runWarder(['check', '-c', this.path, ...args], terminal);
    return { code, stdout: terminal.stdout, stderr: terminal.stderr };
  }
}

test('warnings are told with file, line, hint and code, and fail only if asked to', async (t) => {
  const folder = new Folder(t, { 'filter.d/app.conf': badFilter });
  const { code, stdout } = await folder.check('app');
  assert.equal(code, 0);
  const [warning = '', hint = ''] = stdout.split('\n');
  assert.ok(
    warning.startsWith(`${folder.path}/filter.d/app.conf:2: warning: failregex: the failregex may match`),
  );
  assert.match(warning, / \(filter app\) \[LINT_UNANCHORED\]$/);
  assert.match(hint, /^ {4}begin it with \^/);
  assert.match(stdout, /^1 warning/m);
  assert.match(stdout, /OK: the configuration is good\n$/);
  const strict = await folder.check('app', '--strict');
  assert.equal(strict.code, 255);
  assert.match(strict.stdout, /The configuration is not good\n$/);
});

test('errors fail, with an example on request', async (t) => {
  const folder = new Folder(t, { 'filter.d/app.conf': worstFilter });
  const { code, stdout } = await folder.check('app');
  assert.equal(code, 255);
  assert.match(stdout, /:2: error: .*\[LINT_BACKTRACKING_EXPONENTIAL\]/);
  assert.doesNotMatch(stdout, /for example/);
  assert.match((await folder.check('app', '-v')).stdout, /^ {4}for example: user /m);
});

test('what the reader finds is told together with what the linter finds', async (t) => {
  const folder = new Folder(t, {
    'filter.d/app.conf': badFilter,
    'jail.local': '[sshd]\nenabled = false\n[web]\nenabled = true\nfilter = nosuch\n',
  });
  const { code, stdout } = await folder.check('app', 'web');
  assert.equal(code, 255);
  assert.match(stdout, /jail\.local:5: error: .*nosuch.*\[CONFIG_NO_FILTER\]/);
  assert.match(stdout, /LINT_UNANCHORED/);
  const other = await folder.check('app');
  assert.deepEqual([other.code, /CONFIG_NO_FILTER/.test(other.stdout)], [0, false]);
});

test('a jail, a filter or a file can be checked alone; another name is refused', async (t) => {
  const folder = new Folder(t, { 'filter.d/app.conf': badFilter, 'filter.d/other.conf': worstFilter });
  assert.doesNotMatch((await folder.check('app')).stdout, /other\.conf/);
  const file = await folder.check(join(folder.path, 'filter.d/other.conf'));
  assert.match(file.stdout, /other\.conf:2: error/);
  assert.doesNotMatch(file.stdout, /app\.conf/);
  const unknown = await folder.check('nosuch');
  assert.equal(unknown.code, 255);
  assert.match(unknown.stderr, /there is no jail or filter "nosuch"/);
});

test('--json gives the same as data', async (t) => {
  const folder = new Folder(t, { 'filter.d/app.conf': worstFilter });
  const { code, stdout } = await folder.check('app', '--json');
  assert.equal(code, 255);
  const report = JSON.parse(stdout);
  assert.equal(report.ok, false);
  const [error] = report.errors;
  assert.deepEqual(
    [error.code, error.severity, error.file, error.line, error.option, error.filter],
    ['LINT_BACKTRACKING_EXPONENTIAL', 'error', join(folder.path, 'filter.d/app.conf'), 2, 'failregex', 'app'],
  );
  assert.match(error.attack.prefix, /^user /);
  assert.ok(Array.isArray(error.attack.pumps) && typeof error.attack.suffix === 'string');
  assert.deepEqual(report.hidden, { errors: 0, warnings: 0, infos: 0 });
});

test('our own files are summed up in one line, and shown on request', async (t) => {
  const folder = new Folder(t, { 'filter.d/app.conf': badFilter });
  const { code, stdout } = await folder.check();
  assert.equal(code, 0);
  assert.match(stdout, /^(?:\d+ \w+, )*\d+ notes about files as they were shipped; --all shows them$/m);
  assert.deepEqual(stdout.match(/^\S+:\d+: /gm), [`${folder.path}/filter.d/app.conf:2: `]);
  const all = await folder.check('--all', '-v');
  assert.match(all.stdout, /filter\.d\/sshd\.conf:\d+: info: /);
  assert.doesNotMatch(all.stdout, /as they were shipped/);
});

test('fail2ban-client -t warns, and its result stays what it was', async (t) => {
  const folder = new Folder(t, { 'filter.d/app.conf': worstFilter });
  const terminal = new MemoryTerminal();
  assert.equal(await runClient('fail2ban-client', ['-c', folder.path, '-t'], terminal), 0);
  assert.equal(terminal.stdout, 'OK: configuration test is successful\n');
  assert.match(terminal.stderr, /WARNING .*app\.conf:2: warning: .*\[LINT_BACKTRACKING_EXPONENTIAL\] – /);
  assert.doesNotMatch(terminal.stderr, /sshd\.conf/);
});

test('jails that have to look at every line are named, with the reason; they are no mistake', async (t) => {
  const folder = new Folder(t, {
    'filter.d/bare.conf': '[Definition]\nfailregex = ^<ADDR> \\d+$\n',
    'filter.d/lines.conf': '[Definition]\nfailregex = ^begin of <HOST>$\nmaxlines = 3\n',
    'filter.d/plain.conf': '[Definition]\nfailregex = ^denied from <ADDR>$\n',
    'jail.local': [
      '[DEFAULT]\nenabled = true\nbackend = polling\nlogpath = /dev/null\n[sshd]\nenabled = false',
      '[bare]\nfilter = bare\n[lines]\nfilter = lines\n[plain]\nfilter = plain\n',
    ].join('\n'),
  });
  const { code, stdout } = await folder.check('bare', 'lines', 'plain');
  assert.equal(code, 0, stdout);
  const named = stdout.split('\n').filter((line) => line.includes('CHECK_EVERY_LINE'));
  assert.deepEqual(named, [
    'info: every line of its logs is looked at: failregex 1 requires no text that could be looked for (jail bare) [CHECK_EVERY_LINE]',
    'info: every line of its logs is looked at: maxlines = 3: a match may span several lines (jail lines) [CHECK_EVERY_LINE]',
  ]);
});
