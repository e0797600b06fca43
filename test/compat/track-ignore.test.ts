import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HostNames, IgnoreCommand, type ShellCommand } from '../../src/enforce/index.ts';
import { OwnAddresses } from '../../src/track/index.ts';
import { runPython } from '../support/python.ts';
import { requireTool } from '../support/tools.ts';
import { failure, lookupOf, TrackerBench } from '../support/tracking.ts';

// Who is ignored, by which rule, and when the command is run: against the filter of the installed fail2ban, with the
// same names, own addresses, time and command in both.

const names: Readonly<Record<string, readonly string[]>> = {
  'admin.example.org': ['198.51.100.9', '2001:db8:9::9'],
  'gone.example.org': [],
};
const own = ['192.0.2.100', '2001:db8::100', '127.0.0.1'];

interface Step {
  readonly id: string;
  readonly user: string;
  readonly waitSec: number;
}

interface Run {
  readonly ignoreSelf: boolean;
  readonly ignoreIp: readonly string[];
  readonly command: string;
  readonly cache: { readonly key: string; readonly maxCount: number; readonly maxTimeSec: number } | null;
  readonly steps: readonly Step[];
}

/** Whether the failure is ignored, what the log says of it, and the commands that were run. */
type Answer = readonly [boolean, readonly string[], readonly string[]];

const program = `
import logging
from fail2ban.server import utils
from fail2ban.server.action import CommandAction
from fail2ban.server.filter import Filter
from fail2ban.server.ipdns import DNSUtils, IPAddr
from fail2ban.server.ticket import FailTicket
from fail2ban.tests.dummyjail import DummyJail

now = [0.0]
utils.time.time = lambda: now[0]
names = {name: set(IPAddr(ip) for ip in ips) for name, ips in given['names'].items()}
own = set(IPAddr(ip) for ip in given['own'])
DNSUtils.dnsToIp = staticmethod(lambda dns: names.get(dns, set()))
DNSUtils.getSelfIPs = staticmethod(lambda: own)
commands, lines = [], []

def execute(command, timeout=60, success_codes=(0,), **more):
    commands.append(command)
    return (True, 0 if command.endswith(('1', 'alice')) else 1)

CommandAction.executeCmd = staticmethod(execute)

class Keep(logging.Handler):
    def emit(self, record):
        lines.append(record.getMessage())

logger = logging.getLogger('fail2ban.filter')
logger.setLevel(logging.INFO)
logger.addHandler(Keep())
result = []
for run in given['runs']:
    now[0] = 1700000000.0
    jail = DummyJail('sshd')
    filter = Filter(jail)
    filter.ignoreSelf = run['ignoreSelf']
    filter.ignoreCommand = run['command'] or False
    for entry in run['ignoreIp']:
        filter.addIgnoreIP(entry)
    cache = run['cache']
    filter.ignoreCache = cache and {
        'key': cache['key'], 'max-count': str(cache['maxCount']), 'max-time': str(cache['maxTimeSec'])}
    answers = []
    for step in run['steps']:
        now[0] += step['waitSec']
        del commands[:], lines[:]
        ticket = FailTicket(step['id'], now[0], ['a line'], {'user': step['user']})
        ignored = filter.inIgnoreIPList(ticket)
        answers.append([ignored, [line for line in lines if ' Ignore ' in line], list(commands)])
    result.append(answers)
`;

const entries = [
  '192.0.2.1',
  '192.0.2.16/28',
  '203.0.113.0/255.255.255.0',
  '2001:db8:1::/48',
  '2001:DB8:2::0:1',
  '::ffff:192.0.2.50',
  '[2001:db8:3::1]',
  'admin.example.org',
  'gone.example.org',
];
const ids = [
  '192.0.2.1',
  '192.0.2.2',
  '192.0.2.17',
  '192.0.2.31',
  '192.0.2.32',
  '192.0.2.50',
  '203.0.113.255',
  '203.0.114.0',
  '198.51.100.9',
  '198.51.100.21',
  '2001:db8:1:ffff::1',
  '2001:db8:2::1',
  '2001:db8:3::1',
  '2001:db8:9::9',
  '2001:db8:9::8',
  ...own,
  'alice',
  'user:bob',
];

const step = fc.record({
  id: fc.constantFrom(...ids),
  user: fc.constantFrom('alice', 'bob'),
  waitSec: fc.integer({ min: 0, max: 40 }),
});
const steps = fc.array(step, { minLength: 5, maxLength: 30 });
const command = fc.constantFrom('', 'check <ip>', 'check <F-USER>');

const withoutCache: fc.Arbitrary<Run> = fc.record({
  ignoreSelf: fc.boolean(),
  ignoreIp: fc.subarray(entries),
  command,
  cache: fc.constant(null),
  steps,
});

/** Room for every answer, so that those of the lists, which fail2ban keeps there too, drop none of the command. */
const withRoom: fc.Arbitrary<Run> = fc.record({
  ignoreSelf: fc.boolean(),
  ignoreIp: fc.subarray(entries),
  command: fc.constantFrom('check <ip>', 'check <F-USER>'),
  cache: fc.record({
    key: fc.constantFrom('<F-USER>@<ip>', '<ip> <F-USER>'),
    maxCount: fc.constant(1000),
    maxTimeSec: fc.constantFrom(30, 100, 300),
  }),
  steps,
});

/** Little room, and nobody whom the lists spare. */
const crowded: fc.Arbitrary<Run> = fc.record({
  ignoreSelf: fc.constant(false),
  ignoreIp: fc.constant([]),
  command: fc.constant('check <ip>'),
  cache: fc.record({
    key: fc.constant('<ip>'),
    maxCount: fc.integer({ min: 1, max: 5 }),
    maxTimeSec: fc.constant(86_400),
  }),
  steps,
});

async function runOurs({ ignoreSelf, ignoreIp, command, cache, steps }: Run): Promise<Answer[]> {
  const commands: string[] = [];
  const bench: TrackerBench = new TrackerBench(
    { maxRetry: 1000, ignoreSelf, ignoreIp, ignoreCommand: command },
    { lookup: lookupOf(names), ignoreCheck: (one) => ignoreCommand.ask(one), ownAddresses: ownAddresses() },
  );
  const ignoreCommand = new IgnoreCommand({
    jail: 'sshd',
    clock: bench.clock,
    logger: bench.logger,
    names: new HostNames({ source: { reverse: fails, shortName: () => '', fullName: fails } }),
    figures: { banTimeSec: zero, banned: zero, bannedTotal: zero, found: zero, foundTotal: zero },
    history: undefined,
    environment: {},
    settings: () => ({ command, cache: cache ?? undefined }),
    run: async ({ script }: ShellCommand) => {
      commands.push(script);
      const returnCode = /(?:1|alice)$/.test(script) ? 0 : 1;
      const ok = returnCode === 0;
      return { ok, returnCode, timedOut: false, stdout: '', stderr: '', pid: 1, durationMs: 1 };
    },
  });
  const answers: Answer[] = [];
  for (const { id, user, waitSec } of steps) {
    bench.clock.advance(waitSec);
    bench.tracker.observe([failure(id, bench.nowSec, { lines: ['a line'], fields: { user } })]);
    await bench.tracker.whenDecided();
    const log = bench.takeLog();
    const counted = log.some((line) => line.includes(` Found ${id} `));
    const ignored = log.filter((line) => line.includes(' Ignore '));
    answers.push([!counted, ignored.map((line) => line.replace(/^.*? \[/, '[')), commands.splice(0)]);
  }
  return answers;
}

const zero = (): number => 0;
const fails = (): Promise<never> => Promise.reject(new Error('no name'));

function ownAddresses(): OwnAddresses {
  return new OwnAddresses(
    { nowSec: zero, after: () => zero },
    () => ({ eth0: own.map((address) => ({ address })) }),
    () => [],
  );
}

async function compare(arbitrary: fc.Arbitrary<Run>, seed: number, view: (answer: Answer) => unknown) {
  const runs = fc.sample(arbitrary, { numRuns: 300, seed });
  const theirs = runPython(program, { names, own, runs }) as Answer[][];
  let ignored = 0;
  let asked = 0;
  for (const [index, run] of runs.entries()) {
    const ours = await runOurs(run);
    assert.deepEqual(ours.map(view), theirs[index]?.map(view), JSON.stringify(run));
    for (const [isIgnored, , commands] of ours) {
      if (isIgnored) ignored++;
      asked += commands.length;
    }
  }
  assert.ok(ignored > 500 && asked > 500, `${ignored} were ignored and ${asked} commands run`);
}

test('self, list and command ignore whom they ignore in the installed fail2ban, with the same log lines', async (t) => {
  if (!requireTool(t, 'fail2ban-server')) return;
  await compare(withoutCache, 20_261_122, (answer) => answer);
});

test('with ignorecache the same are ignored, and the command runs for the same', async (t) => {
  if (!requireTool(t, 'fail2ban-server')) return;
  // Who is ignored by the lists is logged each time; fail2ban is silent while its cache knows.
  const view = ([ignored, lines, commands]: Answer): unknown => [
    ignored,
    lines.filter((line) => line.endsWith('by command')),
    commands,
  ];
  await compare(withRoom, 20_261_123, view);
});

test('a crowded ignorecache drops the oldest answer, as in the installed fail2ban', async (t) => {
  if (!requireTool(t, 'fail2ban-server')) return;
  await compare(crowded, 20_261_124, (answer) => answer);
});
