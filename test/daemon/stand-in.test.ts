import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { StandInBench } from '../support/stand-in-bench.ts';
import { ban, banned, temporaryFolder } from '../support/storing.ts';
import { requireRoot, requireTool } from '../support/tools.ts';

test('the bans of a database that another process holds come into force, and it is used as soon as it is free', (t) => {
  const file = join(temporaryFolder(t), 'fail2ban.sqlite3');
  const first = new StandInBench(file).open();
  first.store?.commit({ changes: [banned(ban('kept'))] });
  first.close();
  const other = new DatabaseSync(file);
  t.after(() => other.isOpen && other.close());
  other.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');

  const bench = new StandInBench(file).open();
  t.after(() => bench.close());
  assert.equal(bench.store?.file, ':memory:');
  assert.deepEqual(bench.restored(), ['kept']);
  assert.match(bench.log(), /ERROR .*Going on in memory with what can be read of it.*\[STATE_LOCKED\]/);
  bench.store?.commit({ changes: [banned(ban('meanwhile'))] });
  bench.known = [banned(ban('kept'), ban('meanwhile'))];
  bench.clock.advance(31);
  assert.equal(bench.store?.file, ':memory:', 'it is held still');
  other.close();
  bench.clock.advance(31);
  assert.equal(bench.store?.file, file);
  assert.deepEqual(bench.restored(), ['kept', 'meanwhile']);
  assert.match(bench.log(), /NOTICE .*is in use again, with what happened meanwhile/);
});

test('a database of a newer release is refused with a clear error, and never touched', (t) => {
  const file = join(temporaryFolder(t), 'fail2ban.sqlite3');
  const db = new DatabaseSync(file);
  db.exec('CREATE TABLE fail2banDb (version INTEGER); INSERT INTO fail2banDb VALUES (5)');
  db.close();
  const before = readFileSync(file);
  const bench = new StandInBench(file).open();
  t.after(() => bench.close());
  assert.equal(bench.store?.file, ':memory:');
  assert.match(
    bench.log(),
    /ERROR .*Nothing will survive a restart.*has version 5, this program knows version 4.*\[STATE_SCHEMA_NEWER\]/,
  );
  bench.clock.advance(3600);
  assert.deepEqual(readFileSync(file), before);
});

test('a malformed file is set aside, and the daemon goes on with a new one at once', (t) => {
  const file = join(temporaryFolder(t), 'fail2ban.sqlite3');
  writeFileSync(file, 'malformed'.repeat(1000));
  const bench = new StandInBench(file).open();
  t.after(() => bench.close());
  assert.equal(bench.store?.file, file);
  assert.match(bench.log(), /ERROR .*Set the damaged database aside as/);
});

test('a full disk and a read-only one: bans are restored, what happens waits and is written once it can be', (t) => {
  if (!requireRoot(t) || !requireTool(t, 'unshare', 'mount')) return;
  const folder = temporaryFolder(t);
  const program = join(import.meta.dirname, '../support/disk-trouble.ts');
  const script = `mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" "$3" "$1"`;
  const { stdout, stderr, status } = spawnSync(
    'unshare',
    ['-m', 'sh', '-c', script, 'sh', folder, process.execPath, program],
    { encoding: 'utf8', timeout: 30_000 },
  );
  assert.equal(status, 0, stderr);
  const { trouble, fullLog, readOnlyLog, ...happened } = JSON.parse(stdout) as Record<string, unknown>;
  assert.match(String(trouble), /full/);
  assert.match(String(fullLog), /Going on in memory.*\[STATE_UNUSABLE\]/);
  assert.match(String(readOnlyLog), /Going on in memory.*\[STATE_UNUSABLE\]/);
  assert.deepEqual(happened, {
    whileFull: false,
    afterwards: 51,
    fullRestored: 51,
    fullAgain: true,
    readOnlyRestored: 52,
    readOnlyStays: ':memory:',
    readOnlyAgain: true,
  });
});
