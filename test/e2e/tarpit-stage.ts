import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { TestMachine, until } from '../support/netns.ts';
import { TestSshd } from '../support/sshd.ts';
import { TestGuard } from '../support/sshd-guard.ts';

const clientProgram = join(import.meta.dirname, '..', 'support', 'held-client.ts');

export const addresses = {
  server: { 4: '192.0.2.1', 6: '2001:db8::1' },
  attacker: { 4: '192.0.2.66', 6: '2001:db8::66' },
  bystander: { 4: '192.0.2.77', 6: '2001:db8::77' },
} as const;

/** What has an end, at which everything is put away: a test, or a benchmark. */
export type Ending = Pick<TestContext, 'after'>;

export interface TarpitStage {
  readonly server: TestMachine;
  readonly client: TestMachine;
  readonly guard: TestGuard;
  readonly firewall: 'iptables' | 'nftables';
}

/** With a real server behind the guard. */
export interface SshdStage extends TarpitStage {
  readonly sshd: TestSshd;
}

/**
 * Two machines; on one of them an OpenSSH server, guarded with `blocktype = TARPIT` as the guide says. `programs` is the folder of
 * the guard's launchers, the checkout's own by default.
 */
export async function setTarpitStage(
  context: Ending,
  firewall: 'iptables' | 'nftables',
  programs?: string,
): Promise<SshdStage> {
  const server = await TestMachine.start('server');
  context.after(() => server.stop());
  const client = await TestMachine.start('client');
  context.after(() => client.stop());
  const { server: own, attacker, bystander } = addresses;
  await TestMachine.connect(server, [`${own[4]}/24`, `${own[6]}/64`], client, [
    ...[attacker[4], bystander[4]].map((address) => `${address}/24`),
    ...[attacker[6], bystander[6]].map((address) => `${address}/64`),
  ]);
  await server.shell(`
    rm -rf /etc/fail2ban ${firewall === 'nftables' ? '/usr/sbin/iptables /usr/sbin/ip6tables' : ''}
    mkdir -p /etc/fail2ban/action.d
    printf '[Init]\\nblocktype = TARPIT\\n' > /etc/fail2ban/action.d/${firewall}-common.local
    printf '[DEFAULT]\\nbantime = 1h\\n[sshd]\\nenabled = true\\n[recidive]\\nenabled = true\\n' > /etc/fail2ban/jail.local`);
  const sshd = await TestSshd.start(server, own[4], 'auth.log');
  const guard = new TestGuard(server, 'warder', programs);
  await guard.start('sshd', 'recidive');
  return { server, client, sshd, guard, firewall };
}

/** Bans by hand, and waits until the tarpit takes their new flows. */
export async function bind(stage: TarpitStage, jail: string, ...ids: readonly string[]): Promise<void> {
  const { guard, server } = stage;
  await guard.until(
    'the jail bans',
    async () => (await guard.client('set', jail, 'banip', ...ids)).code === 0,
  );
  await guard.until('the tarpit takes them', async () => {
    const listing =
      stage.firewall === 'nftables'
        ? await server.run('nft', ['list', 'table', 'inet', 'f2b-tarpit'])
        : await server.run('sh', ['-c', 'ipset list; iptables-save; ip6tables-save']);
    const isReady = (await server.run('pgrep', ['-x', 'warder-tarpit'])).code === 0;
    return isReady && ids.every((id) => listing.stdout.includes(id));
  });
}

/** A client on a machine that connects and then only listens. */
export class HeldClient {
  readonly #child: ChildProcess;
  #said = '';

  constructor(
    context: Ending,
    machine: TestMachine,
    host: string,
    port: number,
    source: string,
    text?: string,
  ) {
    const words = [host, String(port), source, ...(text === undefined ? [] : [text])];
    this.#child = machine.spawn(process.execPath, [clientProgram, ...words], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#said += chunk.toString('utf8');
    });
    context.after(() => this.#child.stdin?.end());
  }

  get isConnected(): boolean {
    return this.#said.includes('connected');
  }

  get isClosed(): boolean {
    return this.#said.includes('closed');
  }

  /** What the other end has said. */
  get heard(): string {
    const lines = this.#said.split('\n').filter((line) => line.startsWith('data '));
    return lines.map((line) => JSON.parse(line.split(' ').slice(2).join(' ')) as string).join('');
  }

  async untilClosed(): Promise<'closed'> {
    await until('the client is closed', async () => this.isClosed);
    return 'closed';
  }

  untilConnected(explain: () => Promise<string>): Promise<true> {
    return until('the client is connected', async () => this.isConnected, { explain });
  }
}
