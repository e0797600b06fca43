import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, utimesSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { TestCheckout } from '../support/checkout.ts';
import { TestMachine } from '../support/netns.ts';
import { requireRoot } from '../support/tools.ts';

/** A checkout whose npm and Node only write down what they are asked for; everything is up to date. */
function makeCheckout(context: TestContext): TestCheckout {
  const checkout = new TestCheckout(context);
  checkout.copy('scripts');
  checkout.write('src/base/index.ts', '');
  checkout.write('package-lock.json', '{}');
  checkout.write('node_modules/.package-lock.json', '{}');
  checkout.write('dist/.built', '');
  checkout.writeProgram(
    'fake/npm',
    'echo "npm $*" >> asked; mkdir -p node_modules; : > node_modules/.package-lock.json',
  );
  checkout.writeProgram('node_modules/.bin/node', '[ "$*" = --version ] || echo "node $*" >> asked');
  for (const [name, ageSec] of [
    ['package-lock.json', 30],
    ['scripts/build.ts', 30],
    ['src/base/index.ts', 30],
    ['src/base', 30],
    ['src', 30],
    ['node_modules/.package-lock.json', 20],
    ['dist/.built', 10],
  ] as const) {
    age(checkout, name, ageSec);
  }
  return checkout;
}

function age(checkout: TestCheckout, name: string, ageSec: number): void {
  const time = Date.now() / 1000 - ageSec;
  utimesSync(checkout.path(name), time, time);
}

function setUp(
  checkout: TestCheckout,
  purpose = 'start',
  PATH = `${checkout.path('fake')}:${process.env.PATH}`,
) {
  const result = spawnSync('sh', [checkout.path('scripts/setup.sh'), purpose], {
    encoding: 'utf8',
    cwd: '/',
    env: { PATH },
  });
  return {
    ...result,
    asked: existsSync(checkout.path('asked')) ? readFileSync(checkout.path('asked'), 'utf8') : '',
  };
}

test('set-up does nothing, and says nothing, where nothing is missing', (t) => {
  const { status, asked, stdout, stderr } = setUp(makeCheckout(t));
  assert.deepEqual({ status, asked, stdout, stderr }, { status: 0, asked: '', stdout: '', stderr: '' });
});

test('a changed lock file brings npm ci and a build, once', (t) => {
  const checkout = makeCheckout(t);
  age(checkout, 'package-lock.json', 1);
  const expected = 'npm ci --no-audit --no-fund --loglevel=error\nnode scripts/build.ts\n';
  assert.equal(setUp(checkout).asked, expected);
  age(checkout, 'dist/.built', -10);
  assert.equal(setUp(checkout).asked, expected);
});

test('a changed source brings a build alone', (t) => {
  const checkout = makeCheckout(t);
  age(checkout, 'src/base/index.ts', 1);
  assert.equal(setUp(checkout).asked, 'node scripts/build.ts\n');
});

test('what fails is named, and set-up fails', (t) => {
  const checkout = makeCheckout(t);
  age(checkout, 'package-lock.json', 1);
  checkout.writeProgram('fake/npm', 'exit 1');
  const failed = setUp(checkout);
  assert.equal(failed.status, 1);
  assert.match(failed.stderr, /npm ci failed/);
  for (const tool of ['sh', 'dirname', 'find'])
    checkout.writeProgram(`bare/${tool}`, `exec /usr/bin/${tool} "$@"`);
  const without = setUp(checkout, 'start', checkout.path('bare'));
  assert.equal(without.status, 1);
  assert.match(without.stderr, /npm is missing/);
});

test('an ordinary user is told loudly which Debian packages the tests lack', (t) => {
  const checkout = makeCheckout(t);
  checkout.writeProgram('fake/id', 'echo 1000');
  checkout.writeProgram('fake/dpkg-query', 'case "$*" in *nftables*) exit 1 ;; *) echo installed ;; esac');
  const { status, stderr } = setUp(checkout, 'test');
  assert.equal(status, 0);
  assert.match(stderr, /MISSING DEBIAN PACKAGES.*: nftables $/m);
});

test('as root the missing packages are installed, and none of them can start a service', async (t) => {
  if (!requireRoot(t)) return;
  const machine = await TestMachine.start('setup');
  t.after(() => machine.stop());
  const checkout = makeCheckout(t);
  checkout.writeProgram(
    'fake/dpkg-query',
    'case "$*" in *nftables* | *rsyslog*) exit 1 ;; *) echo installed ;; esac',
  );
  // As a machine with old package lists: the first try fails, and works after an update.
  checkout.writeProgram(
    'fake/apt-get',
    `echo "apt-get $*" >> asked
     case $1 in
       update) : > updated ;;
       install) /usr/sbin/policy-rc.d; echo "policy $?, \${DEBIAN_FRONTEND}" >> asked; [ -e updated ] ;;
     esac`,
  );
  const listPackages = `mkdir -p /var/lib/apt/lists; : > /var/lib/apt/lists/x_Packages.lz4; rm -f /usr/sbin/policy-rc.d`;
  await machine.shell(
    `${listPackages}; PATH='${checkout.path('fake')}':$PATH sh '${checkout.path('scripts/setup.sh')}' test`,
  );
  const install =
    'apt-get install -y -q --no-install-recommends -o Dpkg::Use-Pty=0 nftables rsyslog\npolicy 101, noninteractive\n';
  assert.equal(readFileSync(checkout.path('asked'), 'utf8'), `${install}apt-get update -q\n${install}`);
  assert.notEqual(
    (await machine.run('test', ['-e', '/usr/sbin/policy-rc.d'])).code,
    0,
    'the policy is gone again',
  );
});
