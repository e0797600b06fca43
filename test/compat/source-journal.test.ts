import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { timedLine } from '../../src/detect/cut-line.ts';
import { type JournalEntry, journalArguments, lineCodec, parseJournalEntry } from '../../src/source/index.ts';
import { PrivateJournald, requireJournald } from '../support/journald.ts';
import { runPython, systemPython } from '../support/python.ts';
import { requireThat } from '../support/tools.ts';

/** Entries as fields in bytes, several of one name included. */
const entries: readonly (readonly [string, string])[][] = [
  [
    ['MESSAGE', 'plain'],
    ['SYSLOG_IDENTIFIER', 'sshd'],
  ],
  [
    ['MESSAGE', 'with a pid'],
    ['SYSLOG_IDENTIFIER', 'sshd'],
    ['SYSLOG_PID', '4711'],
  ],
  [
    ['MESSAGE', 'leading zero'],
    ['SYSLOG_IDENTIFIER', 'sshd'],
    ['SYSLOG_PID', '012'],
  ],
  [['MESSAGE', 'no identifier, so the command']],
  [
    ['MESSAGE', 'empty identifier'],
    ['SYSLOG_IDENTIFIER', ''],
  ],
  [
    ['MESSAGE', 'two\nlines\tand a tab'],
    ['SYSLOG_IDENTIFIER', 'a b'],
  ],
  [
    ['MESSAGE', 'bytes \xff\x00\x1b[1m'],
    ['SYSLOG_IDENTIFIER', 'bytes'],
  ],
  [
    ['MESSAGE', 'utf-8 \xc3\xa9'],
    ['SYSLOG_IDENTIFIER', 'utf8'],
  ],
  [
    ['MESSAGE', 'one'],
    ['MESSAGE', 'two'],
    ['SYSLOG_IDENTIFIER', 'several'],
  ],
  [
    ['MESSAGE', 'claims to be the kernel'],
    ['SYSLOG_IDENTIFIER', 'kernel'],
  ],
  [
    ['MESSAGE', ''],
    ['SYSLOG_IDENTIFIER', 'nothing'],
  ],
  [['SYSLOG_IDENTIFIER', 'no message']],
  [
    ['MESSAGE', 'x'.repeat(20_000)],
    ['SYSLOG_IDENTIFIER', 'long'],
  ],
  // Control characters make journalctl tell bytes, although they are good UTF-8.
  [
    ['MESSAGE', 'escape \x1b[1m and \xc3\xa9\r\xe2\x80\xa8'],
    ['SYSLOG_IDENTIFIER', 'control'],
  ],
  [
    ['MESSAGE', 'one \xe9'],
    ['MESSAGE', 'two \xc3\xa9'],
    ['MESSAGE', ''],
    ['SYSLOG_IDENTIFIER', 'mixed'],
  ],
  [
    ['MESSAGE', 'an identifier in bytes'],
    ['SYSLOG_IDENTIFIER', 'a\xff\x01'],
  ],
  [
    ['MESSAGE', 'a field that repeats MESSAGE'],
    ['SYSLOG_IDENTIFIER', 'x'],
    ['SYSLOG_RAW', '<38>x: y'],
  ],
  ...[' 12 ', '-5', '+7', '0x1f', '0', '00', '99999999999999999999999', ''].map((pid): [string, string][] => [
    ['MESSAGE', `the pid ${pid}`],
    ['SYSLOG_IDENTIFIER', 'pid'],
    ['SYSLOG_PID', pid],
  ]),
  ...[0, 1, 255, 4095, 4096, 4097, 65_000].map((length): [string, string][] => [
    ['MESSAGE', `${'\xc3\xa9'.repeat(length / 2)} end`],
    ['SYSLOG_IDENTIFIER', 'l'.repeat(length % 5000)],
  ]),
];

/** Written as journald takes any text: printable, controls, several bytes a character, and bytes that are no text. */
const field = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 8 }).map(utf8),
      fc.string({ unit: byte(), maxLength: 3 }),
    ),
    {
      maxLength: 4,
    },
  )
  .map((parts) => parts.join(''));
const entry = fc
  .record({
    messages: fc.array(field, { maxLength: 3 }),
    identifier: fc.option(fc.oneof(field, fc.constantFrom('sshd', 'kernel', 'a b'))),
    pid: fc.option(fc.oneof(fc.nat().map(String), fc.constantFrom('007', '0xff', ''))),
  })
  .map(({ messages, identifier, pid }): [string, string][] => [
    ...messages.map((message): [string, string] => ['MESSAGE', message]),
    ...(identifier === null ? [] : [['SYSLOG_IDENTIFIER', identifier] as [string, string]]),
    ...(pid === null ? [] : [['SYSLOG_PID', pid] as [string, string]]),
    ['PRIORITY', '6'],
  ]);

function utf8(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function byte(): fc.Arbitrary<string> {
  return fc.nat(255).map((code) => String.fromCharCode(code));
}

const sendProgram = `
import socket, struct
out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for entry in given['entries']:
    data = b''
    for name, value in entry:
        raw = value.encode('latin-1')
        data += name.encode() + b'\\n' + struct.pack('<Q', len(raw)) + raw + b'\\n'
    out.sendto(data, given['socket'])
result = None
`;

const readProgram = `
from fail2ban.server.filtersystemd import FilterSystemd
jail_filter = FilterSystemd(None, journalpath=given['directory'])
jail_filter.setLogEncoding(given['encoding'])
jail_filter.addJournalMatch(given['match'])
result = []
reader = jail_filter.getJournalReader()
reader.seek_head()
while True:
    entry = reader.get_next()
    if not entry:
        break
    line, time = jail_filter.formatJournalEntry(entry)
    result.append([line[2], time, line[1]])
`;

test('a journal entry becomes the same line at the same time as in fail2ban', async (context) => {
  if (!requireJournald(context)) return;
  const reference = spawnSync(systemPython, ['-c', 'import fail2ban.server.filtersystemd']).status === 0;
  const reason = "MISSING TOOL: Debian's fail2ban and python3-systemd are not installed";
  if (!requireThat(context, reference, reason)) return;
  process.env.TZ = 'Asia/Kolkata';
  const journald = await PrivateJournald.start(context);
  const generated = fc.sample(entry, { numRuns: 400, ...seed });
  runPython(sendProgram, { entries: [...entries, ...generated], socket: journald.socketPath });
  await journald.sync();
  for (const encoding of ['utf-8', 'latin-1']) {
    const expected = runPython(readProgram, {
      directory: journald.journalDirectory,
      match,
      encoding,
    }) as Told[];
    assert.equal(expected.length, entries.length + generated.length);
    const ours = readWithJournalctl(journald.journalDirectory, encoding);
    assert.deepEqual(
      ours.map(({ text }) => text),
      expected.map(([text]) => text),
    );
    assert.deepEqual(
      ours.map(({ text, timeSec }) => timedLine(text, timeSec).date),
      expected.map(([, , date]) => date),
    );
    for (const [index, { timeSec }] of ours.entries())
      assert.ok(Math.abs(timeSec - expected[index]![1]) < 1e-3);
  }
});

/** Text, time and date as the reference has them. */
type Told = readonly [text: string, timeSec: number, date: string];

const match = ['_TRANSPORT=journal', '_COMM=python3'];
const seed = process.env.WARDER_SEED ? { seed: Number(process.env.WARDER_SEED) } : {};

function readWithJournalctl(directory: string, encoding: string): JournalEntry[] {
  const settings = { journalMatch: [match], journalOptions: { journalpath: directory } };
  const { stdout } = spawnSync('journalctl', journalArguments(settings, { sinceSec: 0 }, false), {
    maxBuffer: 1 << 26,
  });
  const lines = stdout.toString('latin1').trimEnd().split('\n');
  return lines.map((line) => parseJournalEntry(Buffer.from(line, 'latin1'), lineCodec(encoding))!);
}
