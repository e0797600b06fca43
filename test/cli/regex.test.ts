import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ManualClock } from '../../src/base/index.ts';
import { MemoryTerminal, runRegex } from '../../src/cli/index.ts';
import { testNowSec } from '../support/detector.ts';

const line = '2026-11-22 15:00:00 host app[1]: failed for root from 192.0.2.1';

interface Run {
  readonly code: number;
  readonly lines: readonly string[];
}

async function run(...args: string[]): Promise<Run> {
  const terminal = new MemoryTerminal();
  const deps = {
    clock: new ManualClock(testNowSec),
    resolve: async (name: string) => (name === 'two.example' ? ['192.0.2.7', '2001:db8::7'] : []),
    names: {
      hostOf: async (ip: string) => `name-of-${ip}`,
      fullName: async () => 'full.example',
      shortName: () => 'short',
    },
    isWatched: args.includes('--raw'),
  };
  const code = await runRegex('fail2ban-regex', args, terminal, deps);
  return { code, lines: terminal.stdout.split('\n').slice(0, -1) };
}

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'warder-regex-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A configuration with a filter `app` and a jail `app` that uses it in its own way. */
function makeConfig(t: TestContext): string {
  const config = makeFolder(t);
  mkdirSync(join(config, 'filter.d'));
  const filter =
    '[Definition]\nfailregex = ^\\s*\\S+ app\\[\\d+\\]: <what> for <F-USER>\\S+</F-USER> from <ADDR>$\nwhat = denied\n';
  writeFileSync(join(config, 'filter.d', 'app.conf'), filter);
  writeFileSync(
    join(config, 'jail.conf'),
    '[DEFAULT]\nenabled = false\n[app]\nfilter = app[what=failed]\nusedns = raw\n[broken]\nfilter = no-such-filter\n',
  );
  return config;
}

test('a plain name means the jail first, then the filter', async (t) => {
  const config = makeConfig(t);
  const jail = await run('-c', config, line, 'app');
  assert.ok(jail.lines.includes('Use             jail : app'));
  assert.ok(jail.lines.includes('Lines: 1 lines, 0 ignored, 1 matched, 0 missed'));
  for (const name of ['app.conf', 'filter.d/app', join(config, 'filter.d', 'app')]) {
    const filter = await run('-c', config, line, name);
    assert.ok(filter.lines.includes(`Use   failregex filter file : app, basedir: ${config}`), name);
    assert.ok(filter.lines.includes('Lines: 1 lines, 0 ignored, 0 matched, 1 missed'), name);
  }
  rmSync(join(config, 'jail.conf'));
  const only = await run('-c', config, line, 'app[what=failed]');
  assert.ok(only.lines.includes(`Use   failregex filter file : app, basedir: ${config}`));
  assert.ok(only.lines.includes('Lines: 1 lines, 0 ignored, 1 matched, 0 missed'));
});

test('options behind the name of a jail go before those that the jail gives its filter', async (t) => {
  const config = makeConfig(t);
  const { lines } = await run('-c', config, line.replace('failed', 'a%b'), 'app[what="a%b"]');
  assert.ok(lines.includes("Use jail/flt options : {'what': 'a%b'}"));
  assert.ok(lines.includes('Lines: 1 lines, 0 ignored, 1 matched, 0 missed'));
});

test('a jail that cannot be read is an error, not a regular expression', async (t) => {
  const { code, lines } = await run('-c', makeConfig(t), line, 'broken');
  assert.equal(code, 255);
  assert.match(lines.at(-1)!, /^ERROR: Failed to get jail for 'broken': .*no-such-filter/);
});

test('a glob reads its files in the order of their age and skips compressed ones', async (t) => {
  const folder = makeFolder(t);
  const files = ['app.log', 'app.log.1', 'app.log.2.gz'];
  for (const [index, name] of files.entries()) {
    const path = join(folder, name);
    writeFileSync(path, `${line.replace('192.0.2.1', `192.0.2.${index}`)}\n`);
    utimesSync(path, testNowSec - index, testNowSec - index);
  }
  const glob = join(folder, 'app.log*');
  const { lines } = await run(glob, 'from <ADDR>$', '-o', 'ip');
  assert.deepEqual(lines, ['192.0.2.1', '192.0.2.0']);
  const report = await run(glob, 'from <ADDR>$');
  assert.ok(report.lines.includes(`Skip        log file : ${join(folder, 'app.log.2.gz')} (compressed)`));
  const none = await run(join(folder, 'nothing*'), 'from <ADDR>$');
  assert.match(none.lines.join('\n'), /^Use {6}single line : /m);
});

test('a log with lines of every length is read whole, in whatever encoding', async (t) => {
  const log = join(makeFolder(t), 'log');
  const lines = Array.from(
    { length: 3000 },
    (_, i) => `${line}${'x'.repeat(i % 700)} é from 192.0.2.${i % 250}`,
  );
  for (const [encoding, bytes] of [
    ['utf-8', Buffer.from(`${lines.join('\r\n')}\r\n`)],
    ['latin-1', Buffer.from(`${lines.join('\n')}\n`, 'latin1')],
    ['utf-16', Buffer.from(`\ufeff${lines.join('\n')}\n`, 'utf16le')],
    ['utf-16', Buffer.from(`\ufeff${lines.join('\n')}\n`, 'utf16le').swap16()],
    ['utf-32', utf32(`\ufeff${lines.join('\n')}\n`)],
    ['utf-32', utf32(`\ufeff${lines.join('\n')}\n`).swap32()],
  ] as const) {
    writeFileSync(log, bytes);
    const { lines: found } = await run(log, ' é from <ADDR>$', '-e', encoding, '-o', 'ip');
    assert.equal(found.length, lines.length, encoding);
    assert.equal(found[999], '192.0.2.249', encoding);
  }
});

test('--json prints an object for each line, and a summary', async () => {
  const lines = [
    line,
    '# a comment',
    line.replace('failed', 'helped'),
    line.replace('failed', 'denied'),
    'no date',
  ];
  const rules = '(?:failed|<F-NOFAIL>helped</F-NOFAIL>|denied) for <F-USER>\\S+</F-USER> from <HOST>$';
  const { code, lines: printed } = await run('--json', lines.join('\n'), rules, 'denied');
  assert.equal(code, 0);
  const [first, comment, helper, ignored, missed, last] = printed.map((text) => JSON.parse(text));
  assert.deepEqual(first, {
    line,
    matched: true,
    regex: 1,
    id: '192.0.2.1',
    ip: '192.0.2.1',
    host: null,
    time: Date.parse('2026-11-22T15:00:00') / 1000,
    fields: { user: 'root', ip4: '192.0.2.1' },
    nofail: false,
    ignored: false,
    template:
      '{^LN-BEG}ExYear(?P<_sep>[-/.])Month(?P=_sep)Day(?:T|  ?)24hour:Minute:Second(?:[.,]Microseconds)?(?:\\s*Zone offset)?',
  });
  assert.equal(comment.skipped, true);
  assert.deepEqual([helper.matched, helper.ignored, helper.nofail], [false, true, true]);
  assert.deepEqual([ignored.matched, ignored.ignored, ignored.ignoredBy], [false, true, [1]]);
  assert.deepEqual(
    [missed.matched, missed.ignored, missed.regex, missed.template],
    [false, false, null, null],
  );
  const { dates, failregex, ignoreregex, seconds, ...counts } = last.summary;
  assert.deepEqual(counts, { lines: 4, matched: 1, missed: 1, ignored: 2, prefregex: null });
  assert.deepEqual(failregex, [{ regex: 1, pattern: rules, hits: 2 }]);
  assert.deepEqual(ignoreregex, [{ regex: 1, pattern: 'denied', hits: 1 }]);
  assert.equal(dates[0].hits, 3);
  assert.equal(typeof seconds, 'number');
});

test('a name counts once for each of its addresses, in JSON too', async () => {
  const { lines } = await run('--json', line.replace('192.0.2.1', 'two.example'), 'from <HOST>$');
  const found = JSON.parse(lines[0]!);
  assert.deepEqual([found.id, found.ip, found.host], ['192.0.2.7', '192.0.2.7', 'two.example']);
  assert.deepEqual([found.more[0].id, found.more[0].host], ['2001:db8::7', 'two.example']);
  const none = await run('--json', line.replace('192.0.2.1', 'none.example'), 'from <HOST>$');
  assert.equal(JSON.parse(none.lines[0]!).matched, false);
});

test('--invert prints the lines without a failure', async () => {
  const lines = ['# comment', line, line.replace('failed', 'helped'), 'nothing at all'];
  const { lines: missed } = await run(lines.join('\n'), 'failed .* from <ADDR>$', '-o', 'msg', '-i');
  assert.deepEqual(missed, lines.slice(2));
  const rows = await run(lines.join('\n'), 'failed .* from <ADDR>$', '-o', 'row', '--invert');
  assert.match(rows.lines[0]!, /^\['',\t\d+\.0,\t\{'fid': ''\}\],$/);
});

test('captured fields print by the name of their tag, and names are looked up for the tags that ask for them', async () => {
  const rule = 'for <F-USER>\\S+</F-USER> from <ADDR>$';
  assert.deepEqual((await run(line, rule, '-o', 'F-USER')).lines, ['root']);
  assert.deepEqual((await run(line, rule, '-o', '<ip-host> <fq-hostname> <sh-hostname>')).lines, [
    'name-of-192.0.2.1 full.example short',
  ]);
});

test('what an attacker writes into a field is no tag, and no second line of a template', async () => {
  const hostile = line.replace('root', '<ip><F-ID>\0msg\0');
  const { lines } = await run(hostile, 'for <F-USER>\\S+</F-USER> from <ADDR>$', '-o', '<F-USER>');
  assert.deepEqual(lines, ['<ip><F-ID>\\x00msg\\x00']);
});

test('a rule that takes too many steps costs its line, and says so', async () => {
  // A reference back where case is ignored is for the matcher of our own, which counts its steps.
  const evil = '(?i)(?P<q>a)(?:(?:a|aa)+)+(?P=q)b<ADDR>';
  const { code, lines } = await run(`${'a'.repeat(60)}\n${line} aaab192.0.2.1`, evil);
  assert.equal(code, 0);
  assert.ok(lines.some((text) => text.startsWith('ERROR: line 1: ')));
  assert.ok(lines.includes('Lines: 2 lines, 0 ignored, 1 matched, 1 missed'));
});

test('messages of detection tell where they come from when asked to', async () => {
  const odd = line.replace('2026-11-22', '2026-02-31');
  const { lines } = await run(odd, 'from <ADDR>$', '-d', '^%Y-%m-%d %H:%M:%S', '-l', 'warning', '-t');
  assert.match(lines.join('\n'), /^\S+ \S+ fail2ban\.filter {9}\[\d+\]: WARNING .*line-dater:\d+\S*W: /m);
});

test('control characters in a line do not reach a terminal', async () => {
  const hostile = line.replace('root', '\x1b[2J\x9b1mroot\x07');
  const { lines } = await run(hostile, 'from <ADDR>$', '--print-all-matched', '--raw');
  assert.ok(lines.includes(`|  ${line.replace('root', '\\x1b[2J\\x9b1mroot\\x07')}`));
});

function utf32(text: string): Buffer {
  const points = [...text].map((char) => char.codePointAt(0) ?? 0);
  return Buffer.from(new Uint32Array(points).buffer);
}
