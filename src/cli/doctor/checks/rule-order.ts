import type { ActionConfig } from '../../../config/index.ts';
import { type Finding, findingsAbout } from '../finding.ts';
import type { Machine } from '../machine.ts';
import { type Check, healthOf, toolOf, usedActions } from '../subject.ts';

const { good, note, problem } = findingsAbout('rule order');

/** Rules of ours lead to a chain, or look into a set, of this name. */
const ours = /\bf2b-/;
const dockerChain = 'DOCKER-USER';

/** Whether a packet of a banned address comes to our rules before another rule lets it in. */
export const checkRuleOrder: Check = async (subject) => {
  const { machine } = subject;
  const used = usedActions(subject).filter(({ action }) =>
    ['iptables', 'ipset'].includes(toolOf(action) ?? ''),
  );
  if (used.length === 0 || machine.find('iptables') === undefined) return [];
  const chains = [...new Set(used.flatMap(({ action }) => chainsOf(action)))];
  const bans = (healthOf(subject)?.jails ?? []).some(({ jail, actions }) =>
    actions.some(
      ({ name, held }) => held > 0 && used.some((each) => each.jail === jail && each.action.name === name),
    ),
  );
  const findings: Finding[] = [];
  for (const tool of ['iptables', 'ip6tables']) {
    for (const chain of chains)
      findings.push(...(await inChain(machine, tool, chain, bans && tool === 'iptables')));
  }
  return findings;
};

function chainsOf(action: ActionConfig): readonly string[] {
  const option = action.options.get('chain')?.value ?? action.arguments.get('chain') ?? 'INPUT';
  return String(option)
    .split(',')
    .map((name) => name.trim())
    .filter((name) => /^[\w.-]+$/.test(name));
}

async function inChain(machine: Machine, tool: string, chain: string, bans: boolean): Promise<Finding[]> {
  const { code, stdout } = await machine.run(tool, ['-w', '-S', chain]);
  if (code !== 0) return [];
  const rules = stdout.split('\n').filter((line) => line.startsWith('-A '));
  const first = rules.findIndex((rule) => ours.test(rule));
  const where = `${tool} ${chain}`;
  if (first < 0) {
    if (!bans)
      return tool === 'iptables' ? [note(`${where} has no rule of ours yet; the first ban makes it`)] : [];
    // A jail for one address family only has none in the other, and one with another chain none here.
    return [
      problem(`${where} has no rule of ours, and there are bans`, {
        hint: 'somebody flushed the chain: warder reload --restart makes the rules again; see what else writes firewall rules',
      }),
    ];
  }
  const above = rules.slice(0, first).find(accepts);
  if (above === undefined) return [good(`in ${where} nothing lets packets in before our rules`)];
  return [
    problem(`in ${where} a rule above ours lets packets of banned addresses in: ${above}`, {
      hint: `put it below: ${tool} ${above.replace(/^-A/, '-D')}, then ${tool} ${above}`,
    }),
  ];
}

/** A rule that accepts what may come from anywhere. */
function accepts(rule: string): boolean {
  return / -j ACCEPT\b/.test(rule) && !/ -i lo\b/.test(rule);
}

/** Docker leads packets for containers past INPUT: whether the banned are shut out there as well. */
export const checkDocker: Check = async (subject) => {
  const { machine } = subject;
  if (machine.find('iptables') === undefined) return [];
  const about = findingsAbout('docker');
  const { code, stdout } = await machine.run('iptables', ['-w', '-S', dockerChain]);
  if (code !== 0) return [];
  if (stdout.split('\n').some((rule) => rule.startsWith('-A ') && ours.test(rule)))
    return [about.good(`our rules stand in ${dockerChain} as well, so containers are guarded`)];
  const tools = usedActions(subject).map(({ action }) => toolOf(action));
  if (tools.includes('iptables') || tools.includes('ipset'))
    return [about.note(`Docker runs here; the next ban puts our rules into ${dockerChain} as well`)];
  const hasForward = usedActions(subject).some(({ action }) => chainsOf(action).includes('FORWARD'));
  if (hasForward) return [about.good('Docker runs here, and bans hold for what is forwarded')];
  return [
    about.warning('Docker leads traffic to containers past our rules', {
      hint: 'chain = INPUT,FORWARD in [DEFAULT] of jail.local shuts the banned out there as well',
    }),
  ];
};
