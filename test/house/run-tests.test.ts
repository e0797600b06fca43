import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { TestCheckout } from '../support/checkout.ts';
import { repositoryRoot } from '../support/sources.ts';

function runTests(...patterns: readonly string[]) {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return spawnSync(process.execPath, [join(repositoryRoot, 'scripts/run-tests.ts'), ...patterns], {
    encoding: 'utf8',
    env,
  });
}

const header = "import { test } from 'node:test';\n";

test('several files are reported as one run', (t) => {
  const checkout = new TestCheckout(t);
  const one = checkout.write(
    'one.test.ts',
    `${header}test('first', () => {}); test('second', { skip: 'so' }, () => {});`,
  );
  const two = checkout.write('two.test.ts', `${header}test('third', () => {});`);
  const { status, stdout } = runTests(one, two);
  assert.equal(status, 0);
  assert.match(
    stdout,
    /ℹ tests 3\nℹ suites 0\nℹ pass 2\nℹ fail 0\nℹ cancelled 0\nℹ skipped 1\nℹ todo 0\nℹ duration_ms [\d.]+\n$/,
  );
  assert.equal(stdout.match(/ℹ tests /g)?.length, 1);
});

test('one failure, or a file that does not even load, fails the run', (t) => {
  const checkout = new TestCheckout(t);
  const good = checkout.write('good.test.ts', `${header}test('good', () => {});`);
  const bad = checkout.write('bad.test.ts', `${header}test('bad', () => { throw new Error('as told'); });`);
  const broken = checkout.write('broken.test.ts', 'const = ;');
  const failing = runTests(good, bad);
  assert.equal(failing.status, 1);
  assert.match(failing.stdout, /ℹ fail 1\n(?:.|\n)*as told/);
  assert.equal(runTests(good, broken).status, 1);
});

test('a pattern without a test fails, since it is a typing error', () => {
  const { status, stderr } = runTests('test/no-such-folder/*.test.ts');
  assert.equal(status, 1);
  assert.match(stderr, /no test file matches/);
});
