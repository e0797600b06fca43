import { test } from 'node:test';
import { requireRoot, requireTool } from '../support/tools.ts';
import { playTarpit } from './tarpit-scenario.ts';

test('with iptables, banned clients hang in the tarpit and nobody gets in by it', async (t) => {
  if (!requireRoot(t) || !requireTool(t, 'sshd', 'sshpass', 'rsyslogd', 'iptables', 'ipset', 'ss', 'pgrep'))
    return;
  await playTarpit(t, 'iptables');
});
