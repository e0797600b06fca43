import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { PythonValue } from '../../src/base/index.ts';
import { formatStatus } from '../../src/cli/beautify-status.ts';
import { findRoute } from '../../src/control/commands/router.ts';
import { commandTable } from '../../src/control/commands/table.ts';
import { jsonResult } from '../../src/control/json-shape.ts';
import { jailBench } from '../support/dispatcher-bench.ts';
import { repositoryRoot } from '../support/sources.ts';

const basic = {
  filter: { currentlyFailed: 1, totalFailed: 4, files: ['/dev/null'] },
  actions: { currentlyBanned: 1, totalBanned: 1, banned: ['192.0.2.1'] },
};
const figures = {
  backend: 'pyinotify',
  currentlyFailed: 1,
  totalFailed: 4,
  currentlyBanned: 1,
  totalBanned: 1,
};
const noOrigin = { asns: ['nxdomain'], countries: ['nxdomain'], registries: ['nxdomain'] };

/** One after the other; the server remembers. */
const results: readonly (readonly [words: PythonValue[], result: unknown])[] = [
  [['ping'], 'pong'],
  [['version'], '1.0.2'],
  [
    ['echo', 'a', 'b'],
    ['a', 'b'],
  ],
  [['sleep', '0'], null],
  [['server-status'], 'Server ready'],
  [['config-error', 'x'], null],
  [['own-configuration'], []],
  [['flushlogs'], 'rolled over'],
  [['get', 'thread'], { stacksize: 0 }],
  [['set', 'thread', new Map()], null],
  [['set', 'allowipv6', 'auto'], 'auto'],
  [['set', 'loglevel', 'debug'], 'DEBUG'],
  [['get', 'loglevel'], 'DEBUG'],
  [['set', 'logtarget', '/tmp/log'], '/tmp/log'],
  [['get', 'logtarget'], '/tmp/log'],
  [['set', 'syslogsocket', 'auto'], 'auto'],
  [['get', 'syslogsocket'], 'auto'],
  [['get', 'dbfile'], null],
  [['set', 'dbfile', '/tmp/db'], '/tmp/db'],
  [['get', 'dbfile'], '/tmp/db'],
  [['set', 'dbmaxmatches', '5'], 5],
  [['get', 'dbmaxmatches'], 5],
  [['set', 'dbpurgeage', '1mo'], 2629800],
  [['get', 'dbpurgeage'], 2629800],
  [['set', 'sshd', 'addlogpath', '/dev/null'], ['/dev/null']],
  [['get', 'sshd', 'logpath'], ['/dev/null']],
  [['set', 'sshd', 'banip', '192.0.2.1'], 1],
  [['status'], { jailCount: 1, jails: ['sshd'] }],
  [['status', 'sshd'], basic],
  [['status', 'sshd', 'stats'], figures],
  [['status', 'sshd', 'cymru'], { ...basic, actions: { ...basic.actions, ...noOrigin } }],
  [['status', '--all'], { sshd: basic }],
  [['status', '--all', 'stats'], { sshd: figures }],
  [['stats'], { sshd: figures }],
  [['statistic'], { sshd: figures }],
  [['statistics'], { sshd: figures }],
  [['banned'], { sshd: ['192.0.2.1'] }],
  [['banned', '192.0.2.1', 'x'], { '192.0.2.1': ['sshd'], x: [] }],
  [['get', 'sshd', 'banned'], ['192.0.2.1']],
  [['get', 'sshd', 'banned', '192.0.2.1'], 1],
  [
    ['get', 'sshd', 'banned', '192.0.2.1', 'x'],
    [1, 0],
  ],
  [['get', 'sshd', 'banip'], ['192.0.2.1']],
  [['set', 'sshd', 'unbanip', '192.0.2.1'], 1],
  [['set', 'sshd', 'attempt', '192.0.2.1', 'a line'], 1],
  [
    ['tarpit'],
    {
      ...{ means: 'off', jails: [], problems: [], held: 0, mostHeld: 0, byVoice: {}, longestSec: 0 },
      ...{ accepted: 0, refused: 0, wastedSec: 0, addresses: [] },
    },
  ],
  [['why', '192.0.2.1'], { id: '192.0.2.1', bannedBy: [], jails: [], history: [] }],
  [['web'], { state: 'off' }],
  [['health'], { observeOnly: false, nowSec: 1, jails: [] }],
  [['ban', '192.0.2.2'], 1],
  [['unban', '192.0.2.2'], 1],
  [['set', 'sshd', 'idle', 'on'], true],
  [['set', 'sshd', 'dryrun', 'yes'], true],
  [['get', 'sshd', 'dryrun'], true],
  [['get', 'sshd', 'banprefix4'], null],
  [['set', 'sshd', 'banprefix4', '24'], 24],
  [['set', 'sshd', 'banprefix6', '64'], 64],
  [['get', 'sshd', 'banprefix6'], 64],
  [['set', 'sshd', 'banprefix.escalate', '5'], 5],
  [['get', 'sshd', 'banprefix.escalate'], 5],
  [['set', 'sshd', 'ignoreself', 'no'], false],
  [['get', 'sshd', 'ignoreself'], false],
  [
    ['set', 'sshd', 'addignoreip', '192.0.2.9', '198.51.100.0/24'],
    ['198.51.100.0/24', '192.0.2.9'],
  ],
  [['set', 'sshd', 'delignoreip', '192.0.2.9'], ['198.51.100.0/24']],
  [['get', 'sshd', 'ignoreip'], ['198.51.100.0/24']],
  [['get', 'sshd', 'ignorecommand'], false],
  [['set', 'sshd', 'ignorecommand', 'x'], 'x'],
  [['get', 'sshd', 'ignorecache'], null],
  [
    ['set', 'sshd', 'ignorecache', 'key="<ip>", max-count=5, max-time=1m'],
    { key: '<ip>', maxCount: 5, maxTimeSec: 60 },
  ],
  [['set', 'sshd', 'dellogpath', '/dev/null'], []],
  [['set', 'sshd', 'logencoding', 'latin-1'], 'latin-1'],
  [['get', 'sshd', 'logencoding'], 'latin-1'],
  [['set', 'sshd', 'addjournalmatch', '_A=1', '_B=2'], [['_A=1', '_B=2']]],
  [['get', 'sshd', 'journalmatch'], [['_A=1', '_B=2']]],
  [['set', 'sshd', 'deljournalmatch', '_A=1', '_B=2'], []],
  [['set', 'sshd', 'prefregex', '^x'], '^x'],
  [['get', 'sshd', 'prefregex'], '^x'],
  [['set', 'sshd', 'addfailregex', '<F-ID>a</F-ID>'], ['(?P<fid>a)']],
  [['get', 'sshd', 'failregex'], ['(?P<fid>a)']],
  [['set', 'sshd', 'delfailregex', '0'], []],
  [['set', 'sshd', 'addignoreregex', 'b'], ['b']],
  [['get', 'sshd', 'ignoreregex'], ['b']],
  [['set', 'sshd', 'delignoreregex', '0'], []],
  [['set', 'sshd', 'findtime', '1mo'], 2629800],
  [['get', 'sshd', 'findtime'], 2629800],
  [['set', 'sshd', 'bantime', '10m'], 600],
  [['get', 'sshd', 'bantime'], 600],
  [['get', 'sshd', 'datepattern'], { pattern: null, name: 'Default Detectors' }],
  [['set', 'sshd', 'datepattern', '%Y-%m'], { pattern: '%Y-%m', name: 'Year-Month' }],
  [['get', 'sshd', 'logtimezone'], null],
  [['set', 'sshd', 'logtimezone', 'UTC+0100'], 'UTC+0100'],
  [['set', 'sshd', 'logformat', 'text'], 'text'],
  [['get', 'sshd', 'logformat'], 'text'],
  [['set', 'sshd', 'bantime.increment', 'yes'], true],
  [['get', 'sshd', 'bantime.factor'], null],
  [['set', 'sshd', 'usedns', 'no'], 'no'],
  [['get', 'sshd', 'usedns'], 'no'],
  [['set', 'sshd', 'maxretry', '4'], 4],
  [['get', 'sshd', 'maxretry'], 4],
  [['set', 'sshd', 'maxmatches', '4'], 4],
  [['get', 'sshd', 'maxmatches'], 4],
  [['set', 'sshd', 'maxlines', '4'], 4],
  [['get', 'sshd', 'maxlines'], 4],
  [['set', 'sshd', 'addaction', 'note'], 'note'],
  [['get', 'sshd', 'actions'], ['note']],
  [['set', 'sshd', 'action', 'note', 'timeout', '1m'], 60],
  [['get', 'sshd', 'action', 'note', 'timeout'], 60],
  [['set', 'sshd', 'delaction', 'note'], null],
  [['add', 'web', 'polling'], 'web'],
  [['start', 'web'], null],
  [['reload', 'web', [], []], 'OK'],
  [['stop', '--all'], null],
];

/** Their results are lists that are too long to be written here, or end the server. */
const elsewhere = ['get <JAIL> actionproperties', 'get <JAIL> actionmethods'];

const runnable = commandTable
  .flatMap(({ commands }) => commands)
  .filter(({ run }) => run !== undefined)
  .map(({ route }) => route);

test('every command has a JSON result of a fixed shape', async () => {
  const { dispatcher, server } = await jailBench();
  server.jail('sshd').counts = { currentlyFailed: 1, totalFailed: 4 };
  const seen = new Set<string>(elsewhere);
  for (const [words, expected] of results) {
    if (words[0] !== 'reload') seen.add(findRoute(words).spec.route);
    const result = jsonResult(words, await dispatcher.execute(words));
    assert.deepEqual(result, expected, JSON.stringify(words));
  }
  assert.deepEqual(
    runnable.filter((route) => !seen.has(route)),
    [],
  );
});

test('suspended rules are in the status of a jail, and nowhere while there are none', async () => {
  const { dispatcher, server } = await jailBench();
  const words = ['status', 'sshd'];
  const filterOf = async (): Promise<Record<string, unknown>> => {
    const { filter } = jsonResult(words, await dispatcher.execute(words)) as Record<string, never>;
    return filter!;
  };
  const counts = { currentlyFailed: 0, totalFailed: 0 };
  assert.deepEqual(await filterOf(), { ...counts, files: [] });
  const suspendedRules = ['failregex 1', 'failregex 3'];
  server.jail('sshd').counts = { ...counts, suspendedRules, isSuspended: false };
  assert.deepEqual(await filterOf(), { ...counts, files: [], suspendedRules });
  server.jail('sshd').counts = { ...counts, suspendedRules: ['prefregex'], isSuspended: true };
  assert.deepEqual(await filterOf(), {
    ...counts,
    files: [],
    suspendedRules: ['prefregex'],
    detection: 'suspended',
  });
  const shown = formatStatus(words, await dispatcher.execute(words));
  assert.match(shown, /\|- Suspended rules:\tprefregex\n\| {2}`- Detection:\tsuspended\n/);
});

test('bans with their times are objects', async () => {
  const { dispatcher } = await jailBench();
  await dispatcher.execute(['set', 'sshd', 'banip', '192.0.2.1']);
  await dispatcher.execute(['set', 'sshd', 'bantime', '-1']);
  await dispatcher.execute(['set', 'sshd', 'banip', 'a name']);
  const words = ['get', 'sshd', 'banip', '--with-time'];
  const [first, second] = jsonResult(words, await dispatcher.execute(words)) as unknown as [
    Record<string, unknown>,
    Record<string, unknown>,
  ];
  assert.deepEqual(Object.keys(first), ['id', 'since', 'banTimeSec', 'until']);
  assert.equal(first.banTimeSec, 600);
  assert.deepEqual([second.id, second.banTimeSec, second.until], ['a name', -1, null]);
});

test('docs/protocol.md has the result of every command', () => {
  const text = readFileSync(join(repositoryRoot, 'docs/protocol.md'), 'utf8');
  const section = text.slice(text.indexOf('### Results'), text.indexOf('### Examples'));
  const documented = new Set([...section.matchAll(/`([^`]+)`/g)].map(([, code]) => code));
  const missing = ['reload', ...runnable]
    .map((route) => route.replace('<JAIL>', 'JAIL').replace(/\.$/, '.NAME'))
    .filter((route) => !documented.has(route));
  assert.deepEqual([...new Set(missing)], []);
});
