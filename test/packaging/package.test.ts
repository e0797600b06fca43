import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import packageJson from '../../package.json' with { type: 'json' };
import { debianPackage, requirePackaging } from '../support/debian-package.ts';
import { requireTool } from '../support/tools.ts';

const repository = join(import.meta.dirname, '..', '..');
const programs = ['warder', 'fail2ban-client', 'fail2ban-server', 'fail2ban-regex'];
const scratch = mkdtempSync(join(tmpdir(), 'warder-packaging-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The files of the package, unpacked once. */
function tree(context: TestContext): string | undefined {
  if (!requirePackaging(context)) return undefined;
  const folder = join(scratch, 'tree');
  if (statSync(folder, { throwIfNoEntry: false }) === undefined)
    run('dpkg-deb', '-x', debianPackage(), folder);
  return folder;
}

test('the package takes the place of fail2ban, and needs nothing that Debian 11 does not have', (context) => {
  if (!requirePackaging(context)) return;
  const field = (name: string): string => run('dpkg-deb', '-f', debianPackage(), name).trim();
  assert.equal(field('Version'), packageJson.version);
  for (const name of ['Provides', 'Conflicts', 'Replaces']) assert.equal(field(name), 'fail2ban');
  const least = new Map(
    [...field('Depends').matchAll(/(\S+) \(>= ([\d.]+)~?\)/g)].map(([, name, version]) => [name!, version!]),
  );
  const bullseye = { libc6: '2.31', 'libstdc++6': '10.2.1', libatomic1: '10.2.1', 'libgcc-s1': '10.2.1' };
  for (const [name, version] of Object.entries(bullseye)) {
    assert.ok(least.has(name), `${name} is needed`);
    run('dpkg', '--compare-versions', least.get(name)!, 'le', version);
  }
  assert.match(field('Depends'), /\biptables\b.*\blibwrap0\b/);
});

test('the package holds the programs, one file each, the runtime, and the configuration with its modes', (context) => {
  const root = tree(context);
  if (root === undefined) return;
  for (const name of programs) assert.equal(statSync(join(root, 'usr/bin', name)).mode & 0o777, 0o755);
  const library = readdirSync(join(root, 'usr/lib/warder'));
  assert.deepEqual(
    library.filter((name) => /^(?:chunk-|.*-[A-Z0-9]{8}\.js$)/.test(name)),
    [],
  );
  const helper = join(root, 'usr/share/warder/filter.d/ignorecommands/apache-fakegooglebot');
  assert.equal(statSync(helper).mode & 0o777, 0o755);
  assert.match(run(join(root, 'usr/lib/warder/node'), '--version'), /^v\d+/);
});

test('what the environment says about Node.js does not reach the programs', (context) => {
  const root = tree(context);
  if (root === undefined) return;
  for (const name of programs) {
    const launcher = readFileSync(join(root, 'usr/bin', name), 'utf8');
    const here = launcher.replaceAll('/usr/lib/warder', join(root, 'usr/lib/warder'));
    const env = { ...process.env, NODE_OPTIONS: '--no-such', NODE_PATH: '/x', WARDER_NODE: '/bin/false' };
    const output = execFileSync('sh', ['-c', here, name, '--version'], { env, encoding: 'utf8' });
    assert.match(output, /\d+\.\d+/);
  }
});

test('lintian finds no error', (context) => {
  if (!requirePackaging(context) || !requireTool(context, 'lintian')) return;
  const tags = run('lintian', '--allow-root', '--fail-on', 'none', debianPackage());
  assert.doesNotMatch(tags, /^E:/m);
});

test('man finds nothing wrong with the pages, and each says what the tables say', (context) => {
  const root = tree(context);
  if (root === undefined || !requireTool(context, 'mandoc', 'man')) return;
  const pages = [
    'man1/warder.1',
    'man1/fail2ban-client.1',
    'man1/fail2ban-server.1',
    'man1/fail2ban-regex.1',
    'man5/jail.conf.5',
  ];
  for (const page of pages) {
    const path = join(root, 'usr/share/man', `${page}.gz`);
    const found = execFileSync('sh', ['-c', `zcat ${path} | mandoc -T lint -W warning || true`], {
      encoding: 'utf8',
    });
    assert.deepEqual(
      found.split('\n').filter((line) => /(?:ERROR|WARNING): /.test(line)),
      [],
      page,
    );
    assert.match(run('man', '--warnings', '-l', path), /WARDER|FAIL2BAN|JAIL/i);
  }
  const text = run('sh', '-c', `zcat ${join(root, 'usr/share/man/man1/fail2ban-client.1.gz')}`);
  assert.match(text, /set \\fR\\fIJAIL\\fR\\fB banip/);
});

test('systemd rates the unit at 5.0 or better, and with engines only at 3.5 or better', (context) => {
  if (!requireTool(context, 'systemd-analyze')) return;
  const folder = join(scratch, 'units', 'etc/systemd/system');
  mkdirSync(join(folder, 'fail2ban.service.d'), { recursive: true });
  const unit = (name: string): string => join(repository, 'packaging/systemd', name);
  cpSync(unit('fail2ban.service'), join(folder, 'fail2ban.service'));
  const rating = (): number => {
    const args = [
      'security',
      '--offline=yes',
      `--root=${join(scratch, 'units')}`,
      '--no-pager',
      'fail2ban.service',
    ];
    const output = run('systemd-analyze', ...args);
    return Number(/Overall exposure level for fail2ban\.service: ([\d.]+)/.exec(output)?.[1]);
  };
  const usual = rating();
  cpSync(unit('engines-only.conf'), join(folder, 'fail2ban.service.d', 'engines-only.conf'));
  const tight = rating();
  context.diagnostic(`exposure ${usual}, with engines only ${tight}`);
  assert.ok(usual <= 5, `${usual}`);
  assert.ok(tight <= 3.5 && tight < usual, `${tight}`);
});

test('logrotate and systemd-tmpfiles take their files', (context) => {
  if (!requireTool(context, 'logrotate', 'systemd-tmpfiles')) return;
  const rotation = join(scratch, 'logrotate');
  cpSync(join(repository, 'packaging/logrotate'), rotation);
  run('logrotate', '--debug', '--state', join(scratch, 'state'), rotation);
  const target = join(scratch, 'tmpfiles');
  mkdirSync(target);
  run('systemd-tmpfiles', '--create', `--root=${target}`, join(repository, 'packaging/tmpfiles.conf'));
  assert.ok(statSync(join(target, 'run/fail2ban')).isDirectory());
});
