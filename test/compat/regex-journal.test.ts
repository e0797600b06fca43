import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireFail2ban } from '../support/fail2ban.ts';
import { PrivateJournald, requireJournald } from '../support/journald.ts';
import { runPython } from '../support/python.ts';
import { RegexOracle } from '../support/regex-oracle.ts';

const sendProgram = `
import socket, struct
out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for entry in given['entries']:
    data = b''
    for name, value in entry.items():
        raw = value.encode()
        data += name.encode() + b'\\n' + struct.pack('<Q', len(raw)) + raw + b'\\n'
    out.sendto(data, given['socket'])
result = None
`;

const entry = (message: string, identifier = 'sshd') => ({
  MESSAGE: message,
  SYSLOG_IDENTIFIER: identifier,
  SYSLOG_PID: '4711',
});
const entries = [
  entry('Failed password for root from 192.0.2.1 port 1234 ssh2'),
  entry('Connection closed by 203.0.113.5 port 4711 [preauth]'),
  entry('Invalid user nobody from 2001:db8::1 port 22'),
  entry('# looks like a comment'),
  entry('two\nlines from 192.0.2.9'),
  entry('Failed password for root from 192.0.2.77 port 1234 ssh2', 'other'),
];

test('the journal gives the reference’s report and rows', async (t) => {
  if (!requireFail2ban(t) || !requireJournald(t)) return;
  const journald = await PrivateJournald.start(t);
  runPython(sendProgram, { entries, socket: journald.socketPath });
  await journald.sync();
  const programs = new RegexOracle({ nowSec: Math.floor(Date.now() / 1000), zone: 'Europe/Zurich' });
  t.after(() => programs.close());
  const journal = `systemd-journal[journalpath="${journald.journalDirectory}"]`;
  const sshd = ['-m', 'SYSLOG_IDENTIFIER=sshd'];
  const cases: readonly (readonly string[])[] = [
    [journal, 'sshd.conf', ...sshd, '--print-all-matched'],
    [journal, 'sshd.conf[mode=aggressive]', ...sshd, '-v'],
    [journal, 'sshd.conf', ...sshd, '-o', 'row'],
    [journal, 'sshd.conf', ...sshd, '-o', '<ip> <time> <msg>'],
    [journal, 'from <HOST>', ...sshd, '-L', '2', '-v', '--print-all-matched'],
    [journal, 'from <HOST>', '-m', 'SYSLOG_IDENTIFIER=other + SYSLOG_IDENTIFIER=nobody', '-v'],
    [journal, 'sshd.conf'],
  ];
  for (const args of cases) {
    const [ours, theirs] = [await programs.ours(args), await programs.theirs(args)];
    assert.equal(ours.stdout, theirs.stdout, args.join(' '));
    assert.equal(ours.code, theirs.code, args.join(' '));
  }
  const [all] = [await programs.ours([journal, 'sshd.conf', ...sshd, '-o', 'ip'])];
  assert.equal(all.stdout, '192.0.2.1\n2001:db8::1\n', 'the journal was read');
  for (const args of [
    ['systemd-journal[journalflags=x]', 'sshd.conf'],
    [journal, 'sshd.conf', '-m', 'no match'],
    ['systemd-journal[color=red]', 'sshd.conf'],
  ]) {
    const [ours, theirs] = [await programs.ours(args), await programs.theirs(args)];
    assert.equal(ours.code, theirs.code, args.join(' '));
    assert.match(ours.stdout, /^ERROR: /m);
  }
});
