import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfiguration } from '../../src/config/index.ts';
import { checkRules } from '../../src/daemon/check-rules.ts';
import { TestHome } from '../support/daemon.ts';

test('a sound configuration has nothing wrong with its rules', (context) => {
  const home = new TestHome(context);
  assert.deepEqual(checkRules(readConfiguration({ layers: [home.path] })), []);
});

test('a broken rule is named with its file and line, for each jail that uses it', (context) => {
  const home = new TestHome(context);
  home.write('filter.d/app.conf', '[Definition]\nfailregex = ^fine <HOST>$\n    ^bad (login from <HOST>$\n');
  const [error, ...others] = checkRules(readConfiguration({ layers: [home.path] }));
  assert.deepEqual(others, []);
  assert.equal(error?.code, 'JAIL_RULES');
  assert.equal(error?.jail, 'app');
  assert.equal(error?.file, join(home.path, 'filter.d/app.conf'));
  assert.equal(error?.line, 2);
  assert.match(error?.message ?? '', /failregex 2/);
});

test('a broken ignoreregex and a broken datepattern are named too', (context) => {
  const home = new TestHome(context);
  home.write('filter.d/app.conf', '[Definition]\nfailregex = ^fine <HOST>$\nignoreregex = (\n');
  assert.equal(checkRules(readConfiguration({ layers: [home.path] }))[0]?.line, 3);
  home.write('filter.d/app.conf', '[Definition]\nfailregex = ^fine <HOST>$\ndatepattern = ([\n');
  assert.equal(checkRules(readConfiguration({ layers: [home.path] })).length, 1);
});
