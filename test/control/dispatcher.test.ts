import assert from 'node:assert/strict';
import test from 'node:test';
import type { PythonValue } from '../../src/base/index.ts';
import { bench, jailBench } from '../support/dispatcher-bench.ts';

test('status nests counts in pairs as fail2ban does', async () => {
  const { run, server } = await jailBench();
  await run('add', 'a-jail', 'systemd');
  await run('set', 'a-jail', 'addjournalmatch', '_COMM=x', '+', '_COMM=y');
  await run('set', 'sshd', 'addlogpath', '/dev/null');
  await run('set', 'sshd', 'banip', '192.0.2.1', '2001:DB8::1');
  server.jail('sshd').counts = { currentlyFailed: 2, totalFailed: 7 };
  assert.equal(await run('status'), "[('Number of jail', 2), ('Jail list', 'a-jail, sshd')]");
  assert.equal(
    await run('status', 'sshd'),
    "[('Filter', [('Currently failed', 2), ('Total failed', 7), ('File list', ['/dev/null'])]), " +
      "('Actions', [('Currently banned', 2), ('Total banned', 2), ('Banned IP list', ['192.0.2.1', '2001:db8::1'])])]",
  );
  assert.match(await run('status', 'a-jail'), /\('Journal matches', \['_COMM=x \+ _COMM=y'\]\)/);
  assert.doesNotMatch(await run('status', 'sshd', 'short'), /Banned IP list/);
  assert.equal(await run('status', 'sshd', 'stats'), "['pyinotify', (2, 7), (2, 2)]");
  assert.match(
    await run('status', '--all'),
    /^\[\('Number of jail', 2\), .*, \{'a-jail': \[.*, 'sshd': \[.*\}\]$/,
  );
  assert.equal(
    await run('stats'),
    "{'a-jail': ['systemd', (0, 0), (0, 0)], 'sshd': ['pyinotify', (2, 7), (2, 2)]}",
  );
});

test('an unknown flavor is answered as basic, with a warning', async () => {
  const { run, logger } = await jailBench();
  assert.equal(await run('status', 'sshd', 'sweet'), await run('status', 'sshd'));
  assert.ok(
    logger.lines.some((line) =>
      line.startsWith("WARNING fail2ban.transmitter Unsupported extended jail status flavor 'sweet'"),
    ),
  );
});

test('banned answers for all jails, for addresses, and for one jail', async () => {
  const { run } = await jailBench();
  await run('add', 'web', 'auto');
  await run('set', 'sshd', 'banip', '192.0.2.1', '192.0.2.2');
  await run('set', 'web', 'banip', '192.0.2.1');
  assert.equal(await run('banned'), "[{'sshd': ['192.0.2.1', '192.0.2.2']}, {'web': ['192.0.2.1']}]");
  assert.equal(await run('banned', '192.0.2.1', '192.0.2.9'), "[['sshd', 'web'], []]");
  assert.equal(await run('get', 'sshd', 'banned'), "['192.0.2.1', '192.0.2.2']");
  assert.equal(await run('get', 'sshd', 'banned', '192.0.2.2'), '1');
  assert.equal(await run('get', 'web', 'banned', '192.0.2.2'), '0');
  assert.equal(await run('get', 'sshd', 'banned', '192.0.2.2', '192.0.2.3'), '[1, 0]');
});

test('banip lists by the end of the ban, with times on demand', async () => {
  const { run, server } = await jailBench();
  await run('set', 'sshd', 'bantime', '-1');
  await run('set', 'sshd', 'banip', '192.0.2.7');
  await run('set', 'sshd', 'bantime', '1h');
  await run('set', 'sshd', 'banip', '192.0.2.8');
  server.nowSec -= 60;
  await run('set', 'sshd', 'banip', '192.0.2.9');
  assert.equal(await run('get', 'sshd', 'banip'), "['192.0.2.9', '192.0.2.8', '192.0.2.7']");
  const lines = (await run('get', 'sshd', 'banip', '--with-time')).split("', '");
  assert.match(
    lines[1]!,
    /^192\.0\.2\.8 \\t20\d\d-\d\d-\d\d \d\d:\d\d:\d\d \+ 3600 = 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d$/,
  );
  assert.match(lines[2]!, /\+ -1 = 9999-12-31 23:59:59'\]$/);
});

test('unban works in all jails, unbanip in one and reports the absent on demand', async () => {
  const { run } = await jailBench();
  await run('set', 'sshd', 'banip', '192.0.2.1', '192.0.2.2', '192.0.2.3');
  assert.equal(await run('unban', '192.0.2.1', '192.0.2.77'), '1');
  assert.equal(await run('set', 'sshd', 'unbanip', '192.0.2.2', '192.0.2.77'), '1');
  assert.equal(
    await run('set', 'sshd', 'unbanip', '--report-absent', '192.0.2.77'),
    `ValueError("not banned: ['192.0.2.77']")`,
  );
  assert.equal(await run('unban', '--all'), '1');
  assert.equal(await run('unban'), "Exception('Invalid command')");
});

test('our extension bans in a jail of its own', async () => {
  const { run } = bench();
  assert.equal(await run('ban', '192.0.2.1', '192.0.2.2'), '2');
  assert.equal(await run('banned', '192.0.2.1'), "[['manual']]");
  assert.equal(await run('ban'), "IndexError('list index out of range')");
});

test('a setting is answered with the value in force', async () => {
  const { run } = await jailBench();
  const cases: readonly [words: PythonValue[], answer: string][] = [
    [['maxretry', '7'], '7'],
    [['maxretry', 8], '8'],
    [['maxmatches', ' 1_0 '], '10'],
    [['maxlines', '3'], '3'],
    [['findtime', '10m'], '600'],
    [['bantime', '1d12h'], '129600'],
    [['bantime', '-1'], '-1'],
    [['usedns', 'RAW'], "'raw'"],
    [['usedns', false], "'no'"],
    [['usedns', 'sometimes'], "'no'"],
    [['idle', 'on'], 'True'],
    [['ignoreself', 'yes'], 'True'],
    [['ignoreself', 'maybe'], 'False'],
    [['ignorecommand', '/bin/x <ip>'], "'/bin/x <ip>'"],
    [['ignorecache', 'key="<ip>", max-count=50, max-time=1h'], "['<ip>', 50, 3600]"],
    [['ignorecache', ''], 'None'],
    [['logencoding', 'latin-1'], "'latin-1'"],
    [['logtimezone', 'UTC+0200'], "'UTC+0200'"],
    [['prefregex', '^x'], "'^x'"],
    [['prefregex', ''], "''"],
    [['datepattern', '%Y'], "('%Y', 'Year')"],
    [['addfailregex', 'a <F-ID>x</F-ID>'], "['a (?P<fid>x)']"],
    [['addfailregex', 'b <F-ID/>'], "['a (?P<fid>x)', 'b (?P<fid>\\\\S+)']"],
    [['delfailregex', '1'], "['a (?P<fid>x)']"],
    [['addignoreregex', 'c'], "['c']"],
    [['addignoreip', '192.0.2.0/24', '::1'], "['192.0.2.0/24', '::1']"],
    [['delignoreip', '::1'], "['192.0.2.0/24']"],
    [['addlogpath', '/dev/null', 'tail'], "['/dev/null']"],
    [['addjournalmatch', '_COMM=a'], "[['_COMM=a']]"],
    [['bantime.increment', 'true'], 'True'],
    [['bantime.increment', ''], 'False'],
    [['bantime.maxtime', '1w'], '604800'],
    [['bantime.maxtime', ''], 'None'],
    [['bantime.multipliers', '1 2 4'], "'1 2 4'"],
    [['attempt', '192.0.2.1', 'line one', 'line two'], '1'],
  ];
  for (const [words, answer] of cases) {
    assert.equal(await run('set', 'sshd', ...words), answer, words.join(' '));
  }
  assert.equal(await run('get', 'sshd', 'bantime.multipliers'), "'1 2 4'");
  assert.equal(await run('get', 'sshd', 'maxretry'), '8');
});

test('server options win over a jail of the same name and answer with their value', async () => {
  const { run } = bench();
  await run('add', 'loglevel');
  assert.equal(await run('set', 'loglevel', 'debug'), "'DEBUG'");
  assert.equal(await run('get', 'loglevel'), "'DEBUG'");
  assert.equal(await run('set', 'logtarget', '/tmp/x.log'), "'/tmp/x.log'");
  assert.equal(await run('set', 'logtarget', '/none/x'), "Exception('Failed to change log target')");
  assert.equal(await run('get', 'dbfile'), 'None');
  assert.equal(await run('set', 'dbmaxmatches', '5'), 'None');
  assert.equal(await run('set', 'dbfile', '/tmp/x.sqlite3'), "'/tmp/x.sqlite3'");
  assert.equal(await run('set', 'dbmaxmatches', '5'), '5');
  assert.equal(await run('set', 'dbpurgeage', '1d'), '86400');
  assert.equal(await run('set', 'allowipv6', 'auto'), "'auto'");
  assert.equal(await run('flushlogs'), "'rolled over'");
});

test('actions have properties and methods', async () => {
  const { run } = await jailBench();
  assert.equal(await run('set', 'sshd', 'addaction', 'nft'), "'nft'");
  assert.equal(await run('set', 'sshd', 'addaction', 'nft'), "ValueError('Action nft already exists')");
  assert.equal(await run('set', 'sshd', 'action', 'nft', 'actionban', 'run <ip>'), "'run <ip>'");
  assert.equal(await run('set', 'sshd', 'action', 'nft', 'timeout', '2m'), '120');
  assert.equal(await run('get', 'sshd', 'action', 'nft', 'actionban'), "'run <ip>'");
  assert.equal(await run('get', 'sshd', 'action', 'nft', 'actionunban'), "''");
  assert.equal(
    await run('get', 'sshd', 'action', 'nft', 'colour'),
    `AttributeError("'CommandAction' object has no attribute 'colour'")`,
  );
  assert.equal(await run('get', 'sshd', 'action', 'ipt', 'timeout'), "KeyError('Invalid Action name: ipt')");
  assert.equal(
    await run('set', 'sshd', 'action', 'nft', 'ban', '{"ip": "192.0.2.1"}'),
    `'ban {"ip":"192.0.2.1"}'`,
  );
  assert.match(
    await run('get', 'sshd', 'actionproperties', 'nft'),
    /^\['ESCAPE_CRE', .*'actionban', .*'timeout'\]$/,
  );
  assert.match(await run('get', 'sshd', 'actionmethods', 'nft'), /'ban', .*'unban'\]$/);
  assert.equal(await run('get', 'sshd', 'actions'), "['nft']");
  assert.equal(await run('set', 'sshd', 'delaction', 'nft'), 'None');
  assert.equal(
    await run('multi-set', 'sshd', 'action', 'nft', [['actionban', 'x']]),
    "KeyError('Invalid Action name: nft')",
  );
});

test('a multi-set sets several values at once and answers True', async () => {
  const { run } = await jailBench();
  await run('set', 'sshd', 'addaction', 'nft');
  assert.equal(await run('multi-set', 'sshd', 'addfailregex', ['(?P<fid>a)', '(?P<fid>b)']), 'True');
  assert.equal(await run('get', 'sshd', 'failregex'), "['(?P<fid>a)', '(?P<fid>b)']");
  assert.equal(
    await run('multi-set', 'sshd', 'action', 'nft', [
      ['actionban', 'x'],
      ['timeout', 5],
      ['bantime', '9'],
    ]),
    'True',
  );
  assert.equal(await run('get', 'sshd', 'action', 'nft', 'timeout'), '5');
  assert.match(await run('get', 'sshd', 'action', 'nft', 'bantime'), /^AttributeError/);
});

test('commands that are wrong fail as in fail2ban', async () => {
  const { run } = await jailBench();
  const cases: readonly [words: PythonValue[], error: string][] = [
    [[], "IndexError('list index out of range')"],
    [['dance'], "Exception('Invalid command')"],
    [['set'], "IndexError('list index out of range')"],
    [['set', 'sshd'], "IndexError('list index out of range')"],
    [['set', 'sshd', 'maxretry'], "IndexError('list index out of range')"],
    [['set', 'loglevel'], "IndexError('list index out of range')"],
    [
      ['set', 'sshd', 'colour', 'red'],
      `Exception("Invalid command 'colour' (no set action or not yet implemented)")`,
    ],
    [['get', 'sshd', 'colour'], "Exception('Invalid command (no get action or not yet implemented)')"],
    [['get', 'nojail', 'maxretry'], "UnknownJailException('nojail')"],
    [['status', 'nojail'], "UnknownJailException('nojail')"],
    [['status', 'a', 'b', 'c'], "Exception('Invalid command (no status)')"],
    [['start'], "IndexError('list index out of range')"],
    [['add', 'sshd'], "DuplicateJailException('sshd')"],
    [['add', '--all'], `Exception("Reserved name '--all'")`],
    [['set', 'sshd', 'maxretry', 'x'], `ValueError("invalid literal for int() with base 10: 'x'")`],
    [['set', 'sshd', 'maxlines', '0'], "ValueError('maxlines must be integer greater than zero')"],
    [['set', 'sshd', 'idle', 'yes'], `Exception("Invalid idle option, must be 'on' or 'off'")`],
    [['set', 'sshd', 'addlogpath', '/a', 'middle'], `ValueError("File option must be 'head' or 'tail'")`],
    [['set', 'sshd', 'addlogpath', '/a', 'tail', '/b'], "ValueError('Only one file can be added at a time')"],
    [['set', 'sshd', 'delignoreip', '::9'], "ValueError('list.remove(x): x not in list')"],
    [['reload', 'nojail', [], []], "UnknownJailException('nojail')"],
  ];
  for (const [words, error] of cases) assert.equal(await run(...words), error, words.join(' '));
});

test('a failed command is logged with what was received', async () => {
  const { run, logger } = bench();
  await run('status', 'x\ny');
  assert.deepEqual(logger.lines, [
    "ERROR fail2ban.transmitter Command ['status', 'x\\ny'] has failed. Received UnknownJailException('x\\ny')",
  ]);
});
