import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { serverEnvironment, serverFlags } from '../../src/cli/launch.ts';
import { TestCheckout } from '../support/checkout.ts';
import { TestMachine } from '../support/netns.ts';
import { findTool, requireRoot } from '../support/tools.ts';

const names = ['fail2ban-client', 'fail2ban-regex', 'fail2ban-server', 'warder'];

/** Says which file runs, in which runtime, with what. */
const program = (kind: string) =>
  `console.log(JSON.stringify({ kind: '${kind}', args: process.argv.slice(2), node: process.execPath, pid: process.pid }));
   process.exitCode = 7;`;

interface Answer {
  readonly kind: string;
  readonly args: string[];
  readonly node: string;
  readonly pid: number;
}

function makeCheckout(context: TestContext): TestCheckout {
  const checkout = new TestCheckout(context);
  checkout.copy('bin');
  checkout.link('node_modules');
  for (const name of names) {
    checkout.write(`src/cli/${name}.ts`, `const kind: string = '${name}';\n${program(`source of ${name}`)}`);
  }
  return checkout;
}

function addBundles(checkout: TestCheckout): void {
  for (const name of names) checkout.write(`dist/${name}.js`, program(`bundle of ${name}`));
  checkout.write('dist/package.json', '{ "type": "module" }');
  const stamp = checkout.write('dist/.built', '');
  const later = Date.now() / 1000 + 10;
  utimesSync(stamp, later, later);
}

function launch(
  path: string,
  args: readonly string[] = [],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Answer {
  const result = spawnSync(path, args, {
    encoding: 'utf8',
    ...options,
    env: { PATH: '/usr/bin:/bin', ...options.env },
  });
  assert.equal(result.stderr, '');
  assert.equal(result.status, 7);
  const answer = JSON.parse(result.stdout) as Answer;
  assert.equal(answer.pid, result.pid, 'the program takes the place of the launcher');
  return answer;
}

/** A folder with the few tools that a launcher may use, and no Node. */
function bareTools(checkout: TestCheckout): string {
  mkdirSync(checkout.path('tools'), { recursive: true });
  for (const tool of ['sh', 'readlink', 'find', 'uname'])
    symlinkSync(findTool(tool)!, checkout.path(`tools/${tool}`));
  return checkout.path('tools');
}

test('every launcher runs its own program from the sources, and passes arguments and exit code through', (t) => {
  const checkout = makeCheckout(t);
  const args = ['a b', '', '$HOME', '-x', "it's", '*'];
  for (const name of names) {
    const answer = launch(checkout.path(`bin/${name}`), args);
    assert.equal(answer.kind, `source of ${name}`);
    assert.deepEqual(answer.args, args);
  }
});

test('the server is started so that it stays small, as it is from the background', (t) => {
  const checkout = makeCheckout(t);
  checkout.write(
    'src/cli/fail2ban-server.ts',
    'console.log(JSON.stringify([process.execArgv, process.env]));',
  );
  const { stdout } = spawnSync(checkout.path('bin/fail2ban-server'), { encoding: 'utf8' });
  const [flags, environment] = JSON.parse(stdout) as [string[], Record<string, string>];
  assert.deepEqual(flags, ['--disable-warning=ExperimentalWarning', ...serverFlags]);
  for (const [name, value] of Object.entries(serverEnvironment)) assert.equal(environment[name], value);
});

test('so is `warder run`, and none of the other commands', (t) => {
  const checkout = makeCheckout(t);
  checkout.write('src/cli/warder.ts', 'console.log(JSON.stringify(process.execArgv));');
  const flagsOf = (...args: string[]): unknown =>
    JSON.parse(spawnSync(checkout.path('bin/warder'), args, { encoding: 'utf8' }).stdout);
  const common = '--disable-warning=ExperimentalWarning';
  assert.deepEqual(flagsOf('run', '-f'), [common, ...serverFlags]);
  assert.deepEqual(flagsOf('status'), [common]);
  assert.deepEqual(flagsOf(), [common]);
});

test('the package starts the server in the same way', () => {
  const launcher = readFileSync(join(import.meta.dirname, '../../packaging/launcher.sh'), 'utf8');
  for (const flag of serverFlags) assert.ok(launcher.includes(` ${flag} `), flag);
  for (const [name, value] of Object.entries(serverEnvironment))
    assert.ok(launcher.includes(`${name}=${value}`), name);
});

test('the pinned runtime is used', (t) => {
  assert.match(launch(makeCheckout(t).path('bin/warder')).node, /node_modules\/node-linux-\w+\/bin\/node$/);
});

test('the bundle runs where nothing in src is newer, else the source', (t) => {
  const checkout = makeCheckout(t);
  addBundles(checkout);
  assert.equal(launch(checkout.path('bin/warder')).kind, 'bundle of warder');
  const edited = Date.now() / 1000 + 20;
  utimesSync(checkout.path('src/cli/fail2ban-client.ts'), edited, edited);
  assert.equal(launch(checkout.path('bin/warder')).kind, 'source of warder');
});

test('launchers work through links, from any directory, and when sh is asked to run them', (t) => {
  const checkout = makeCheckout(t);
  mkdirSync(checkout.path('else where'));
  symlinkSync(checkout.path('bin/warder'), checkout.path('else where/absolute'));
  symlinkSync('../bin/warder', checkout.path('else where/relative'));
  symlinkSync('relative', checkout.path('else where/link to a link'));
  symlinkSync('../bin', checkout.path('else where/bin'));
  for (const link of ['absolute', 'relative', 'link to a link', 'bin/warder']) {
    assert.equal(
      launch(checkout.path(`else where/${link}`), [], { cwd: '/' }).kind,
      'source of warder',
      link,
    );
  }
  const cwd = checkout.path('bin');
  assert.equal(launch('./fail2ban-client', [], { cwd }).kind, 'source of fail2ban-client');
  assert.equal(launch('sh', ['fail2ban-client'], { cwd }).kind, 'source of fail2ban-client');
  const PATH = `${cwd}:/usr/bin:/bin`;
  assert.equal(
    launch('sh', ['-c', 'exec fail2ban-regex'], { cwd: '/', env: { PATH } }).kind,
    'source of fail2ban-regex',
  );
});

test('WARDER_NODE chooses the runtime in a checkout', (t) => {
  const checkout = makeCheckout(t);
  const other = checkout.path('other node');
  symlinkSync(process.execPath, other);
  checkout.writeProgram('chosen', `printf 'chosen\\n' >&2; exec '${other}' "$@"`);
  const result = spawnSync(checkout.path('bin/warder'), {
    encoding: 'utf8',
    env: { ...process.env, WARDER_NODE: checkout.path('chosen') },
  });
  assert.equal(result.stderr, 'chosen\n');
  assert.equal((JSON.parse(result.stdout) as Answer).kind, 'source of warder');
});

test('WARDER_NODE chooses nothing in an installation', (t) => {
  const checkout = new TestCheckout(t);
  checkout.copy('bin');
  checkout.link('node_modules');
  addBundles(checkout);
  const trap = checkout.writeProgram('trap', 'exit 99');
  assert.equal(
    launch(checkout.path('bin/warder'), [], { env: { WARDER_NODE: trap } }).kind,
    'bundle of warder',
  );
});

test('without the pinned runtime, one in the PATH will do when it is new enough', (t) => {
  const checkout = new TestCheckout(t);
  checkout.copy('bin');
  checkout.write('src/cli/warder.ts', program('source'));
  const PATH = bareTools(checkout);
  checkout.writeProgram('tools/node', 'echo v20.20.2');
  symlinkSync(process.execPath, checkout.path('tools/nodejs'));
  assert.equal(launch(checkout.path('bin/warder'), [], { env: { PATH } }).kind, 'source');
});

test('without any fitting runtime a launcher says what it found and what to do', (t) => {
  const checkout = new TestCheckout(t);
  checkout.copy('bin');
  checkout.write('src/cli/warder.ts', program('source'));
  const PATH = bareTools(checkout);
  const none = spawnSync(checkout.path('bin/warder'), { encoding: 'utf8', env: { PATH } });
  assert.equal(none.status, 127);
  assert.match(
    none.stderr,
    /^warder: needs Node\.js 24 or later, and found none\.\nRun 'npm ci' in .*a checkout: /,
  );
  checkout.writeProgram('tools/node', 'echo v20.20.2');
  const old = spawnSync(checkout.path('bin/warder'), { encoding: 'utf8', env: { PATH } });
  assert.equal(old.status, 127);
  assert.match(old.stderr, /found v20\.20\.2/);
});

test('no warning of the runtime reaches the reader', (t) => {
  const checkout = new TestCheckout(t);
  checkout.copy('bin');
  checkout.link('node_modules');
  checkout.write(
    'src/cli/warder.ts',
    `import { DatabaseSync } from 'node:sqlite'; new DatabaseSync(':memory:').close(); ${program('source')}`,
  );
  assert.equal(launch(checkout.path('bin/warder')).kind, 'source');
});

test('a launcher adds less than 10 ms to the start of the runtime', (t) => {
  const checkout = makeCheckout(t);
  addBundles(checkout);
  // As many files for `find` to look at as the real tree has, and room to grow.
  for (let file = 0; file < 400; file++) checkout.write(`src/folder${file % 20}/file${file}.ts`, '');
  const node = join(checkout.root, 'node_modules/.bin/node');
  const direct = [node, '--disable-warning=ExperimentalWarning', checkout.path('dist/warder.js')];
  // Other work on the machine can only add: the least of each counts, and a busy moment gets another try.
  let addedMs = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 4 && addedMs >= 10; attempt++) {
    addedMs = leastDifferenceMs(direct, [checkout.path('bin/warder')]);
  }
  assert.ok(addedMs < 10, `${addedMs.toFixed(1)} ms`);
});

test('where the pinned runtime lacks its library, the launcher and the set-up say what to install', async (t) => {
  if (!requireRoot(t)) return;
  const checkout = makeCheckout(t);
  checkout.copy('scripts');
  utimesSync(checkout.write('package-lock.json', '{}'), 1000, 1000);
  const machine = await TestMachine.start('minimal');
  t.after(() => machine.stop());
  await machine.shell(`
    folder=$(dirname "$(ldconfig -p | sed -n 's/.*libatomic\\.so\\.1 .*=> //p' | head -1)")
    mkdir -p /run/upper /run/work
    mount -t overlay overlay -o "lowerdir=$(realpath "$folder"),upperdir=/run/upper,workdir=/run/work" "$(realpath "$folder")"
    rm "$folder"/libatomic.so.1*`);
  const launched = await machine.run('env', [
    '-i',
    `PATH=${bareTools(checkout)}`,
    checkout.path('bin/warder'),
  ]);
  assert.equal(launched.code, 127);
  assert.match(
    launched.stderr,
    /does not run here without the library libatomic\.so\.1: apt-get install libatomic1\n$/,
  );
  checkout.writeProgram('fake/id', 'echo 1000');
  const setUp = await machine.run('env', [
    `PATH=${checkout.path('fake')}:/usr/bin`,
    'sh',
    checkout.path('scripts/setup.sh'),
  ]);
  assert.equal(setUp.code, 1);
  assert.match(setUp.stderr, /needs the library libatomic\.so\.1; as root: apt-get install libatomic1\n$/);
});

function leastDifferenceMs(direct: readonly string[], launched: readonly string[]): number {
  const directMs: number[] = [];
  const launchedMs: number[] = [];
  for (let round = 0; round < 10; round++) {
    directMs.push(timeMs(direct[0]!, direct.slice(1)));
    launchedMs.push(timeMs(launched[0]!, launched.slice(1)));
  }
  return Math.min(...launchedMs) - Math.min(...directMs);
}

function timeMs(command: string, args: readonly string[]): number {
  const start = performance.now();
  assert.equal(spawnSync(command, args).status, 7);
  return performance.now() - start;
}
