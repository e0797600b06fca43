import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RichRulesEngine } from '../../../src/enforce/engines/firewalld/rich-rules-engine.ts';
import type { Tools } from '../../../src/enforce/engines/tools.ts';
import { UfwRules } from '../../../src/enforce/engines/ufw/ufw-rules.ts';
import { Wanted } from '../../../src/enforce/engines/wanted.ts';

// What ufw and firewalld are asked for, with programs that answer as the test wants it.

function fakeTools(answer: (command: string) => string | undefined): Tools {
  return {
    run: async (program, args) => {
      const stdout = answer([program, ...args].join(' '));
      const ok = stdout !== undefined;
      return { ok, stdout: stdout ?? '', error: ok ? '' : 'no', exitCode: ok ? 0 : 1, durationMs: 0 };
    },
    has: () => false,
    follow: () => assert.fail('nothing is followed'),
  };
}

test('a rich rule that could not be removed is removed later', async () => {
  const rules = new Set<string>();
  let refuses = false;
  const tools = fakeTools((command) => {
    const [, step, rule = ''] = /--(add|remove)-rich-rule=(.*)$/.exec(command) ?? [];
    if (step === undefined) return [...rules].join('\n');
    if (refuses) return undefined;
    if (step === 'add') rules.add(rule);
    else rules.delete(rule);
    return 'success';
  });
  const settings = { name: 'x', ports: ['22'], protocol: 'tcp', suffix: () => 'drop' };
  const engine = new RichRulesEngine(settings, tools);
  const element = { address: '192.0.2.1', family: 4 as const, isNetwork: false, endSec: 0 };
  assert.equal(await engine.change({ add: [element], replace: [], remove: [] }), undefined);
  assert.equal(rules.size, 1);
  refuses = true;
  assert.equal((await engine.change({ add: [], replace: [], remove: [element] }))?.error, 'no');
  assert.equal((await engine.sync(new Wanted())).failure?.error, 'no');
  refuses = false;
  assert.equal((await engine.sync(new Wanted())).failure, undefined);
  assert.equal(rules.size, 0);
});

test('rules of ufw whose comment only begins like ours are those of another jail', async () => {
  const listing = [
    "ufw reject from 192.0.2.1 comment 'jail sshd'",
    "ufw reject from 192.0.2.2 comment 'jail sshd-ddos'",
    "ufw reject from 192.0.2.3 comment 'my jail sshd'",
  ].join('\n');
  const settings = {
    name: 'sshd',
    add: ['prepend'],
    verdict: 'reject',
    destination: 'any',
    application: '',
    comment: 'jail sshd',
    killMode: '' as const,
  };
  const rules = new UfwRules(
    settings,
    fakeTools(() => listing),
  );
  assert.deepEqual(
    await rules.listed(),
    new Map([
      ['192.0.2.1', true],
      ['192.0.2.2', false],
      ['192.0.2.3', false],
    ]),
  );
});
