import { test } from 'node:test';
import { requireRoot, requireTool } from '../support/tools.ts';
import { playScenario } from './sshd-scenario.ts';

test('a real attacker in auth.log is banned by nftables, on a fresh machine without iptables', async (t) => {
  if (!requireRoot(t) || !requireTool(t, 'sshd', 'sshpass', 'rsyslogd', 'nft')) return;
  await playScenario(t, { log: 'auth.log', firewall: 'nftables', configuration: 'none' });
});
