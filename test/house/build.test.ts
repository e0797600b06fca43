import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync, utimesSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { TestCheckout } from '../support/checkout.ts';

const programs = ['fail2ban-client', 'fail2ban-regex', 'fail2ban-server', 'warder'];

function makeCheckout(context: TestContext): TestCheckout {
  const checkout = new TestCheckout(context);
  checkout.copy('scripts/build.ts');
  checkout.copy('scripts/build-page.ts');
  checkout.link('node_modules');
  checkout.write('package.json', '{ "type": "module" }');
  checkout.write('src/base/index.ts', 'export const greeting: string = "hello";');
  const main = "import { greeting } from '../base/index.ts'; console.log(greeting, import.meta.url);";
  for (const program of programs) checkout.write(`src/cli/${program}.ts`, main);
  checkout.write('src/detect/worker.ts', main);
  for (const helper of [
    'detect/judge',
    'track/lookup',
    'enforce/notify',
    'enforce/tarpit',
    'enforce/script-action',
  ])
    checkout.write(`src/${helper}/helper.ts`, main.replace('../', '../../'));
  checkout.write('src/web/helper.ts', main);
  checkout.write('src/cli/regex/part-thread.ts', main.replace('../', '../../'));
  checkout.write('src/cli/demo/actor.ts', main.replace('../', '../../'));
  checkout.write('dashboard/tsconfig.json', '{}');
  checkout.write('dashboard/main.tsx', "import './page.css'; document.title = 'hello';");
  checkout.write('dashboard/page.css', 'p { color: red }');
  for (const name of ['index.html', 'icon.svg']) checkout.write(`dashboard/${name}`, name);
  return checkout;
}

function build(checkout: TestCheckout) {
  return spawnSync(process.execPath, [checkout.path('scripts/build.ts')], { encoding: 'utf8' });
}

test('the build makes a bundle of every program, the worker and the helpers, which share their common parts', (t) => {
  const checkout = makeCheckout(t);
  assert.equal(build(checkout).status, 0);
  const files = readdirSync(checkout.path('dist')).sort();
  const named = [
    ...programs,
    'detect-worker',
    'regex-judge',
    'log-part',
    'name-lookups',
    'courier',
    'tarpit',
    'script-action',
    'web',
    'demo-actor',
  ].map((name) => `${name}.js`);
  assert.deepEqual(
    files.filter((name) => !isShared(name)),
    ['.built', 'page', ...named].sort(),
  );
  assert.deepEqual(readdirSync(checkout.path('dist/page')).sort(), [
    'app.css',
    'app.js',
    'icon.svg',
    'index.html',
  ]);
  assert.equal(files.filter(isShared).length, 1);
  const run = spawnSync(process.execPath, [checkout.path('dist/warder.js')], { encoding: 'utf8' });
  assert.match(run.stdout, /^hello file:/);
});

test('the stamp is dated to the start of the build, so that an edit meanwhile is newer', (t) => {
  const checkout = makeCheckout(t);
  const beforeMs = Date.now();
  assert.equal(build(checkout).status, 0);
  const stampMs = statSync(checkout.path('dist/.built')).mtimeMs;
  assert.ok(stampMs >= beforeMs - 1000);
  assert.ok(stampMs < statSync(checkout.path('dist/warder.js')).mtimeMs);
});

test('a rebuild leaves nothing of the one before', (t) => {
  const checkout = makeCheckout(t);
  checkout.write('dist/chunk-old-0000.js', '');
  checkout.write('dist/page/old.js', '');
  assert.equal(build(checkout).status, 0);
  assert.ok(!readdirSync(checkout.path('dist')).includes('chunk-old-0000.js'));
  assert.ok(!readdirSync(checkout.path('dist/page')).includes('old.js'));
});

test('a build that fails says where, and leaves the earlier bundles and their age alone', (t) => {
  const checkout = makeCheckout(t);
  assert.equal(build(checkout).status, 0);
  const stamp = checkout.path('dist/.built');
  utimesSync(stamp, 1000, 1000);
  checkout.write('src/cli/warder.ts', 'const = ;');
  const result = build(checkout);
  assert.notEqual(result.status, 0);
  assert.match(result.stderr, /src\/cli\/warder\.ts:1:6/);
  assert.equal(statSync(stamp).mtimeMs, 1_000_000);
});

/** Shared parts carry a hash of their content in their names. */
function isShared(name: string): boolean {
  return /-[A-Z0-9]{8}\.js$/.test(name);
}
