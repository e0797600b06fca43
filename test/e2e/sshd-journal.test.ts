import { test } from 'node:test';
import { requireRoot, requireTool } from '../support/tools.ts';
import { playScenario } from './sshd-scenario.ts';

test('a real attacker in the journal is banned, on a fresh machine without auth.log', async (t) => {
  if (!requireRoot(t) || !requireTool(t, 'sshd', 'sshpass', 'journalctl', 'iptables')) return;
  await playScenario(t, { log: 'journal', firewall: 'iptables', configuration: 'none' });
});
