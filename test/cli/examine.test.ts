import assert from 'node:assert/strict';
import { test } from 'node:test';
import { examineMachine } from '../../src/cli/doctor/examine.ts';
import type { LookResult, Machine } from '../../src/cli/doctor/machine.ts';
import type { DaemonView, Subject } from '../../src/cli/doctor/subject.ts';
import { findingsText } from '../../src/cli/warder/findings-text.ts';
import type { ActionConfig, Configuration, JailConfig } from '../../src/config/index.ts';
import type { JailHealth } from '../../src/control/index.ts';

const nowSec = 1_795_392_000;
const log = '/var/log/app.log';

/** What differs from a machine on which all is well. */
interface Oddities {
  readonly isRoot?: boolean;
  readonly runs?: Readonly<Record<string, Partial<LookResult>>>;
  readonly missing?: readonly string[];
  readonly processes?: readonly string[];
  readonly changedSec?: number;
  readonly canRead?: boolean;
  readonly freeBytes?: number;
  readonly line?: string;
  readonly jail?: Partial<JailConfig>;
  readonly options?: Readonly<Record<string, number>>;
  readonly engine?: string;
  readonly health?: Partial<JailHealth>;
  readonly daemon?: DaemonView;
}

const programs = ['iptables', 'ip6tables', 'nft', 'sshd', 'journalctl', 'ufw'];

function machineWith(odd: Oddities): Machine {
  const usual: Readonly<Record<string, Partial<LookResult>>> = {
    'iptables -w -S INPUT': { stdout: '-P INPUT ACCEPT\n-A INPUT -i lo -j ACCEPT\n-A INPUT -j f2b-app\n' },
    'iptables -w -S DOCKER-USER': { code: 1 },
    'ufw status': { stdout: 'Status: inactive\n' },
    'journalctl -q -n 1 -o json --no-pager': { stdout: '{}\n' },
  };
  return {
    isRoot: odd.isRoot ?? true,
    nowSec: () => nowSec,
    run: async (command, args) => {
      const found = { ...usual, ...odd.runs }[[command, ...args].join(' ')];
      return { code: 0, stdout: '', stderr: '', ...found };
    },
    find: (program) =>
      programs.includes(program) && odd.missing?.includes(program) !== true
        ? `/usr/sbin/${program}`
        : undefined,
    file: (path) =>
      path === log || path.endsWith('/sshd') || path === '/etc/hosts.deny'
        ? {
            isFile: true,
            sizeBytes: 10,
            changedSec: odd.changedSec ?? nowSec,
            canRead: odd.canRead ?? true,
            canWrite: true,
          }
        : undefined,
    read: () => undefined,
    tail: () => Buffer.from(`${odd.line ?? `at ${nowSec}`}\n`),
    list: () => [],
    expand: (pattern) => (odd.missing?.includes(pattern) === true ? [] : [pattern]),
    space: () => ({ freeBytes: odd.freeBytes ?? 1e12, isOutOfNames: false }),
    processes: () => odd.processes ?? ['/usr/lib/warder/node fail2ban-server.mjs -f'],
  };
}

function subjectWith(odd: Oddities): Subject {
  const engine = odd.engine ?? 'iptables';
  const action: ActionConfig = {
    ...{ name: 'block', file: 'block', isPython: false, arguments: new Map(), options: new Map() },
    engine: { engine, values: new Map() },
  };
  const jail: JailConfig = {
    ...{ name: 'app', backend: 'auto', commands: [], errors: [], warnings: [], actions: [action] },
    logPaths: [{ pattern: log, tail: false }],
    options: new Map(Object.entries(odd.options ?? {}).map(([name, value]) => [name, { name, value }])),
    ...odd.jail,
  };
  const configuration: Configuration = {
    ...{ server: [], errors: [], warnings: [], fail2ban: new Map() },
    jails: [jail],
  };
  const health: JailHealth = {
    ...{ jail: 'app', backend: 'pyinotify', isIdle: false, isDryRun: false, isSuspended: false },
    ...{ suspendedRules: [], logs: [{ path: log, state: 'reading', reason: '' }] },
    actions: [{ name: 'block', waiting: 0, held: 1 }],
    ...odd.health,
  };
  return {
    machine: machineWith(odd),
    configuration,
    layers: ['/etc/fail2ban'],
    dbFile: 'None',
    logTarget: '/var/log/fail2ban.log',
    daemon: odd.daemon ?? {
      state: 'answers',
      health: { observeOnly: false, nowSec, jails: [health] },
      tarpitProblems: [],
    },
    datesOf: () => (line) => Number(/^at (\d+)/.exec(line)?.[1] ?? Number.NaN) || undefined,
  };
}

async function told(odd: Oddities): Promise<readonly string[]> {
  const findings = await examineMachine(subjectWith(odd));
  return findings
    .filter(({ verdict }) => verdict === 'problem' || verdict === 'warning')
    .map(({ about, message, hint }) => `${about}: ${message} => ${hint ?? ''}`);
}

test('where all is well there is neither warning nor problem', async () => {
  assert.deepEqual(await told({}), []);
});

const cases: Readonly<Record<string, readonly [Oddities, RegExp]>> = {
  'a daemon that is not there': [
    { daemon: { state: 'silent', reason: 'nobody listens' } },
    /^daemon: no daemon answers.*nobody listens/,
  ],
  'fail2ban itself, still running': [
    { processes: ['/usr/bin/python3 /usr/bin/fail2ban-server -xf start'] },
    /^daemon: fail2ban itself runs as well/,
  ],
  'a look by somebody who is not root': [{ isRoot: false }, /^daemon: doctor does not run as root/],
  'a rule that is suspended': [
    { health: { suspendedRules: ['failregex 3'] } },
    /^jails: failregex 3 of app is suspended.*warder check app/,
  ],
  'an idle jail': [{ health: { isIdle: true } }, /^jails: app is idle/],
  'an action that fails': [
    { health: { actions: [{ name: 'block', waiting: 0, held: 0, problem: 'ban failed: no' }] } },
    /^jails: action block of app: ban failed: no/,
  ],
  'a configuration that was not reloaded': [
    { health: { actions: [{ name: 'other', waiting: 0, held: 0 }] } },
    /^jails: app runs with other, and the configuration asks for block now => warder reload/,
  ],
  'a log that nobody writes to': [
    { changedSec: nowSec - 30 * 86_400, line: `at ${nowSec - 30 * 86_400}` },
    /^logs: nothing was written to \/var\/log\/app\.log of app for 30d/,
  ],
  'a log that cannot be read': [{ canRead: false }, /^logs: app cannot read/],
  'a log without a date': [
    { line: 'no date' },
    /^clock: no line at the end of .* => set datepattern for app/,
  ],
  'dates of another time zone': [
    { line: `at ${nowSec - 7200}` },
    /^clock: dates .* 2h behind .* logtimezone/,
  ],
  'dates of the future': [{ line: `at ${nowSec + 1000}` }, /^clock: dates .* ahead of/],
  'a journal that is empty': [
    {
      jail: { backend: 'systemd', logPaths: [] },
      runs: { 'journalctl -q -n 1 -o json --no-pager': { stdout: '' } },
    },
    /^journal: the journal of app is empty, or closed to us/,
  ],
  'nftables that the kernel does not know': [
    {
      engine: 'nftables',
      runs: {
        'nft list tables': { code: 1, stderr: 'cache initialization failed: Operation not supported' },
      },
    },
    /^firewall: the banaction of app needs nft, which does not work: .* => the kernel lacks support: modprobe nf_tables/,
  ],
  'rules of both kinds of iptables': [
    {
      runs: {
        'iptables -w -S INPUT': {
          stdout: '-A INPUT -j f2b-app\n',
          stderr: '# Warning: iptables-legacy tables present',
        },
      },
    },
    /^firewall: rules of iptables-legacy and of iptables-nft/,
  ],
  'a chain that somebody flushed': [
    { runs: { 'iptables -w -S INPUT': { stdout: '-P INPUT ACCEPT\n' } } },
    /^rule order: iptables INPUT has no rule of ours, and there are bans/,
  ],
  'Docker beside nftables': [
    { engine: 'nftables', runs: { 'iptables -w -S DOCKER-USER': { stdout: '-N DOCKER-USER\n' } } },
    /^docker: Docker leads traffic to containers past our rules => chain = INPUT,FORWARD/,
  ],
  'ufw as banaction, and not active': [
    { engine: 'ufw' },
    /^other firewalls: banaction is ufw, and ufw is not active/,
  ],
  'an sshd that does not heed hosts.deny': [
    { engine: 'hostsdeny' },
    /^hosts\.deny: sshd .* is built without libwrap/,
  ],
  'little room on the disk': [{ freeBytes: 50e6 }, /^disk: little room: 48 MB left for the log/],
  'networks that are too wide': [
    { options: { banprefix4: 16 } },
    /^networks: app bans whole networks of \/16/,
  ],
  'a script that others can write': [
    { jail: { commands: [{ args: ['set', 'app', 'addaction', 'mine', '/tmp/nobody/mine.js', '{}'] }] } },
    /^script actions: .*ACTION_SCRIPT_FILE|^script actions: .*cannot be read/,
  ],
};

for (const [what, [odd, expected]] of Object.entries(cases)) {
  test(`doctor names ${what}`, async () => {
    const lines = await told(odd);
    assert.ok(
      lines.some((line) => expected.test(line)),
      lines.join('\n') || 'nothing is told',
    );
  });
}

test('a check that fails is told, and the others go on', async () => {
  const subject = subjectWith({});
  const machine = { ...subject.machine, space: () => assert.fail('no disk at all') };
  const findings = await examineMachine({ ...subject, machine });
  assert.ok(findings.some(({ message }) => /could not be looked at: .*no disk at all/.test(message)));
  assert.ok(findings.some(({ about }) => about === 'daemon'));
});

test('findings are shown with what to do, and what attackers wrote is escaped', () => {
  const text = findingsText(
    [
      { about: 'logs', verdict: 'good', message: 'fine' },
      { about: 'clock', verdict: 'problem', message: 'evil \x1b[2J', file: '/a', line: 3, hint: 'mend it' },
    ],
    false,
  );
  assert.equal(
    text,
    [
      'ok      logs   fine',
      'PROBLEM clock  /a:3: evil \\x1b[2J',
      '               → mend it',
      '',
      '1 problem.',
      '',
    ].join('\n'),
  );
});
