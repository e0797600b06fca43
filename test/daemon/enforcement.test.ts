import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  chooseEnforcement,
  type EnforcementProbe,
  enforcementDefaults,
} from '../../src/daemon/enforcement.ts';

function probe(working: readonly string[], extra: Partial<EnforcementProbe> = {}): EnforcementProbe {
  return {
    isRoot: true,
    tryTool: async (command) => (working.includes(command) ? undefined : 'not installed'),
    canWrite: () => false,
    ...extra,
  };
}

test('iptables is taken where it works, nftables otherwise', async () => {
  assert.equal((await chooseEnforcement(probe(['iptables', 'nft']))).tool, 'iptables');
  assert.equal((await chooseEnforcement(probe(['nft']))).tool, 'nftables');
});

test('without a tool, or without root, it says that it only observes and why', async () => {
  const none = await chooseEnforcement(probe([]));
  assert.equal(none.tool, undefined);
  assert.match(none.reason, /only observing.*iptables: not installed; nft: not installed/);
  const user = await chooseEnforcement(probe(['iptables'], { isRoot: false }));
  assert.equal(user.tool, undefined);
  assert.match(user.reason, /not running as root/);
});

test('hosts.deny joins in where it can be written', async () => {
  const enforcement = await chooseEnforcement(
    probe(['iptables'], { canWrite: (path) => path === '/etc/hosts.deny' }),
  );
  assert.equal(enforcementDefaults(enforcement).get('warder_hostsdeny'), 'hostsdeny');
  assert.equal(enforcementDefaults(enforcement).get('warder_banaction'), 'iptables-multiport');
});
