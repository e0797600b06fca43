import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { runPython } from '../support/python.ts';
import { ban, banned, changes, count, StoreBench, startSec, tenMinutes } from '../support/storing.ts';
import { requireTool } from '../support/tools.ts';
import { failure } from '../support/tracking.ts';

/** Opens the database as fail2ban's server does, at our time, with a jail as far as the database needs one. */
const prelude = `
from fail2ban.server.database import Fail2BanDb
from fail2ban.server.ticket import FailTicket, BanTicket
from fail2ban.server.mytime import MyTime
MyTime.setTime(${startSec})
class Actions:
    def __init__(self, bantime): self.bantime = bantime
    def getBanTime(self): return self.bantime
class Jail:
    def __init__(self, name, bantime=600, maxtime=None):
        self.name, self.actions, self.maxtime = name, Actions(bantime), maxtime
    def getMaxBanTime(self): return self.actions.bantime if self.maxtime is None else self.maxtime
class Log:
    def __init__(self, name, pos, md5): self.name, self.pos, self.md5 = name, pos, md5
    def getFileName(self): return self.name
    def getPos(self): return self.pos
    def getHash(self): return self.md5
`;

const readTheirs = `${prelude}
db = Fail2BanDb(given['file'])
jail = Jail('sshd')
bans = [[str(t.getID()), t.getTime(), t.getBanTime(), t.getBanCount(), t.getAttempt(), t.getMatches(), t.getData('user')]
    for t in db.getCurrentBans(jail=jail, forbantime=600)]
merged = db.getBansMerged(jail=jail, ip='198.51.100.2')
result = {
    'bans': bans,
    'merged': [merged.getAttempt(), merged.getMatches()],
    'position': db.addLog(jail, Log('/var/log/auth.log', 0, 'abc')),
    'rotated': db.addLog(jail, Log('/var/log/auth.log', 0, 'other')),
    'journal': db.getJournalPos(jail, 'systemd-journal'),
    'history': [list(row) for row in db.getBan('198.51.100.2', jail)],
}
db.addBan(jail, BanTicket('203.0.113.9', ${startSec} - 1, ['theirs'], {'failures': 4, 'user': 'guest'}))
db.updateLog(jail, Log('/var/log/auth.log', 5000, 'abc'))
db.delBan(jail, '198.51.100.1')
db.purge()
db.close()
`;

test('fail2ban opens a database of ours, finds bans, history and positions, and writes it; we go on from there', (t) => {
  if (!requireTool(t, 'fail2ban-server')) return;
  const bench = new StoreBench(t);
  const store = bench.opened();
  const file = { kind: 'file', path: '/var/log/auth.log', offset: 4711, firstLineHash: 'abc' } as const;
  const journal = { kind: 'journal', cursor: 's=1', timeSec: startSec - 0.5 } as const;
  const second = { banCount: 2, timeSec: startSec - 100, matches: ['ünï', '"x"'], failures: 7 };
  store.commit({
    positions: [file, journal].map((position) => ({ jail: 'sshd', position })),
    changes: [
      banned(ban('198.51.100.1'), ban('198.51.100.2', second), ban('2001:db8::1', { banTimeSec: -1 })),
      changes({
        counts: [count('198.51.100.7')],
        parked: [{ seq: 1, failure: failure('x.example.org', startSec, { unresolved: true }) }],
      }),
    ],
  });
  store.enableJail('sshd');
  store.close();

  assert.deepEqual(runPython(readTheirs, { file: bench.file }), {
    bans: [
      ['198.51.100.1', startSec, 600, 1, 3, ['line of 198.51.100.1'], 'root'],
      ['198.51.100.2', startSec - 100, 600, 2, 7, ['ünï', '"x"'], 'root'],
      ['2001:db8::1', startSec, 600, 1, 3, ['line of 2001:db8::1'], 'root'],
    ],
    merged: [7, ['ünï', '"x"']],
    position: 4711,
    rotated: null,
    journal: startSec - 0.5,
    history: [[2, startSec - 100, 600]],
  });

  store.open();
  const memory = store.load('sshd', tenMinutes);
  assert.deepEqual(
    memory.bans.map(({ id }) => id),
    ['198.51.100.2', '2001:db8::1', '203.0.113.9'],
  );
  assert.deepEqual(memory.bans[2]?.fields, { user: 'guest' });
  // What is ours alone went through their hands untouched.
  assert.deepEqual(memory.counts, [count('198.51.100.7')]);
  assert.equal(memory.parked.length, 1);
  assert.deepEqual(store.positions('sshd'), [{ ...file, offset: 5000 }, journal]);
  assert.deepEqual(bench.logged('ERROR'), []);
});

test('their purge deletes an unused jail of ours with all that is stored of it', (t) => {
  if (!requireTool(t, 'fail2ban-server')) return;
  const bench = new StoreBench(t);
  const store = bench.opened();
  const position = { kind: 'journal', cursor: 's=1', timeSec: startSec } as const;
  store.commit({ positions: [{ jail: 'sshd', position }], changes: [changes({ counts: [count('a')] })] });
  store.disableJail('sshd');
  store.close();
  runPython(`${prelude}\ndb = Fail2BanDb(given)\ndb.purge()\ndb.close()\nresult = 0`, bench.file);
  store.open();
  assert.equal(store.jails().size, 0);
  assert.deepEqual(bench.rows('SELECT jail FROM warder_failures UNION SELECT jail FROM warder_journal'), []);
});

const writeTheirs = `${prelude}
db = Fail2BanDb(given)
jail = Jail('sshd')
db.addJail(jail)
db.addLog(jail, Log('/var/log/auth.log', 123, 'abc'))
db.getJournalPos(jail, 'systemd-journal', ${startSec} - 2.25, '2023-11-14T22:13:18')
ticket = FailTicket('198.51.100.1', ${startSec} - 5, [('', 'Nov 14 22:13:15', ' host sshd[1]: Failed')],
    {'user': 'root', 'users': {'root'}, 'ip4': '198.51.100.1'})
ticket.setAttempt(3)
ticket.setBanCount(1)
db.addBan(jail, ticket)
permanent = FailTicket('2001:db8::1', ${startSec} - 5000)
permanent.setBanTime(-1)
permanent.setBanCount(4)
db.addBan(jail, permanent)
db.close()
result = 0
`;

test('we open a database of fail2ban, find its bans and positions, and leave its mode', (t) => {
  if (!requireTool(t, 'fail2ban-server')) return;
  const bench = new StoreBench(t);
  runPython(writeTheirs, bench.file);
  const { mode } = statSync(bench.file);
  const store = bench.opened();
  const { bans } = store.load('sshd', { ...tenMinutes, banTimeSec: -1 });
  assert.deepEqual(bans[0], {
    ...ban('198.51.100.1'),
    timeSec: startSec - 5,
    matches: ['Nov 14 22:13:15 host sshd[1]: Failed'],
    fields: { user: 'root', users: "['root']", ip4: '198.51.100.1' },
  });
  assert.equal(bans[1]?.banTimeSec, -1);
  assert.equal(bans[1]?.banCount, 4);
  assert.deepEqual(store.positions('sshd'), [
    { kind: 'file', path: '/var/log/auth.log', offset: 123, firstLineHash: 'abc' },
    { kind: 'journal', cursor: '', timeSec: startSec - 2.25 },
  ]);
  assert.deepEqual([...store.jails()], [['sshd', false]]);
  assert.equal(statSync(bench.file).mode, mode);
});

const currentTheirs = `${prelude}
db = Fail2BanDb(given['file'])
result = []
for bantime, maxtime in given['settings']:
    jail = Jail('sshd', bantime, maxtime)
    forbantime = bantime if maxtime is None else None
    tickets = db.getCurrentBans(jail=jail, forbantime=forbantime, correctBanTime=True if maxtime is None else maxtime)
    result.append(['%s %s %s' % (t.getID(), t.getTime(), t.getBanTime()) for t in tickets])
db.close()
`;

test('for any stored bans and settings of today, those restored and their ends are fail2ban’s', (t) => {
  if (!requireTool(t, 'fail2ban-server')) return;
  const bench = new StoreBench(t);
  const stored = fc.sample(
    fc.record({
      timeSec: fc.integer({ min: startSec - 2000, max: startSec + 5 }),
      banTimeSec: fc.constantFrom(-2, -1, 10, 300, 600, 1200, 1e6),
    }),
    { numRuns: 400, seed: 20_261_122 },
  );
  const store = bench.opened();
  store.commit({ changes: [banned(...stored.map((more, n) => ban(`198.51.${n >> 8}.${n & 255}`, more)))] });
  const settings = [-1, 60, 600, 1e6].flatMap((bantime) =>
    [null, -1, 100, 5000].map((max) => [bantime, max] as const),
  );
  const ours = settings.map(([banTimeSec, max]) => {
    const increment = max === null ? {} : { increment: { maxTimeSec: max } };
    const { bans } = store.load('sshd', { ...tenMinutes, banTimeSec, ...increment });
    return bans.map((one) => `${one.id} ${one.timeSec} ${one.banTimeSec}`);
  });
  store.close();
  const theirs = runPython(currentTheirs, { file: bench.file, settings }) as string[][];
  for (const [index, found] of theirs.entries()) {
    assert.deepEqual(ours[index], found, `bantime and maxtime ${settings[index]}`);
  }
  assert.ok(theirs.every((found) => found.length > 0));
});
