import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makePainter } from '../../src/cli/rule-test/paint.ts';
import { MemoryTerminal } from '../../src/cli/terminal.ts';
import { runWarder } from '../../src/cli/warder/main.ts';
import { ownConfig } from '../support/own-filter.ts';

process.env.TZ = 'Europe/Berlin';
const folder = mkdtempSync(join(tmpdir(), 'warder-test-'));
after(() => rmSync(folder, { recursive: true }));

const year = new Date().getFullYear();
const lines = [
  '# a comment',
  `${year}-01-05T10:00:01+01:00 srv sshd[1]: Failed password for root from 192.0.2.10 port 40001 ssh2`,
  `${year}-01-05T10:00:02+01:00 srv sshd[2]: Accepted publickey for bob from 192.0.2.20 port 1 ssh2: RSA SHA256:x`,
  `${year}-01-05T10:00:03+01:00 srv sshd[3]: User bob from 192.0.2.16 not allowed because no reason`,
  `${year}-01-05T10:00:04+01:00 srv cron[4]: something else`,
];
const log = join(folder, 'auth.log');
writeFileSync(log, `${lines.join('\n')}\n`);

class ColourTerminal extends MemoryTerminal {
  override readonly isTerminal = true as boolean as false;
}

async function warder(args: readonly string[], terminal = new MemoryTerminal()) {
  const code = await runWarder(['test', '-c', join(folder, 'no-config'), ...args], terminal);
  return { code, out: terminal.stdout, err: terminal.stderr };
}

test('a match is shown with its rule, who is counted, and when', async () => {
  const { code, out } = await warder([log, 'sshd']);
  assert.equal(code, 0);
  const [first, note] = out.split('\n');
  assert.equal(first, `match    ${lines[1]}`);
  assert.match(
    note!,
    new RegExp(`^ {9}failregex 1 · 192\\.0\\.2\\.10 · user root · ${year}-01-05 10:00:01 · date `),
  );
  assert.match(
    out,
    /^Lines {6}4 tried, 1 matched, 2 missed \(1 of them nearly matched\), 0 ignored, 1 helped others/m,
  );
  assert.match(out, /^Counted {4}192\.0\.2\.10 \(1\)$/m);
});

test('a line that nearly matches says which rule came nearest, and what it wants', async () => {
  const { out } = await warder([log, 'sshd']);
  const [, near] = /^near {5}(.*)\n {9}nearest is (.*)$/m.exec(out) ?? [];
  assert.equal(near, lines[3]);
  assert.match(
    out,
    /nearest is failregex 9: what is underlined fits \(\d+ % of it\), then it wants t listed in AllowUsers/s,
  );
});

test('a line that helps others is not called a failure', async () => {
  const { out } = await warder([log, 'sshd']);
  assert.ok(out.includes(`helper   ${lines[2]}\n`));
  assert.match(out, /no failure by itself/);
});

test('-v shows every line', async () => {
  assert.ok(!(await warder([log, 'sshd'])).out.includes('something else'));
  assert.ok((await warder([log, 'sshd', '-v'])).out.includes(`missed   ${lines[4]}`));
});

test('a terminal gets colours: the address, the user, the date and what matched', async () => {
  const { out } = await warder([log, 'sshd'], new ColourTerminal());
  assert.match(out, /\x1b\[1m\x1b\[31m192\.0\.2\.10\x1b\[39m/);
  assert.match(out, /\x1b\[33mroot\x1b\[39m/);
  assert.match(out, new RegExp(`\\x1b\\[32m${year}-01-05T10:00:01\\+01:00`));
  assert.match(out, /\x1b\[4mFailed password for /);
});

test('--json gives an object for each line and a summary', async () => {
  const { code, out } = await warder([log, 'sshd', '--json']);
  const objects = out
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as Record<string, unknown>);
  assert.equal(code, 0);
  assert.equal(objects.length, lines.length + 1);
  const { line, matched, regex, id, ip, host, time, nofail, ignored } = objects[1]!;
  assert.deepEqual(
    { line, matched, regex, id, ip, host, time, nofail, ignored },
    {
      line: lines[1],
      matched: true,
      regex: 1,
      id: '192.0.2.10',
      ip: '192.0.2.10',
      host: null,
      time: Date.parse(`${year}-01-05T10:00:01+01:00`) / 1000,
      nofail: false,
      ignored: false,
    },
  );
  assert.equal((objects[1]!.fields as Record<string, unknown>).user, 'root');
  assert.deepEqual([objects[2]!.nofail, objects[2]!.ignored], [true, true]);
  const { summary } = objects.at(-1) as { summary: Record<string, number> };
  assert.deepEqual([summary.lines, summary.matched, summary.missed, summary.ignored], [4, 1, 2, 1]);
});

test('a line and a rule can be given as they are', async () => {
  const { code, out } = await warder([
    'bad login from 192.0.2.1',
    'bad login from <ADDR>$',
    '--datepattern={NONE}',
  ]);
  assert.equal(code, 0);
  assert.match(out, /^match {4}bad login from 192\.0\.2\.1\n {9}failregex 1 · 192\.0\.2\.1/);
});

test('the exit code is 1 when nothing matches, and 2 when nothing can be tried', async () => {
  assert.equal((await warder([join(ownConfig, 'jail.conf'), 'sshd'])).code, 1);
  const broken = await warder([log, '(unclosed <HOST>']);
  assert.equal(broken.code, 2);
  assert.match(broken.err, /ERROR: .*unclosed|missing \)/);
  assert.equal((await warder([log])).code, 2);
  assert.equal((await warder([log, 'sshd', '--encoding=klingon'])).code, 2);
});

test('options of test belong to test alone', async () => {
  const terminal = new MemoryTerminal();
  assert.equal(await runWarder(['status', '--raw'], terminal), 2);
  assert.match(terminal.stderr, /status has no option --raw/);
});

test('what a log line writes to a terminal is escaped', async () => {
  const { out } = await warder([
    'bad \x1b[31m login from 192.0.2.1',
    'login from <ADDR>',
    '--datepattern={NONE}',
    '-v',
  ]);
  assert.ok(!out.includes('\x1b'));
  assert.ok(out.includes('bad \\x1b[31m login'));
});

test('styles may lie over each other, and without colours only the text remains', () => {
  const stretches = [
    { start: 0, end: 6, style: 'underline' },
    { start: 2, end: 4, style: 'red' },
  ] as const;
  assert.equal(makePainter(false).line('abcdefg', stretches), 'abcdefg');
  assert.equal(
    makePainter(true).line('abcdefg', stretches),
    '\x1b[4mab\x1b[24m\x1b[31mcd\x1b[39m\x1b[4mef\x1b[24mg',
  );
});
