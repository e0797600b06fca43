import { type Finding, findingsAbout } from '../finding.ts';
import type { LookResult, Machine } from '../machine.ts';
import { type Check, healthOf, listed, toolNamed, toolOf, usedActions } from '../subject.ts';

const { good, note, warning, problem } = findingsAbout('firewall');

/** How each tool is asked whether it works here, and the package that brings it. */
const trials: Readonly<Record<string, { readonly args: readonly string[]; readonly from: string }>> = {
  iptables: { args: ['-w', '-S', 'INPUT'], from: 'iptables' },
  ipset: { args: ['list', '-n'], from: 'ipset' },
  nft: { args: ['list', 'tables'], from: 'nftables' },
  'firewall-cmd': { args: ['--state'], from: 'firewalld' },
  ufw: { args: ['status'], from: 'ufw' },
  ip: { args: ['route'], from: 'iproute2' },
};

/** Whether the tools that the actions need are there and get on with the kernel. */
export const checkFirewall: Check = async (subject) => {
  const { machine } = subject;
  const actions = usedActions(subject);
  const users = new Map<string, string[]>();
  // What runs may be older than the configuration, so the tools of both are looked at.
  const running = (healthOf(subject)?.jails ?? []).flatMap(({ jail, actions: held }) =>
    held.map(({ name }) => ({ jail, tool: toolNamed(name) })),
  );
  const configured = actions.map(({ jail, action }) => ({ jail, tool: toolOf(action) }));
  for (const { jail, tool } of [...configured, ...running]) {
    if (tool === undefined || trials[tool] === undefined) continue;
    const jails = users.get(tool) ?? [];
    if (!jails.includes(jail)) users.set(tool, [...jails, jail]);
  }
  const findings: Finding[] = [];
  for (const [tool, jails] of users) findings.push(...(await tryTool(tool, jails, machine)));
  const observing = actions.filter(({ action }) => action.file.startsWith('observe')).map(({ jail }) => jail);
  if (observing.length > 0) {
    findings.push(
      problem(`${listed(observing)} only observe, since no firewall tool worked at the start`, {
        hint: 'install iptables or nftables, and restart',
      }),
    );
  }
  if (users.size === 0 && actions.length > 0 && observing.length === 0)
    findings.push(note('no jail uses a firewall'));
  return findings;
};

async function tryTool(tool: string, jails: readonly string[], machine: Machine): Promise<Finding[]> {
  const { args, from } = trials[tool]!;
  const whose = `the banaction of ${listed(jails)} needs ${tool}`;
  if (machine.find(tool) === undefined)
    return [
      problem(`${whose}, which is not installed`, {
        hint: `apt-get install ${from}, or choose another banaction`,
      }),
    ];
  const result = await machine.run(tool, args);
  if (result.code !== 0)
    return [problem(`${whose}, which does not work: ${firstWords(result)}`, { hint: hintFor(tool, result) })];
  const findings = [good(`${tool} works (${listed(jails)})`)];
  if (/iptables-legacy tables present/.test(result.stderr)) {
    findings.push(
      warning('rules of iptables-legacy and of iptables-nft exist beside each other, and packets pass both', {
        hint: 'clear those of iptables-legacy, or choose one with update-alternatives --config iptables',
      }),
    );
  }
  return findings;
}

function firstWords({ code, stdout, stderr }: LookResult): string {
  const words = (stderr.trim() || stdout.trim()).split('\n')[0] ?? '';
  return words === '' ? `it ended with ${code ?? 'no answer'}` : words.slice(0, 200);
}

function hintFor(tool: string, { stderr, stdout }: LookResult): string {
  const words = stderr + stdout;
  if (/permission denied|not permitted|must be root|need to be root/i.test(words))
    return 'run as root; a container needs NET_ADMIN';
  if (/not supported|rule set generation|does not exist|table .*not|modprobe/i.test(words)) {
    const module = tool === 'nft' ? 'nf_tables' : tool === 'ipset' ? 'ip_set' : 'ip_tables or nf_tables';
    return `the kernel lacks support: modprobe ${module}, or choose a banaction that works here`;
  }
  if (tool === 'firewall-cmd') return 'systemctl start firewalld, or choose another banaction';
  return `try ${tool} by hand, or choose another banaction`;
}
