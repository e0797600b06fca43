import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { ManualClock, MemoryLogger } from '../../src/base/index.ts';
import { type Action, createShellAction, createShellRunner } from '../../src/enforce/index.ts';
import { figures, item, testNames } from './harness.ts';
import { actionSettings } from './shipped.ts';

const folder = mkdtempSync(join(tmpdir(), 'warder-files-'));
const file = join(folder, 'hosts.deny');
after(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  writeFileSync(file, own);
});

const own = '# /etc/hosts.deny: who may not.\n\nsshd: 198.51.100.1\n# end of mine\n';

function actionOf(text: string): Action {
  const logger = new MemoryLogger();
  return createShellAction(actionSettings(text), {
    jail: 'x',
    runner: createShellRunner({ logger, environment: { PATH: '/usr/bin:/bin' } }),
    logger,
    clock: new ManualClock(),
    names: testNames,
    figures,
    history: undefined,
    allowIpv6: () => true,
    rank: () => 0,
  });
}

async function ban(action: Action, ...ids: string[]): Promise<void> {
  for (const outcome of await action.ban(ids.map((id) => item(id))))
    assert.ok(outcome.ok, outcome.error ?? 'no words');
}

async function unban(action: Action, ...ids: string[]): Promise<void> {
  for (const outcome of await action.unban(ids.map((id) => item(id))))
    assert.ok(outcome.ok, outcome.error ?? 'no words');
}

const read = (): string => readFileSync(file, 'utf8');

test('hostsdeny adds a line for each address, IPv6 in brackets, and keeps everything else', async () => {
  const action = actionOf(`hostsdeny[name=x, file=${file}]`);
  await action.start();
  await ban(action, '192.0.2.1', '2001:db8::1', '192.0.2.0/24', '2001:db8::/64');
  const block = [
    '# begin f2b-x',
    'ALL: 192.0.2.1',
    'ALL: [2001:db8::1]',
    'ALL: 192.0.2.0/24',
    'ALL: [2001:db8::]/64',
    '# end f2b-x',
    '',
  ];
  assert.equal(read(), own + block.join('\n'));
  assert.deepEqual(await actionOf(`hostsdeny[name=x, file=${file}]`).adopt(), [
    '192.0.2.1',
    '2001:db8::1',
    '192.0.2.0/24',
    '2001:db8::/64',
  ]);
  await unban(action, '192.0.2.1', '2001:db8::/64');
  assert.equal(read(), own + block.filter((_line, index) => index !== 1 && index !== 4).join('\n'));
  await action.stop();
  assert.equal(read(), own);
});

test('hostsdeny writes a line once, and unbans only its own', async () => {
  const one = actionOf(`hostsdeny[name=one, file=${file}]`);
  const two = actionOf(`hostsdeny[name=two, file=${file}, daemon_list=sshd]`);
  await ban(one, '198.51.100.1', '198.51.100.1');
  await ban(two, '198.51.100.1');
  assert.equal(
    read(),
    `${own}# begin f2b-one\nALL: 198.51.100.1\n# end f2b-one\n# begin f2b-two\nsshd: 198.51.100.1\n# end f2b-two\n`,
  );
  await unban(two, '198.51.100.1');
  await unban(one, '198.51.100.10');
  assert.equal(read(), `${own}# begin f2b-one\nALL: 198.51.100.1\n# end f2b-one\n`);
});

test('hostsdeny keeps mode and owner, follows a link, and leaves no other file behind', async () => {
  chmodSync(file, 0o640);
  const link = join(folder, 'link');
  symlinkSync(file, link);
  const action = actionOf(`hostsdeny[name=x, file=${link}]`);
  await ban(action, '192.0.2.1');
  assert.equal(statSync(file).mode & 0o777, 0o640);
  assert.match(read(), /^ALL: 192\.0\.2\.1$/m);
  assert.deepEqual(readdirSync(folder).sort(), ['hosts.deny', 'link']);
});

test('hostsdeny begins with a file that is missing or does not end with a line break', async () => {
  rmSync(file);
  const action = actionOf(`hostsdeny[name=x, file=${file}]`);
  await action.flush();
  assert.equal(existsSync(file), false);
  await ban(action, '192.0.2.1');
  assert.equal(read(), '# begin f2b-x\nALL: 192.0.2.1\n# end f2b-x\n');
  assert.equal(statSync(file).mode & 0o777, 0o644);
  writeFileSync(file, 'ALL: 198.51.100.1');
  await ban(action, '192.0.2.1');
  assert.equal(read(), 'ALL: 198.51.100.1\n# begin f2b-x\nALL: 192.0.2.1\n# end f2b-x\n');
});

test('hostsdeny loses no line of anybody where its last mark was deleted', async () => {
  writeFileSync(file, '# begin f2b-x\nALL: 192.0.2.1\nALL: 203.0.113.1 # mine\n');
  const action = actionOf(`hostsdeny[name=x, file=${file}]`);
  await ban(action, '192.0.2.2');
  assert.match(read(), /^ALL: 203\.0\.113\.1 # mine$/m);
  assert.match(read(), /^ALL: 192\.0\.2\.2$/m);
});

test('hostsdeny takes nothing but addresses', async () => {
  const action = actionOf(`hostsdeny[name=x, file=${file}]`);
  for (const id of ['ALL', 'x\nALL: ALL', '$(touch canary)', 'host.example.org', '']) {
    assert.equal((await action.ban([item(id)]))[0]?.ok, false, id);
  }
  assert.equal(read(), own);
});

test('dummy writes what happens into its file', async () => {
  const target = join(folder, 'dummy');
  const action = actionOf(`dummy[name=x, target=${target}, init="hello there"]`);
  assert.ok((await action.start()).ok);
  await ban(action, '192.0.2.1', '2001:db8::1');
  await unban(action, '192.0.2.1');
  assert.equal(readFileSync(target, 'utf8'), 'hello there\n+192.0.2.1\n+2001:db8::1\n-192.0.2.1\n');
  assert.ok((await action.flush()).ok);
  assert.match(readFileSync(target, 'utf8'), /^-\*$/m);
  assert.ok((await action.stop()).ok);
  assert.equal(existsSync(target), false);
});
