import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ManualClock, MemoryLogger } from '../../src/base/index.ts';
import { createShellAction, HostNames } from '../../src/enforce/index.ts';
import { TestMachine } from '../support/netns.ts';
import { findTool, requireRoot, requireTool } from '../support/tools.ts';
import { figures, item } from './harness.ts';
import { hostileTexts } from './notify/harness.ts';
import { actionSettings, runnerIn, shippedConfig } from './shipped.ts';

// Every shipped action that runs commands, with a real shell and whatever of its tools is installed, in a machine of its own:
// what an attacker can choose (a user name, the name of his host, the lines of the log, an id) is run by nobody.

let machine: TestMachine;
before(async () => {
  if (process.getuid?.() !== 0 || findTool('unshare') === undefined) return;
  machine = await TestMachine.start('hostile');
  // Whoever runs it is found out.
  await machine.shell(`
    printf '#!/bin/sh\\nprintf "%%s\\\\n" "$*" >>/run/touched\\n' >/usr/bin/touch.new
    chmod 755 /usr/bin/touch.new; mv /usr/bin/touch.new /usr/bin/touch; : >/run/touched
    # It takes half a second to find that there is no firewalld.
    rm -f /usr/bin/firewall-cmd; printf '#!/bin/sh\n' >/usr/bin/firewall-cmd; chmod 755 /usr/bin/firewall-cmd`);
});
after(() => machine?.stop());

const texts = hostileTexts.map((text) => text.slice(0, 2000));
const hostName = '`touch /tmp/warder-pwned`.$(touch /tmp/warder-pwned).example.org';
const names = readdirSync(join(shippedConfig, 'action.d'))
  .filter((name) => name.endsWith('.conf') && !name.endsWith('-common.conf'))
  .map((name) => name.slice(0, -'.conf'.length))
  .sort();
/** What is only told goes no way through a shell; test/enforce/notify holds that. */
const isTold = (name: string): boolean =>
  [...actionSettings(`${name}[name=x]`).properties.values()].some((value) =>
    /^\s*warder-notify /m.test(String(value)),
  );

test('the machine finds out who runs what it should not', async (t) => {
  if (!requireRoot(t) || !requireTool(t, 'unshare')) return;
  await machine.shell('touch /tmp/warder-pwned');
  assert.equal(await machine.shell('cat /run/touched; : >/run/touched'), '/tmp/warder-pwned\n');
});

for (const name of names.filter((each) => !isTold(each))) {
  test(`${name}: nothing that an attacker chooses is run`, async (t) => {
    if (!requireRoot(t) || !requireTool(t, 'unshare')) return;
    const logger = new MemoryLogger();
    const action = createShellAction(
      // Commands that name no tag are given one, so that each value comes to a shell once.
      actionSettings(`${name}[name=x, actionprolong=": <matches> <F-USER> <ip-host> <fid>"]`),
      {
        jail: 'x',
        runner: runnerIn(machine, logger),
        logger,
        clock: new ManualClock(),
        names: new HostNames({
          source: {
            reverse: async () => [hostName],
            shortName: () => 'here',
            fullName: async () => hostName,
          },
        }),
        figures,
        history: { merged: () => ({ failures: 5, matches: texts }) },
        allowIpv6: () => true,
        rank: () => 0,
      },
    );
    await action.start();
    const fields = { user: texts.join(' ') };
    const items = [
      item('192.0.2.1', { matches: texts, fields }),
      item('2001:db8::1', { matches: texts, fields }),
      ...texts.slice(0, 4).map((id) => item(id, { matches: texts, fields })),
    ];
    await action.ban(items);
    await action.prolong(items);
    await action.unban(items);
    await action.stop();
    assert.doesNotMatch(await machine.shell('cat /run/touched; : >/run/touched'), /pwned/);
    assert.equal((await machine.run('test', ['-e', '/tmp/warder-pwned'])).code, 1);
  });
}
