import { type Finding, findingsAbout } from '../finding.ts';
import { type Check, toolOf, usedActions } from '../subject.ts';

const { good, warning, problem } = findingsAbout('other firewalls');

/** Whether ufw or firewalld runs beside us, and the banaction fits. */
export const checkOtherFirewalls: Check = async (subject) => {
  const { machine } = subject;
  const tools = new Set(usedActions(subject).map(({ action }) => toolOf(action)));
  const findings: Finding[] = [];
  if (machine.find('ufw') !== undefined && machine.isRoot) {
    const { stdout } = await machine.run('ufw', ['status']);
    const isActive = /^Status: active/m.test(stdout);
    if (isActive && tools.has('iptables'))
      findings.push(good('ufw is active; our rules stand above its chains'));
    if (isActive && tools.has('nft'))
      findings.push(good('ufw is active; a ban in nftables holds whatever ufw accepts'));
    if (!isActive && tools.has('ufw')) {
      findings.push(
        problem('banaction is ufw, and ufw is not active, so bans have no effect', {
          hint: 'ufw enable, or choose another banaction',
        }),
      );
    }
  }
  if (machine.find('firewall-cmd') !== undefined) {
    const { stdout } = await machine.run('firewall-cmd', ['--state']);
    const runs = stdout.trim() === 'running';
    if (runs && tools.has('iptables')) {
      findings.push(
        warning(
          'firewalld runs, and a reload of it may take our iptables rules away until they are put back',
          {
            hint: 'banaction = firewallcmd-multiport and banaction_allports = firewallcmd-allports fit it',
          },
        ),
      );
    }
    if (runs && tools.has('firewall-cmd')) findings.push(good('firewalld runs, and the banaction fits it'));
  }
  return findings;
};
