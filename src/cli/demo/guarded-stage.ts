import { appendFileSync, existsSync } from 'node:fs';
import { WarderError } from '../../base/index.ts';
import { Actor } from './cast.ts';
import { startGuard } from './guard.ts';
import { LoginLog } from './log-file.ts';
import { DemoMachine } from './machine.ts';
import { startService } from './services.ts';
import type { StageOptions } from './set-stage.ts';
import { addresses, type NetworkStage, type Stage } from './stage.ts';

const port = 22;

/**
 * Two machines made of namespaces: one with a service and a daemon that guards it, the other with an attacker and somebody
 * who means no harm. Throws `DEMO_STAGE`; whatever was begun by then is registered with `onEnd`.
 */
export async function setGuardedStage(options: StageOptions): Promise<Stage> {
  const { folder, onLogLine, onEnd, maxRetry, banTimeSec } = options;
  const guarded = await DemoMachine.start('warder-demo-guarded', hiddenFolders(folder));
  onEnd(() => guarded.stop());
  const others = await DemoMachine.start('warder-demo-others', []);
  onEnd(() => others.stop());
  await join(guarded, others);
  const firewall = await chooseFirewall(guarded);
  const log = new LoginLog(`${folder}/auth.log`, onLogLine);
  appendFileSync(log.path, '');
  const attacker = new Actor(others);
  const service = await startService({ folder, log, machine: guarded });
  const guard = await startGuard({ folder, loginLog: log.path, maxRetry, banTimeSec, firewall }, (...start) =>
    guarded.start(...start),
  );
  return {
    socketPath: guard.socketPath,
    described: [
      `guarded: ${addresses.guarded}, a machine made of namespaces; service: ${service.described}`,
      `attacker: ${addresses.attacker}; bystander: ${addresses.bystander}, who does no harm`,
      `Warder guards with ${firewall}: ${maxRetry} failures are a ban of ${banTimeSec} s (sshd), the second ban is the tarpit on all ports (recidive)`,
    ],
    network: networkOf(guarded, attacker, firewall),
    attack: () => service.attack({ machine: others, actor: attacker }),
  };
}

/** What the daemon and its tools may write to outside of our folder, unless something that we need lies there. */
function hiddenFolders(scratch: string): string[] {
  const needed = [scratch, process.execPath, import.meta.dirname].map((path) => `${path}/`);
  return ['/run', '/var/log', '/var/lib'].filter(
    (folder) => existsSync(folder) && !needed.some((path) => path.startsWith(`${folder}/`)),
  );
}

async function join(guarded: DemoMachine, others: DemoMachine): Promise<void> {
  await DemoMachine.connect(guarded, others);
  await guarded.shell(`
    ip address add ${addresses.guarded}/24 dev eth0
    ip link set eth0 up
    ip route add ${addresses.attacker}/32 dev eth0
    ip route add ${addresses.bystander}/32 dev eth0`);
  await others.shell(`
    ip address add ${addresses.attacker}/32 dev eth0
    ip address add ${addresses.bystander}/32 dev eth0
    ip link set eth0 up
    ip route add ${addresses.guarded}/32 dev eth0`);
}

/** As the daemon itself chooses: iptables where it works, else nftables. */
async function chooseFirewall(machine: DemoMachine): Promise<'iptables' | 'nftables'> {
  const probe =
    '*filter\n:warder-demo - [0:0]\n-A warder-demo -p tcp -m multiport --dports 22 -j REJECT\nCOMMIT';
  const iptables = await machine.run('sh', ['-c', 'printf "%s\\n" "$0" | iptables-restore -n --test', probe]);
  if (iptables.code === 0) return 'iptables';
  const nft = await machine.run('nft', ['-c', 'add table inet warder-demo']);
  if (nft.code === 0) return 'nftables';
  const words = [iptables.stderr, nft.stderr].map((text) => text.trim().split('\n')[0]).join('; ');
  throw new WarderError('DEMO_STAGE', `no firewall works in a namespace here: ${words}`, {
    hint: 'apt-get install nftables, or load the kernel module nf_tables',
  });
}

function networkOf(guarded: DemoMachine, attacker: Actor, firewall: 'iptables' | 'nftables'): NetworkStage {
  const target = { host: addresses.guarded, port };
  return {
    async visit(who, patienceMs) {
      return (await attacker.visit({ ...target, source: addresses[who], patienceMs, keep: false })).outcome;
    },
    async cling(patienceMs) {
      return (await attacker.visit({ ...target, source: addresses.attacker, patienceMs, keep: true }))
        .outcome;
    },
    holding: () => attacker.holding(),
    release: () => attacker.release(),
    async firewall() {
      const words = firewall === 'iptables' ? ['iptables', '-w', '-S'] : ['nft', 'list', 'ruleset'];
      const { stdout } = await guarded.run(words[0]!, words.slice(1));
      const lines = stdout.split('\n').filter((line) => line.includes(addresses.attacker));
      return { command: words.join(' '), lines: lines.map((line) => line.trim()) };
    },
  };
}
