import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { TestMachine } from '../support/netns.ts';
import { type SshdLog, TestSshd } from '../support/sshd.ts';
import { type GuardKind, guardKind, TestGuard } from '../support/sshd-guard.ts';

const serverAddress = '192.0.2.1';
const attacker = '192.0.2.66';
const another = '192.0.2.77';
const bannedByHand = '203.0.113.9';

/** What differs between the runs of the one scenario. */
export interface Scenario {
  readonly log: SshdLog;
  readonly firewall: 'iptables' | 'nftables';
  /** `stock`: the reference's own /etc/fail2ban, as on a machine that migrates. `none`: a fresh machine. */
  readonly configuration: 'stock' | 'none';
}

/** Two machines, one cable; an OpenSSH server and its guard on one of them. */
export interface Stage {
  readonly scenario: Scenario;
  readonly server: TestMachine;
  readonly client: TestMachine;
  readonly sshd: TestSshd;
  readonly guard: TestGuard;
}

/** Builds the stage; everything on it ends with the test. */
export async function setStage(context: TestContext, scenario: Scenario): Promise<Stage> {
  const server = await TestMachine.start('server');
  context.after(() => server.stop());
  const client = await TestMachine.start('client');
  context.after(() => client.stop());
  await TestMachine.connect(server, [`${serverAddress}/24`], client, [`${attacker}/24`, `${another}/24`]);
  const kind = guardKind();
  await configure(server, scenario, kind);
  const sshd = await TestSshd.start(server, serverAddress, scenario.log);
  const guard = new TestGuard(server, kind);
  return { scenario, server, client, sshd, guard };
}

/** The same few lines that a person would write; all else is the default. */
async function configure(server: TestMachine, scenario: Scenario, kind: GuardKind): Promise<void> {
  const isStock = scenario.configuration === 'stock' || kind === 'fail2ban';
  const chosen =
    isStock && scenario.firewall === 'nftables'
      ? 'banaction = nftables-multiport\nbanaction_allports = nftables-allports\n'
      : '';
  const journal = kind === 'fail2ban' && scenario.log === 'journal' ? 'backend = systemd\n' : '';
  await server.shell(`
    rm -rf ${isStock ? '' : '/etc/fail2ban'} ${scenario.firewall === 'nftables' ? '/usr/sbin/iptables /usr/sbin/ip6tables' : ''}
    mkdir -p /etc/fail2ban
    ${kind === 'fail2ban' ? 'mkdir -p /run/fail2ban /var/lib/fail2ban; touch /var/log/fail2ban.log' : ''}
    cat > /etc/fail2ban/jail.local <<'END'
[DEFAULT]
maxretry = 3
bantime = 1h
${chosen}
[sshd]
enabled = true
${journal}
[recidive]
enabled = true
END`);
}

/** Must end with the attacker shut out, after exactly as many failures as the jail allows. Returns when that was known. */
export async function attackUntilBanned(stage: Stage, address: string): Promise<number> {
  for (let attempt = 1; attempt <= 3; attempt++) {
    assert.equal(await stage.sshd.login(stage.client, address, 'wrong'), 'password', `attempt ${attempt}`);
  }
  await stage.guard
    .until(`${address} is banned`, async () => (await stage.guard.bannedIn('sshd')).includes(address))
    .catch(async (error: Error) => {
      throw new Error(`${error.message}\nThe log of the server:\n${await stage.sshd.log()}`, {
        cause: error,
      });
    });
  const bannedAtMs = Date.now();
  await expectShutOut(stage, address);
  return bannedAtMs;
}

export async function expectShutOut(stage: Stage, address: string): Promise<void> {
  await stage.guard.until(`${address} is shut out`, async () => {
    return (await stage.sshd.login(stage.client, address, 'right')) === 'connection';
  });
}

export async function expectLetIn(stage: Stage, address: string): Promise<void> {
  assert.equal(await stage.sshd.login(stage.client, address, 'right'), 'in', await stage.guard.log());
}

/** What the firewall's own tool lists, and how often an address stands in it. */
export async function firewallListing(stage: Stage): Promise<string> {
  if (stage.scenario.firewall === 'iptables') return stage.server.must('iptables', ['-L', '-n', '-v']);
  return stage.server.must('nft', ['list', 'ruleset']);
}

/** Runs the whole scenario; each step builds on the one before. */
export async function playScenario(context: TestContext, scenario: Scenario): Promise<void> {
  const stage = await setStage(context, scenario);
  const { guard } = stage;
  const step = stepsOf(context);
  await guard.start('sshd', 'recidive');
  if (guardKind() === 'warder') {
    const served = new RegExp(`\\[sshd\\] \\S+: served by the ${scenario.firewall} engine`);
    await guard.until('the engine serves the jail', async () => served.test(await guard.log()));
  }

  await step('after maxretry failures the attacker can no longer connect', async () => {
    await attackUntilBanned(stage, attacker);
    await expectLetIn(stage, another);
  });

  await step('status, banned and the firewall show the ban', async () => {
    await showsBan(stage, 'sshd', attacker);
    assert.equal(await guard.count('sshd', 'Total failed'), 3);
    assert.equal(await guard.count('sshd', 'Total banned'), 1);
  });

  if (guardKind() === 'warder') {
    await step('at rest no helper runs beside the server', async () => {
      // The rules are judged soon after the start, by a process that ends.
      await guard.until('the helpers end', async () => (await guard.helpers()).length === 0);
    });
  }

  await step('unban lets the attacker in again', async () => {
    assert.equal(await guard.ask('unban', attacker), '1');
    await expectLetIn(stage, attacker);
    assert.ok(!(await firewallListing(stage)).includes(attacker));
    assert.deepEqual(await guard.bannedIn('sshd'), []);
  });

  await step('whoever comes back after bans is held by recidive', async () => {
    await comeBackUntilRecidive(stage);
    await guard.ask('set', 'sshd', 'unbanip', attacker);
    assert.deepEqual(await guard.bannedIn('sshd'), []);
    await showsBan(stage, 'recidive', attacker);
    await expectShutOut(stage, attacker);
  });

  await step('a restart keeps every ban', async () => {
    await attackUntilBanned(stage, another);
    await guard.stop();
    await guard.start('sshd', 'recidive');
    await keepsBothBans(stage);
  });

  // The reference does not start beside the socket that a killed one leaves.
  if (guardKind() === 'fail2ban') return;
  await step('kill -9 and a start keep every ban, and count nothing twice', async () => {
    await survivesKill(stage);
  });

  await step('warder test explains the same log, in a terminal, as text and as JSON', async () => {
    await explainsTheLog(stage);
  });
}

/** Parts of a test that build on each other: after one that fails the others are not tried. */
function stepsOf(context: TestContext): (name: string, action: () => Promise<void>) => Promise<void> {
  let failed = false;
  return (name, action) => {
    if (failed) return Promise.resolve();
    return context.test(name, () =>
      action().catch((error: unknown) => {
        failed = true;
        throw error;
      }),
    );
  };
}

/** recidive's maxretry is that of [DEFAULT]; the first ban of the scenario has counted already. */
async function comeBackUntilRecidive(stage: Stage): Promise<void> {
  const { guard } = stage;
  let bannedAtMs = Date.now();
  for (const round of [2, 3]) {
    // Two bans within two seconds, with an unban by hand between them, are one for recidive.
    const pastMs = bannedAtMs + 2100;
    await guard.until('the last ban is two seconds old', async () => Date.now() > pastMs);
    bannedAtMs = await attackUntilBanned(stage, attacker);
    await guard.until(
      `recidive counts ban ${round}`,
      async () => (await guard.count('recidive', 'Total failed')) === round,
    );
    if (round === 2) await guard.ask('set', 'sshd', 'unbanip', attacker);
  }
  await guard.until('recidive bans', async () => (await guard.bannedIn('recidive')).includes(attacker));
}

async function survivesKill(stage: Stage): Promise<void> {
  const { guard, sshd, client } = stage;
  await guard.ask('set', 'sshd', 'unbanip', another);
  for (let attempt = 1; attempt <= 2; attempt++) {
    assert.equal(await sshd.login(client, another, 'wrong'), 'password');
  }
  await guard.until('both failures are found', async () => (await foundLines(stage, another)) === 5);
  await guard.ask('set', 'sshd', 'banip', bannedByHand);
  await guard.until('the ban by hand works', async () =>
    (await firewallListing(stage)).includes(bannedByHand),
  );

  await guard.kill();
  await expectShutOut(stage, attacker);
  await guard.start('sshd', 'recidive');

  await showsBan(stage, 'recidive', attacker);
  await showsBan(stage, 'sshd', bannedByHand);
  await expectShutOut(stage, attacker);
  assert.deepEqual(await guard.bannedIn('sshd'), [bannedByHand]);
  assert.equal(await sshd.login(client, another, 'wrong'), 'password', 'the third failure');
  await guard.until('the third failure bans', async () => (await guard.bannedIn('sshd')).includes(another));
  assert.equal(await foundLines(stage, another), 6);
  assert.equal(await foundLines(stage, attacker), 9);
  // A rule that the start had added a second time would be left over here.
  await guard.ask('unban', '--all');
  await expectLetIn(stage, attacker);
  await expectLetIn(stage, another);
}

/** Every failure that the daemon has counted is one that the rule tester shows, and nobody else is. */
async function explainsTheLog(stage: Stage): Promise<void> {
  const { server, scenario, guard } = stage;
  const log = scenario.log === 'journal' ? 'systemd-journal' : '/var/log/auth.log';
  const command = `${guard.program('warder')} test ${log} sshd`;
  const objects = (await server.shell(`${command} --json`))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { matched?: boolean; ip?: string; summary?: { matched: number } });
  const matched = objects.filter((object) => object.matched === true);
  for (const address of [attacker, another]) {
    const shown = matched.filter(({ ip }) => ip === address).length;
    assert.equal(shown, await foundLines(stage, address), `failures of ${address}`);
  }
  assert.equal(objects.at(-1)?.summary?.matched, matched.length);
  assert.ok(matched.every(({ ip }) => ip === attacker || ip === another));
  const text = await server.shell(command);
  assert.match(text, new RegExp(`^match .*Failed password for \\S+ from ${attacker} port`, 'm'));
  assert.match(text, new RegExp(`failregex \\d+ · ${attacker} · user \\S+ · `));
  assert.ok(!text.includes('\x1b'), 'a pipe gets no colours');
  const onTerminal = await server.shell(`script -qec '${command}' /dev/null`);
  assert.match(onTerminal, new RegExp(`\\x1b\\[31m${attacker.replaceAll('.', '\\.')}\\x1b`));
}

/** How many failures of an address sshd's jail has logged, in this run of the daemon and in those before. */
async function foundLines(stage: Stage, address: string): Promise<number> {
  const lines = (await stage.guard.log()).split('\n');
  return lines.filter((line) => line.includes(`[sshd] Found ${address} `)).length;
}

async function keepsBothBans(stage: Stage): Promise<void> {
  await showsBan(stage, 'recidive', attacker);
  await showsBan(stage, 'sshd', another);
  await expectShutOut(stage, attacker);
  await expectShutOut(stage, another);
}

async function showsBan(stage: Stage, jail: string, address: string): Promise<void> {
  const { guard } = stage;
  await guard.until(`${jail} shows ${address}`, async () => (await guard.bannedIn(jail)).includes(address));
  assert.match(await guard.ask('banned'), new RegExp(`'${jail}': \\[[^\\]]*'${address}'`));
  const listing = await firewallListing(stage);
  assert.ok(listing.includes(address), listing);
  assert.ok(
    listing.includes(stage.scenario.firewall === 'iptables' ? `f2b-${jail}` : `addr-set-${jail}`),
    listing,
  );
}
