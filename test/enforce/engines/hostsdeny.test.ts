import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { deniedIn, withDenied } from '../../../src/enforce/engines/hostsdeny/deny-text.ts';
import { createEngineServices, machineTools } from '../../../src/enforce/index.ts';
import { until } from '../../support/netns.ts';
import { repositoryRoot } from '../../support/sources.ts';
import { requireRoot, requireTool } from '../../support/tools.ts';
import { EnforcerBench } from '../bench.ts';
import { readSettings } from './engine-bench.ts';

const block = { name: 'x', daemonList: 'ALL' };

function denyFile(context: TestContext, text: string | undefined): string {
  const folder = mkdtempSync(join(tmpdir(), 'warder-deny-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'hosts.deny');
  if (text !== undefined) writeFileSync(path, text);
  return path;
}

async function start(context: TestContext, file: string): Promise<EnforcerBench> {
  const bench = new EnforcerBench({
    createEngines: (clock, logger) =>
      createEngineServices({ tools: machineTools({ PATH: '/usr/bin' }), clock, logger }),
  });
  await bench.enforcer.configure([readSettings(`hostsdeny[name=x, file=${file}]`)]);
  await bench.enforcer.start();
  context.after(() => bench.enforcer.stop({ keepBans: false }));
  return bench;
}

test('bans are lines between two comments; everything else in the file, its mode included, stays', async (context) => {
  const file = denyFile(context, '# mine\nsshd: 198.51.100.7 # keep\n# the last line has no end');
  chmodSync(file, 0o640);
  const before = statSync(file);
  const reader = openSync(file, 'r');
  context.after(() => closeSync(reader));
  const bench = await start(context, file);
  await bench.ban('192.0.2.1', '2001:db8::1', '203.0.113.0/24', '2001:db8:1::/64');
  const own = [
    '# begin f2b-x',
    'ALL: 192.0.2.1',
    'ALL: [2001:db8::1]',
    'ALL: 203.0.113.0/24',
    'ALL: [2001:db8:1::]/64',
    '# end f2b-x',
  ];
  const others = ['# mine', 'sshd: 198.51.100.7 # keep', '# the last line has no end'];
  assert.deepEqual(readFileSync(file, 'utf8').trimEnd().split('\n'), [...others, ...own]);
  assert.equal(statSync(file).mode, before.mode);
  assert.ok(
    readFileSync(reader, 'utf8').endsWith('has no end'),
    'who reads the old file reads it to its end',
  );
  await bench.unban('manual', '192.0.2.1');
  assert.ok(!readFileSync(file, 'utf8').includes('192.0.2.1'));
  await bench.enforcer.stop({ keepBans: false });
  assert.equal(readFileSync(file, 'utf8'), `${others.join('\n')}\n`);
});

test('a missing file comes into being, and bans of an earlier run are found again', async (context) => {
  const file = denyFile(context, undefined);
  const first = await start(context, file);
  await first.ban('192.0.2.1', '2001:db8::1');
  await first.enforcer.stop({ keepBans: true });
  const second = await start(context, file);
  await second.restore('2001:db8::1');
  second.enforcer.settle();
  await second.enforcer.idle();
  assert.equal(readFileSync(file, 'utf8'), '# begin f2b-x\nALL: [2001:db8::1]\n# end f2b-x\n');
});

test('lines that somebody else took away are back', async (context) => {
  const file = denyFile(context, '');
  const bench = await start(context, file);
  await bench.ban('192.0.2.1', '192.0.2.2');
  writeFileSync(file, '# a new file\n');
  await until('the lines are back', async () => readFileSync(file, 'utf8').includes('ALL: 192.0.2.2'));
  assert.equal(
    readFileSync(file, 'utf8'),
    '# a new file\n# begin f2b-x\nALL: 192.0.2.1\nALL: 192.0.2.2\n# end f2b-x\n',
  );
});

test('a file that cannot be written degrades the jail with the words of the system', async (context) => {
  const bench = await start(context, '/proc/version');
  await bench.ban('192.0.2.1');
  assert.match(
    [...bench.enforcer.problems().values()].join(),
    /Error banning 192\.0\.2\.1: .*(?:ENOENT|EACCES|EPERM|EROFS|not permitted|denied)/,
  );
});

test('comments and foreign lines in our block stay, and a block that never ends is closed', () => {
  const text = '# begin f2b-x\n# a comment\nALL: 192.0.2.1\nsshd: 192.0.2.9\n';
  assert.deepEqual(deniedIn(text, block), ['192.0.2.1']);
  assert.equal(
    withDenied(text, block, ['192.0.2.3']),
    '# begin f2b-x\n# a comment\nsshd: 192.0.2.9\nALL: 192.0.2.3\n# end f2b-x\n',
  );
  assert.equal(withDenied('', block, []), '');
});

test('a disk that is full keeps the list that it has, and no part of another one', (context) => {
  if (!requireRoot(context) || !requireTool(context, 'unshare', 'mount')) return;
  const folder = mkdtempSync(join(tmpdir(), 'warder-deny-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const module = join(repositoryRoot, 'src/enforce/engines/hostsdeny/deny-file.ts');
  const write = `import('${module}').then(({ writeDenyFile }) => writeDenyFile('hosts.deny', 'x'.repeat(1e5)))
    .catch(({ code }) => process.stdout.write(code + '\\n'))`;
  const script = `mount -t tmpfs -o size=16k none . && cd . && cd "$PWD" && echo ALL >hosts.deny && "$1" -e "$2" && ls && cat hosts.deny`;
  const { stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', process.execPath, write], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.equal(stdout, 'ENOSPC\nhosts.deny\nALL\n', stderr);
});
