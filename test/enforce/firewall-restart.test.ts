import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MemoryLogger } from '../../src/base/index.ts';
import { TestMachine } from '../support/netns.ts';
import { findTool, requireRoot, requireTool } from '../support/tools.ts';
import { EnforcerBench } from './bench.ts';
import { actionSettings, runnerIn } from './shipped.ts';

let machine: TestMachine | undefined;
before(async () => {
  if (process.getuid?.() === 0 && findTool('unshare') !== undefined)
    machine = await TestMachine.start('restart');
});
after(() => machine?.stop());

const cases = [
  ['iptables-allports', 'iptables -S; ip6tables -S'],
  ['iptables-ipset[type=allports]', 'iptables -S; ip6tables -S; ipset save'],
  ['nftables-allports', 'nft list ruleset'],
  ['hostsdeny', 'cat /etc/hosts.deny'],
] as const;

for (const [text, show] of cases) {
  test(`${text}: bans stay in force over a restart and over a crash, and end when they are over`, async (context) => {
    if (!requireRoot(context) || !requireTool(context, 'unshare', 'iptables', 'nft', 'ipset')) return;
    const host = machine!;
    await host.shell('printf "# mine\\n" >/etc/hosts.deny');
    const clean = await host.shell(show);
    const logger = new MemoryLogger();
    const settings = actionSettings(text);
    const start = async (): Promise<EnforcerBench> => {
      const bench = new EnforcerBench({ runner: runnerIn(host, logger) });
      await bench.enforcer.configure([settings]);
      await bench.enforcer.start();
      return bench;
    };
    const first = await start();
    await first.ban('192.0.2.1', '192.0.2.2', '2001:db8::1', '198.51.100.0/24');
    const banned = await host.shell(show);
    await first.enforcer.stop({ keepBans: true });
    assert.equal(await host.shell(show), banned, 'a restart leaves everything as it is');

    const second = await start();
    await second.restore('192.0.2.1', '192.0.2.2', '2001:db8::1', '198.51.100.0/24');
    second.enforcer.settle();
    await second.enforcer.idle();
    assert.equal(await host.shell(show), banned, 'and so does coming back');
    // The second one is killed: nothing is stopped. Meanwhile two bans come to their end.

    const third = await start();
    await third.restore('192.0.2.2', '198.51.100.0/24');
    third.enforcer.settle();
    await third.enforcer.idle();
    const left = await host.shell(show);
    assert.match(left, /192\.0\.2\.2/);
    assert.match(left, /198\.51\.100\.0\/24/);
    assert.doesNotMatch(left, /192\.0\.2\.1\b|2001:db8::1/);
    await third.unban('manual', '192.0.2.2', '198.51.100.0/24');
    await third.enforcer.stop({ keepBans: false });
    assert.equal(await host.shell(show), clean);
    assert.equal(third.enforcer.isDegraded, false);
    assert.deepEqual(logger.lines, []);
  });
}
