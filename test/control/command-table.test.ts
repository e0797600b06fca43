import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { formatManual } from '../../src/control/commands/manual.ts';
import { findRoute } from '../../src/control/commands/router.ts';
import {
  type CommandSyntax,
  commandSyntaxes,
  nextWords,
  parseSyntax,
  type SyntaxPlace,
} from '../../src/control/commands/syntax.ts';
import { commandTable } from '../../src/control/commands/table.ts';
import { bench, jailBench } from '../support/dispatcher-bench.ts';
import { requireTool } from '../support/tools.ts';

const place = (words: string[], names: string[], more: Partial<SyntaxPlace> = {}): SyntaxPlace => ({
  words,
  names,
  optional: false,
  repeats: false,
  ...more,
});

test('a line of the help is taken apart into its places', () => {
  assert.deepEqual(parseSyntax('set <JAIL> idle on|off'), [
    place(['set'], []),
    place([], ['JAIL']),
    place(['idle'], []),
    place(['on', 'off'], []),
  ]);
  assert.deepEqual(parseSyntax('x [--report-absent] <IP> ... <IP>'), [
    place(['x'], []),
    place(['--report-absent'], [], { optional: true }),
    place([], ['IP'], { repeats: true }),
  ]);
  assert.deepEqual(parseSyntax("x <ACT>[ <FILE> ['tail']]"), [
    place(['x'], []),
    place([], ['ACT']),
    place([], ['FILE'], { optional: true }),
    place(['tail'], [], { optional: true }),
  ]);
  assert.deepEqual(
    parseSyntax('x [<SEP>|--with-time]').at(-1),
    place(['--with-time'], ['SEP'], { optional: true }),
  );
});

test('next words follow the syntax: options left out, values repeated, words before names', () => {
  assert.deepEqual(nextWords(['restart', '--unban']), { words: ['--if-exists'], names: ['JAIL'] });
  assert.deepEqual(nextWords(['set', 'j', 'banip', '192.0.2.1']), { words: [], names: ['IP'] });
  assert.deepEqual(nextWords(['set', 'syslogsocket']), { words: ['auto'], names: ['SOCKET'] });
  assert.deepEqual(nextWords(['status', 'sshd', 'short']), { words: [], names: [] });
  assert.ok(nextWords([]).words.includes('ban'));
});

/** The least words that make the command. */
function shortest({ places }: CommandSyntax): string[] {
  return places.filter(({ optional }) => !optional).map(({ words, names }) => words[0] ?? names[0] ?? '');
}

/** Commands that the client carries out. */
const clientOnly = ['start', 'restart', 'reload', 'help'];

test('every line of the help names a command of the server that takes so many words', () => {
  for (const entry of commandSyntaxes()) {
    const words = shortest(entry);
    if (clientOnly.includes(words[0]!) && words.length <= 2 && words[1] !== 'JAIL') continue;
    if (words[0] === 'restart' || words[0] === 'reload') continue;
    assert.doesNotThrow(() => findRoute(words), entry.syntax);
  }
});

/** For programs only: they have no line in any help. */
const forPrograms = ['server-status', 'config-error', 'own-configuration', 'set thread', 'get thread'];

test('every command but those for programs has a line of help', () => {
  const silent = commandTable
    .flatMap(({ commands }) => commands)
    .filter(({ help, run }) => help.length === 0 && run !== undefined)
    .map(({ route }) => route);
  assert.deepEqual(silent.toSorted(), forPrograms.toSorted());
});

test('the manual page has every command, and formats without a complaint', (t) => {
  const manual = formatManual();
  assert.equal(manual.match(/^\.TP$/gm)?.length, commandSyntaxes().length);
  assert.match(manual, /^\.SH COMMANDS\n\.SS BASIC\n\.TP\n\\fBstart\\fR\n/);
  if (!requireTool(t, 'groff')) return;
  const page = `.TH fail2ban-client 1\n${manual}`;
  const run = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-P-cbou'], { input: page, encoding: 'utf8' });
  assert.equal(run.stderr, '');
  assert.match(run.stdout, /set JAIL unbanip \[--report-absent\] IP \.\.\. IP/);
  assert.match(run.stdout, /set JAIL addlogpath FILE \['tail'\]/);
  assert.match(run.stdout, /banned IP \.\.\. IP$/m);
});

test('status cymru looks the origins up, and merges several', async () => {
  const { run, server } = await jailBench();
  await run('set', 'sshd', 'banip', '192.0.2.1', '192.0.2.2', '2001:db8::1', 'a name');
  server.texts.set('1.2.0.192.origin.asn.cymru.com', [
    '64500 | 192.0.2.0/24 | DE | ripencc | 2001-01-01',
    '64496 | 192.0.2.0/24 | | arin |',
  ]);
  const nibbles = '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2';
  server.texts.set(`${nibbles}.origin6.asn.cymru.com`, ['64501 | 2001:db8::/32 | FR | ripencc | 2002-02-02']);
  const answer = await run('status', 'sshd', 'cymru');
  assert.ok(
    answer.endsWith(
      "('Banned IP list', ['192.0.2.1', '192.0.2.2', '2001:db8::1', 'a name']), " +
        "('Banned ASN list', ['64496, 64500', 'nxdomain', '64501', 'unknown']), " +
        "('Banned Country list', ['DE, unknown', 'nxdomain', 'FR', 'unknown']), " +
        "('Banned RIR list', ['arin, ripencc', 'nxdomain', 'ripencc', 'unknown'])])]",
    ),
    answer,
  );
});

test('status cymru says error where the name servers do not answer', async () => {
  const { run, server } = await jailBench();
  await run('set', 'sshd', 'banip', '192.0.2.1', '192.0.2.2');
  const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  server.texts.set('2.2.0.192.origin.asn.cymru.com', refused);
  assert.match(
    await run('status', 'sshd', 'cymru'),
    /\('Banned ASN list', \['error'\]\), \('Banned Country list', \['error'\]\), \('Banned RIR list', \['error'\]\)\]\)\]$/,
  );
});

test('what is typed is checked at once, what a stream says at the start of the jail', async () => {
  const { run, server } = bench();
  await run('add', 'sshd', 'auto');
  const refused: readonly (readonly [words: string[], error: RegExp])[] = [
    [
      ['addfailregex', '(open'],
      /^RegexException\("Unable to compile regular expression '\(open':\\nmissing \), /,
    ],
    [['addfailregex', 'nobody'], /^RegexException\("No failure-id group in 'nobody'"\)$/],
    [['addfailregex', ''], /^RegexException\('Cannot add empty regex'\)$/],
    [['addignoreregex', '[open'], /^RegexException/],
    [['prefregex', '(open'], /^RegexException/],
    [['logencoding', 'bogus'], /^LookupError\('unknown encoding: bogus'\)$/],
    [['logtimezone', 'bogus'], /^ValueError\("Unknown or unsupported time zone: 'bogus'"\)$/],
    [['datepattern', '%Q'], /^Exception\(.*DETECT_DATE_PATTERN/],
    [['addlogpath', '/none/x'], /^FileNotFoundError\(2, 'No such file or directory', '\/none\/x'\)$/],
    [['addlogpath', '/'], /^IsADirectoryError\(21, 'Is a directory', '\/'\)$/],
    [['addaction', 'py', '/none/x.py', '{}'], /^FileNotFoundError/],
    [['bantime.multipliers', '1 x'], /^ValueError/],
  ];
  for (const [words, error] of refused) {
    assert.match(await run('set', 'sshd', ...words), error, words.join(' '));
  }
  assert.deepEqual(server.jail('sshd').failRegex(), []);
  assert.deepEqual(server.jail('sshd').logPaths(), []);
  assert.equal(await run('server-stream', [['set', 'sshd', 'addfailregex', 'nobody']]), 'None');
  assert.deepEqual(server.jail('sshd').failRegex(), ['nobody']);
});
