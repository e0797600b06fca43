import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { journalArguments, lineCodec, parseJournalEntry } from '../../src/source/index.ts';
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
];

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
jail_filter.setLogEncoding('utf-8')
jail_filter.addJournalMatch(given['match'])
result = []
reader = jail_filter.getJournalReader()
reader.seek_head()
while True:
    entry = reader.get_next()
    if not entry:
        break
    line, time = jail_filter.formatJournalEntry(entry)
    result.append([line[2], time])
`;

test('a journal entry becomes the same line at the same time as in fail2ban', async (context) => {
  if (!requireJournald(context)) return;
  const reference = spawnSync(systemPython, ['-c', 'import fail2ban.server.filtersystemd']).status === 0;
  const reason = "MISSING TOOL: Debian's fail2ban and python3-systemd are not installed";
  if (!requireThat(context, reference, reason)) return;
  const journald = await PrivateJournald.start(context);
  runPython(sendProgram, { entries, socket: journald.socketPath });
  await journald.sync();
  const match = ['_TRANSPORT=journal', '_COMM=python3'];
  const expected = runPython(readProgram, { directory: journald.journalDirectory, match }) as [
    string,
    number,
  ][];
  assert.equal(expected.length, entries.length);
  const settings = { journalMatch: [match], journalOptions: { journalpath: journald.journalDirectory } };
  const read = spawnSync('journalctl', journalArguments(settings, { sinceSec: 0 }, false), {
    maxBuffer: 1 << 26,
  });
  const lines = read.stdout.toString('latin1').trimEnd().split('\n');
  const ours = lines.map((line) => parseJournalEntry(Buffer.from(line, 'latin1'), lineCodec('utf-8'))!);
  assert.deepEqual(
    ours.map((entry) => entry.text),
    expected.map(([text]) => text),
  );
  ours.forEach((entry, index) => {
    assert.ok(Math.abs(entry.timeSec - expected[index]![1]) < 1e-3);
  });
});
