import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { TestMachine, until } from '../support/netns.ts';
import { repositoryRoot } from '../support/sources.ts';
import { requireRoot, requireTool } from '../support/tools.ts';

/** Where the checkout lies on the test's machine, readable for everybody. */
const checkout = '/run/warder';

interface Started {
  readonly machine: TestMachine;
  output(): string;
  client(...args: readonly string[]): Promise<string>;
  /** Ctrl-C: the signal goes to the whole foreground group, npm included. Gives the exit code. */
  pressCtrlC(): Promise<number | null>;
}

/** `npm start` on a machine without /etc/fail2ban and without logs; `without` names files of /usr/sbin to remove. */
async function npmStart(
  context: TestContext,
  options: { without: string; user?: 'nobody' },
): Promise<Started> {
  const machine = await TestMachine.start('fresh');
  context.after(() => machine.stop());
  await machine.shell(`
    rm -rf /etc/fail2ban /etc/hosts.deny
    cd /usr/sbin && rm -f ${options.without}
    mkdir -p ${checkout} /run/home && chmod 777 /run/home
    mount --bind '${repositoryRoot}' ${checkout}`);
  const env = ['env', `--chdir=${checkout}`, 'HOME=/run/home'];
  const asUser =
    options.user === undefined
      ? env
      : ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...env];
  const script = `: > /run/group; chmod 666 /run/group; exec setsid ${asUser.join(' ')} sh -c 'echo $$ > /run/group; exec npm start'`;
  const child = machine.spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = gather(child);
  return {
    machine,
    output,
    client: (...args) =>
      machine.must(asUser[0]!, [...asUser.slice(1), `${checkout}/bin/fail2ban-client`, ...args]),
    async pressCtrlC() {
      const ended = once(child, 'exit');
      await machine.shell('kill -INT -- "-$(cat /run/group)"');
      return (await ended)[0] as number | null;
    },
  };
}

function gather(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
  }
  return () => text;
}

async function expectOutput(started: Started, ...patterns: readonly RegExp[]): Promise<void> {
  const missing = () => patterns.filter((pattern) => !pattern.test(started.output()));
  await until('npm start says what it should', async () => missing().length === 0, {
    timeoutMs: 60_000,
    explain: async () => `${missing().join(', ')} in:\n${started.output()}`,
  });
}

const everyTool = 'iptables* ip6tables* xtables* nft ipset';

test('npm start without configuration, logs or firewall says what it guards and that it observes, and ends on Ctrl-C', async (t) => {
  if (!requireRoot(t) || !requireTool(t, 'npm', 'setsid')) return;
  const started = await npmStart(t, { without: everyTool });
  await expectOutput(started, /Warder guards:\n +sshd: /, /It is only observing: no firewall tool works/);
  assert.match(await started.client('status'), /Jail list:\s+sshd/);
  assert.equal(await started.pressCtrlC(), 0, started.output());
  // The one complaint is about the log that is not there.
  const complaints = started
    .output()
    .split('\n')
    .filter((line) => /ERROR|Warning|^ {4}at /.test(line));
  assert.deepEqual(
    complaints.filter((line) => !line.includes('[CONFIG_NO_LOG_FILE]')),
    [],
  );
});

test('npm start with nft alone enforces with nftables', async (t) => {
  if (!requireRoot(t) || !requireTool(t, 'npm', 'setsid', 'nft')) return;
  const started = await npmStart(t, { without: 'iptables* ip6tables* xtables* ipset' });
  await expectOutput(started, /Warder guards:\n +sshd: /, /It is enforcing with nftables/);
  await started.client('set', 'sshd', 'banip', '203.0.113.5');
  const isInForce = async () =>
    (await started.machine.must('nft', ['list', 'ruleset'])).includes('203.0.113.5');
  await until('the ban is in the firewall', isInForce, { explain: async () => started.output() });
  assert.equal(await started.pressCtrlC(), 0, started.output());
  assert.ok(!(await started.machine.must('nft', ['list', 'ruleset'])).includes('203.0.113.5'));
});

test('npm start as an ordinary user observes, with its files in that user’s directories', async (t) => {
  if (!requireRoot(t) || !requireTool(t, 'npm', 'setsid', 'setpriv')) return;
  const started = await npmStart(t, { without: everyTool, user: 'nobody' });
  await expectOutput(started, /Warder guards:\n +sshd: /, /It is only observing: not running as root/);
  assert.match(await started.client('status'), /Jail list:\s+sshd/);
  assert.match(
    await started.machine.shell('find /run/home -name "*.sqlite3" -user nobody'),
    /fail2ban\.sqlite3/,
  );
  assert.equal(await started.pressCtrlC(), 0, started.output());
});
