// Owns: what `warder doctor` looks at, a file for each thing.
// Receives: the machine as it is seen, the configuration, and what the daemon says of itself.
// Emits: findings: what was seen, how bad it is, what to do.
import type { Check } from '../subject.ts';
import { checkClock } from './clock.ts';
import { checkConfiguration, checkTarpit } from './configuration.ts';
import { checkDaemon } from './daemon.ts';
import { checkDatabase } from './database.ts';
import { checkDisk } from './disk.ts';
import { checkFiles } from './files.ts';
import { checkFirewall } from './firewall.ts';
import { checkHostsDeny } from './hosts-deny.ts';
import { checkJails } from './jails.ts';
import { checkJournal } from './journal.ts';
import { checkLogs } from './logs.ts';
import { checkNetworks } from './networks.ts';
import { checkOtherFirewalls } from './other-firewalls.ts';
import { checkDocker, checkRuleOrder } from './rule-order.ts';
import { checkScripts } from './scripts.ts';

/** All of them, in the order in which their findings are shown. */
export const checks: Readonly<Record<string, Check>> = {
  daemon: checkDaemon,
  configuration: checkConfiguration,
  jails: checkJails,
  logs: checkLogs,
  journal: checkJournal,
  clock: checkClock,
  firewall: checkFirewall,
  'rule order': checkRuleOrder,
  docker: checkDocker,
  'other firewalls': checkOtherFirewalls,
  'hosts.deny': checkHostsDeny,
  tarpit: checkTarpit,
  database: checkDatabase,
  disk: checkDisk,
  files: checkFiles,
  'script actions': checkScripts,
  networks: checkNetworks,
};
