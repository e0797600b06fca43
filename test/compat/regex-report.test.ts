import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DetectOracle } from '../support/detect-oracle.ts';
import { fail2banLibrary, requireFail2ban } from '../support/fail2ban.ts';
import { RegexOracle } from '../support/regex-oracle.ts';

const logs = `${fail2banLibrary}/tests/files/logs`;
let programs: RegexOracle;
let folder: string;

before(() => {
  programs = new RegexOracle();
  folder = mkdtempSync(join(tmpdir(), 'warder-report-'));
});
after(() => {
  programs.close();
  rmSync(folder, { recursive: true, force: true });
});

async function compare(args: readonly string[]): Promise<void> {
  const theirs = await programs.theirs(args);
  const ours = await programs.ours(args);
  assert.equal(withoutOptions(ours.stdout), withoutOptions(theirs.stdout), args.join(' '));
  assert.equal(ours.code, theirs.code, args.join(' '));
}

/** What `-vv` says of a filter's options holds internals of the reference's reader (`known/…`). */
function withoutOptions(text: string): string {
  return text.replace(/^Real {2}filter options : .*$/gm, 'Real  filter options');
}

/** Beside the plain and the verbose report of each filter, one of these in turn. */
const combinations: readonly (readonly string[])[] = [
  ['--print-all-matched', '--print-all-missed', '--print-all-ignored'],
  ['--no-check-all', '-v', '--print-no-missed'],
  ['-r', '-v', '--print-no-ignored'],
  ['--usedns', 'no', '-v'],
  ['-L', '5', '--print-all-matched'],
  ['-D', '--print-all-matched'],
  ['-d', '{^LN-BEG}', '--timezone', 'UTC+0100', '-v'],
  ['--usedns', 'yes', '-vv', '-l', 'critical'],
];

test('the report on every stock filter and its sample file is the same', async (t) => {
  if (!requireFail2ban(t)) return;
  const samples = new DetectOracle();
  t.after(() => samples.close());
  const config = await programs.testConfig();
  let reports = 0;
  for (const [index, name] of (await samples.names()).entries()) {
    if (name === 'sshd-journal') continue; // has no filter of its own
    const place = name.startsWith('zzz-') ? ['-c', config] : [];
    const turn = combinations[index % combinations.length]!;
    for (const options of [[], ['-v'], turn]) {
      await compare([...place, `${logs}/${name}`, `${name}.conf`, ...options]);
      reports += 1;
    }
  }
  t.diagnostic(`reports compared: ${reports}`);
  assert.ok(reports >= 240);
});

test('the report on one log is the same with every combination of options', async (t) => {
  if (!requireFail2ban(t)) return;
  for (const name of ['sshd', 'dovecot', 'postfix', 'named-refused']) {
    for (const options of combinations) await compare([`${logs}/${name}`, `${name}.conf`, ...options]);
  }
});

test('tokens and templates print the same', async (t) => {
  if (!requireFail2ban(t)) return;
  const words = 'row id fid ip msg host ip4 ip6 dns user users matches port mlfid nothing'.split(' ');
  const templates = [
    '<ip> <time> <fid> <F-USER> <F-ID> <F-PORT>',
    '<family>|<ip-rev>|<failures>|<restored>|<bancount>|<F-MLFID>|<F-NOTHING>|<unknown>',
    'ban <ip>: <msg>',
    '<matches>',
    '<F-*>',
    '<raw-ticket><br><sp>.',
    'no tag < here',
  ];
  for (const name of ['sshd', 'asterisk', 'selinux-ssh', 'guacamole']) {
    for (const format of [...words, ...templates]) {
      await compare([`${logs}/${name}`, `${name}.conf`, '-o', format]);
    }
  }
});

test('the report on single lines and expressions is the same', async (t) => {
  if (!requireFail2ban(t)) return;
  const log = join(folder, 'log');
  const second = (i: number): string => String(i).padStart(2, '0');
  const lines = Array.from(
    { length: 30 },
    (_, i) => `2004-05-01 10:00:${second(i)} login ${i % 3 ? 'bad' : 'ok'} from 192.0.2.${i}\r\n`,
  );
  writeFileSync(
    log,
    `# a comment\n\n${lines.join('')}no date here from 192.0.2.99\nan open line from 192.0.2.100`,
  );
  const latin = join(folder, 'latin');
  writeFileSync(latin, Buffer.from('Jul  5 10:00:00 h\xe9: failed for \xfc from 192.0.2.1\n', 'latin1'));
  const line = 'Jul  5 10:00:00 host app[1]: failed from 192.0.2.1';
  const cases: readonly (readonly string[])[] = [
    [line, 'failed from <HOST>$'],
    [line, '^nothing <HOST>'],
    [line, 'failed from <HOST>', 'app'],
    [line, 'failed from <HOST>', 'app', '-D'],
    [line, 'failed from <HOST>', 'app', '-o', 'row'],
    [line, 'failed from <HOST>', '-vvv'],
    [`${line} ${'x'.repeat(80)}`, `failed from <HOST>(?: ${'x'.repeat(80)})?$`],
    [log, 'bad from <HOST>'],
    [log, 'bad from <HOST>', '-v', '--print-all-missed'],
    [log, 'from <HOST>', 'ok from', '--print-all-ignored'],
    [log, 'bad from <HOST>', '-d', '%Y-%m-%d %H:%M:%S', '--print-all-missed'],
    [log, 'bad from <HOST>', '-v', '-d', '{^LN-BEG}%Y-%m-%d %H:%M:%S'],
    [log, 'bad from <HOST>', '-d', '{NONE}', '-o', 'row'],
    [log, 'from <HOST>', '-d', '{NONE}', '-L', '3', '-v'],
    [log, 'login ok.*\n.*<SKIPLINES>.*bad from <HOST>', '-L', '4', '--print-all-matched', '-v'],
    [log, '(?:ok|bad) from <HOST>\n.*bad', '-L', '3', '--print-all-matched', '-D'],
    [latin, 'failed for <F-USER>\\S+</F-USER> from <HOST>', '-o', 'row'],
    [latin, 'failed for <F-USER>\\S+</F-USER> from <HOST>', '-e', 'latin-1', '-v'],
    [`${line}\n${line}`, 'failed from <ADDR>'],
    [
      Array.from({ length: 9 }, (_, i) => `${line}${i}`).join('\n'),
      'failed from <ADDR>',
      '--print-all-matched',
    ],
    [line, 'failed from <HOST>', '--usedns', 'no', '-r'],
    [line.replace('192.0.2.1', 'example.com'), 'failed from <HOST>', '-v'],
    [line.replace('192.0.2.1', 'example.com'), 'failed from <HOST>', '--usedns', 'raw', '-o', 'row'],
    [line.replace('192.0.2.1', `${'long'.repeat(12)}.example`), 'failed from <HOST>'],
    [line.replace('192.0.2.1', '2001:DB8::1'), 'failed from <SUBNET>', '-o', 'row'],
    ['a\\n#b', 'x <HOST>'],
    ['', 'x <HOST>'],
    ['-', 'x <HOST>'],
  ];
  for (const args of cases) await compare(args);
});

test('misuse ends with the same code and words', async (t) => {
  if (!requireFail2ban(t)) return;
  const own = join(folder, 'own.conf');
  writeFileSync(own, '[Definition]\nfailregex = from <HOST>\n   again (<HOST>\n');
  assert.ok(existsSync(own));
  const same: readonly (readonly string[])[] = [
    ['-V'],
    ['--version'],
    ['a line', 'no address here'],
    ['a line', ''],
    ['a line', '(open <HOST>'.replace('(', '(?P<x>')],
    ['a line', 'twice <HOST> <HOST>'],
    ['a line', 'sshd[broken'],
    ['a line', 'ok <HOST>', '(('],
    ['a line', 'ok <HOST>', ''],
    ['a line', 'ok <HOST>', '-L', '-3'],
    ['a line', own],
    ['a line', 'sshd.conf[mode]'],
    ['a line', 'sshd.conf[mode=normal, =x]'],
  ];
  for (const args of same) await compareLoosely(args);
});

/** The place in a regex depends on what the tags stand for. */
async function compareLoosely(args: readonly string[]): Promise<void> {
  const placeless = (text: string): string =>
    text.replace(/ at position \d+.*/g, '').replace(/(?: \([^()]*\))? \[[A-Z_]+\]$/gm, '');
  const withoutGroups = (text: string): string => placeless(text).replace(/ as group \d+; was group \d+/, '');
  const [ours, theirs] = [await programs.ours(args), await programs.theirs(args)];
  assert.equal(withoutGroups(ours.stdout), withoutGroups(theirs.stdout), args.join(' '));
  assert.equal(ours.code, theirs.code, args.join(' '));
}

test('a wrong command line ends with the same code and the same words on standard error', async (t) => {
  if (!requireFail2ban(t)) return;
  const cases: readonly (readonly string[])[] = [
    ['-Z'],
    ['--usedns'],
    ['-L', 'x', 'a', 'b'],
    ['--print', 'a', 'b'],
    ['--raw=1', 'a', 'b'],
    ['only-a-log'],
    ['a', 'b', 'c', 'd'],
    ['a', 'b', '--print-no-missed', '--print-all-missed'],
    ['a', 'b', '--print-no-ignored', '--print-all-ignored'],
  ];
  for (const args of cases) {
    const [ours, theirs] = [await programs.ours(args), await programs.theirs(args)];
    assert.equal(ours.code, theirs.code, args.join(' '));
    assert.equal(ours.stderr, theirs.stderr, args.join(' '));
  }
  const crashes: readonly (readonly string[])[] = [
    ['a line', 'ok <HOST>', '-l', 'loud'],
    ['/etc/hostname', 'ok <HOST>', '-e', 'no-such-encoding'],
    ['a line from 192.0.2.1', 'from <HOST>', '-o', '<bantime>'],
    ['a line', 'ok <HOST>', '--timezone', 'BAD'],
    ['a line', 'ok <HOST>', '-d', '%Q'],
  ];
  for (const args of crashes) {
    const [ours, theirs] = [await programs.ours(args), await programs.theirs(args)];
    assert.equal(ours.code, theirs.code, args.join(' '));
    assert.match(ours.stdout, /^ERROR: \S/m, args.join(' '));
  }
});

test('the help names every option of the reference in the same form, and two of our own', async (t) => {
  if (!requireFail2ban(t)) return;
  const optionLines = (text: string): string[] => text.split('\n').filter((line) => /^ {2}-/.test(line));
  const spelled = (text: string): string[] => optionLines(text).map((line) => line.split(/ {2,}/)[1]!);
  const [ours, theirs] = [await programs.ours(['--help']), await programs.theirs(['--help'])];
  assert.equal(ours.code, theirs.code);
  assert.deepEqual(
    spelled(ours.stdout).filter((line) => !['-i, --invert', '--json'].includes(line)),
    spelled(theirs.stdout),
  );
  assert.equal(ours.stdout.split('\n')[0], theirs.stdout.split('\n')[0]);
});
