import { test } from 'node:test';
import { requireRoot, requireTool } from '../support/tools.ts';
import { playScenario } from './sshd-scenario.ts';

test('a real attacker in auth.log is banned by iptables, with the configuration of a machine that migrates', async (t) => {
  if (!requireRoot(t) || !requireTool(t, 'sshd', 'sshpass', 'rsyslogd', 'iptables', 'fail2ban-server'))
    return;
  await playScenario(t, { log: 'auth.log', firewall: 'iptables', configuration: 'stock' });
});
