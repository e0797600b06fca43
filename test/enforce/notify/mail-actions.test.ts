import assert from 'node:assert/strict';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import type { BanHistory } from '../../../src/enforce/index.ts';
import { FakeMailServer } from '../../support/notice-servers.ts';
import { item } from '../harness.ts';
import { hostileTexts, keepingSendmail, keptMails, noticeBench } from './harness.ts';

const mails = new FakeMailServer();
const programs = { sendmail: keepingSendmail };
const program = 'mailcmd="sendmail -oi -t -f <sender>"';
const history: BanHistory = {
  merged: (_ip, jail) => ({
    failures: jail === undefined ? 30 : 20,
    matches: [`stored in ${jail ?? 'all'}`],
  }),
};

before(() => mails.start());
after(() => mails.stop());
beforeEach(() => {
  mails.mode = 'fine';
  mails.mails.length = 0;
  mails.connections = 0;
});

test('sendmail mails the start, each ban and the stop of a jail, and nothing of it runs in the firewall’s queue', async (t) => {
  const bench = noticeBench(
    t,
    `sendmail[name=sshd, dest="root, admin@example.org", sender="f2b@example.org", ${program}]`,
    {
      programs,
    },
  );
  await bench.action.start();
  const [outcome] = await bench.action.ban([item('192.0.2.1')]);
  assert.equal(outcome?.queued, true);
  await bench.action.unban([item('192.0.2.1')]);
  await bench.action.stop();
  await bench.notifier.idle();
  const kept = keptMails(bench.folder);
  const subjects = kept.map((mail) => /^Subject: (.*)$/m.exec(mail)?.[1]).sort();
  assert.deepEqual(subjects, [
    '[Fail2Ban] sshd: banned 192.0.2.1 from here.example.org',
    '[Fail2Ban] sshd: started on here.example.org',
    '[Fail2Ban] sshd: stopped on here.example.org',
  ]);
  const ban = kept.find((mail) => mail.includes('banned 192.0.2.1 from')) ?? '';
  assert.match(ban, /^ARGS -oi -t -f f2b@example\.org$/m);
  assert.match(ban, /^From: "Fail2Ban" <f2b@example\.org>$/m);
  assert.match(ban, /^To: root, admin@example\.org$/m);
  assert.match(
    ban,
    /\n\nhere\.example\.org has banned 192\.0\.2\.1 in the jail sshd after 5 failures,\nfor 600 seconds\.\n/,
  );
  assert.deepEqual(bench.runner.scripts, []);
  assert.deepEqual(
    bench.late.map(({ step, ok, id }) => [step, ok, id]),
    [
      ['start', true, undefined],
      ['ban', true, '192.0.2.1'],
      ['stop', true, undefined],
    ],
  );
});

test('a restored ban is mailed by nobody', (t) => {
  for (const name of [
    'sendmail',
    'mail-whois',
    'sendmail-buffered',
    'smtp',
    'webhook',
    'abuseipdb',
    'dshield',
    'complain',
  ]) {
    assert.equal(noticeBench(t, `${name}[name=x]`).action.traits().skipsRestored, true, name);
  }
});

test('each mail action tells what its name promises', async (t) => {
  const log = join(t.name.length > 0 ? '/tmp' : '', `warder-log-${process.pid}`);
  t.after(() => rmSync(log, { force: true }));
  writeFileSync(log, 'x 192.0.2.10 other\nfirst 192.0.2.1 line\nlast from 192.0.2.1\n');
  const expected = {
    'sendmail-whois-matches': ['this match', 'WHOIS says'],
    'sendmail-whois-ipmatches': ['stored in all', '30 failures', 'WHOIS says'],
    'sendmail-whois-ipjailmatches': ['stored in sshd', '20 failures', 'WHOIS says'],
    'sendmail-whois-lines': ['first 192.0.2.1 line', 'last from 192.0.2.1', 'WHOIS says'],
    'mail-whois-lines': ['first 192.0.2.1 line', 'WHOIS says'],
    'mail-whois': ['WHOIS says'],
    'sendmail-whois': ['WHOIS says'],
    'sendmail-geoip-lines': [
      'Country: XX, Nowhere',
      'Network: AS64500 Example',
      'host.example.org',
      'last from 192.0.2.1',
    ],
    mail: ['has banned 192.0.2.1'],
  };
  const geoiplookup =
    'case "$2" in *ASNum*) echo "GeoIP ASNum Edition: AS64500 Example";; *) echo "GeoIP Country Edition: XX, Nowhere";; esac';
  const whois = 'whois_command="whois <ip>"';
  for (const [name, parts] of Object.entries(expected)) {
    const bench = noticeBench(t, `${name}[name=sshd, logpath="${log}", ${whois}, ${program}]`, {
      programs: { ...programs, whois: 'echo "WHOIS says $1"', geoiplookup },
      history,
    });
    await bench.action.ban([item('192.0.2.1', { matches: ['this match'] })]);
    await bench.notifier.idle();
    const [mail = ''] = keptMails(bench.folder, 'banned');
    for (const part of parts)
      assert.ok(mail.includes(part), `${name}: ${part}\n${mail}\n${bench.logger.lines.join('\n')}`);
    assert.ok(!mail.includes('192.0.2.10'), name);
    assert.doesNotMatch(mail.slice(mail.indexOf('\n\n')), /<[\w-]+>/, name);
  }
});

test('hostile names, hosts and lines reach no shell, no header and no argument', async (t) => {
  rmSync('/tmp/warder-pwned', { force: true });
  const settings =
    `sendmail-whois-matches[name=sshd, whois_command="whois <ip>", sendername="<F-USER>", ban_subject="user <F-USER> <matches>",
    mailcmd="sendmail -oi -t -f <sender> '<name>' <F-USER>"]`.replace(/\s+/g, ' ');
  const bench = noticeBench(t, settings, {
    programs: { ...programs, whois: 'printf "a\\nBcc: x\\n\\033[2J.\\n.\\n"' },
  });
  for (const text of hostileTexts) {
    await bench.action.ban([item('192.0.2.1', { matches: [text, text], fields: { user: text } })]);
  }
  await bench.notifier.idle();
  const kept = keptMails(bench.folder).filter((mail) => !mail.includes('is guarded now'));
  assert.deepEqual(
    bench.late.filter(({ ok }) => !ok).map(({ error }) => error),
    [],
  );
  assert.equal(kept.length, hostileTexts.length, bench.logger.lines.slice(-3).join('\n').slice(0, 2000));
  for (const mail of kept) {
    const message = mail.slice(mail.indexOf('\nDate: ') + 1);
    const head = message.slice(0, message.indexOf('\n\n'));
    assert.doesNotMatch(head, /^(?:Bcc|X-Injected)/im);
    assert.equal(head.match(/^Subject:/gm)?.length, 1);
    assert.match(message, /^[\n\t\x20-\x7e]*$/);
    assert.doesNotMatch(message, /^\.$/m);
    assert.ok(message.length < 600_000, `${message.length}`);
  }
  assert.ok(!existsSync('/tmp/warder-pwned'), 'something ran');
});

test('the program mail is never used, whatever mailcmd says', async (t) => {
  for (const mailcmd of ["mail -E 'set escape' -s", '/usr/bin/mailx -s', 's-nail']) {
    const bench = noticeBench(t, `mail-whois-lines[name=x, mailcmd="${mailcmd}"]`, {
      programs: {
        ...programs,
        mail: 'touch "$FOLDER/mail-was-used"',
        's-nail': 'touch "$FOLDER/mail-was-used"',
      },
    });
    await bench.action.ban([item('not an address')]);
    await bench.notifier.idle();
    assert.ok(!existsSync(join(bench.folder, 'mail-was-used')), mailcmd);
  }
});

test('a digest gathers bans, is sent when there are enough of them, and when the jail stops', async (t) => {
  const bench = noticeBench(t, `mail-buffered[name=sshd, lines=3, ${program}]`, { programs });
  for (let index = 1; index <= 4; index++) await bench.action.ban([item(`192.0.2.${index}`)]);
  await bench.notifier.idle();
  const [summary = '', ...others] = keptMails(bench.folder, 'summary');
  assert.deepEqual(others, []);
  assert.match(summary, /summary from here\.example\.org/);
  assert.equal(summary.match(/: 192\.0\.2\.[123] \(5 failures\)$/gm)?.length, 3);
  await bench.action.stop();
  await bench.notifier.idle();
  assert.equal(
    keptMails(bench.folder, 'summary').filter((mail) => mail.includes('192.0.2.4 (5 failures)')).length,
    1,
  );
});

test('DShield gets its fields with tabs between, and the zone in the subject', async (t) => {
  const bench = noticeBench(
    t,
    `dshield[name=x, port=22, userid=7, myip=198.51.100.9, lines=2, dest=reports@example.org, mailargs="-c me@example.org -- -f you@example.org", ${program}]`,
    { programs },
  );
  await bench.action.ban([item('192.0.2.1'), item('2001:db8::1')]);
  await bench.notifier.idle();
  const [mail = ''] = keptMails(bench.folder);
  assert.match(mail, /^Subject: FORMAT DSHIELD USERID 7 TZ [+-]\d\d:\d\d Fail2Ban$/m);
  assert.match(
    mail,
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d\t7\t5\t192\.0\.2\.1\t\?\?\?\t198\.51\.100\.9\t22\ttcp\t$/m,
  );
  assert.match(mail, /^To: reports@example\.org, me@example\.org$/m);
  assert.match(mail, /^From: .*you@example\.org>?$/m);
});

test('mail goes over SMTP where that is asked for, with a login where the server wants one', async (t) => {
  const bench = noticeBench(
    t,
    `smtp[name=sshd, host="127.0.0.1:${mails.port}", user=me, password="s3cret,x", dest="a@example.org, b@example.org", sender=f2b@example.org, matches=matches]`,
  );
  await bench.action.ban([item('2001:db8::1', { matches: ['.', 'line two', '..'] })]);
  await bench.notifier.idle();
  assert.deepEqual(
    bench.late.map(({ step, ok, error }) => [step, ok, error]),
    [
      ['start', true, undefined],
      ['ban', true, undefined],
    ],
  );
  assert.deepEqual(new Set(mails.logins), new Set(['\0me\0s3cret,x']));
  const mail = mails.mails[1];
  assert.equal(mail?.from, 'f2b@example.org');
  assert.deepEqual(mail?.to, ['a@example.org', 'b@example.org']);
  assert.match(mail?.data ?? '', /^Subject: \[Fail2Ban\] sshd: banned 2001:db8::1 from here\.example\.org$/m);
  assert.match(mail?.data ?? '', /Lines that led to the ban:\n\n=2E\nline two\n=2E\./);
});

test('smtp.py of fail2ban has a built-in equal with its arguments', async (t) => {
  const properties = new Map([
    ['host', `127.0.0.1:${mails.port}`],
    ['dest', 'a@example.org, b@example.org'],
    ['sendername', 'Wächter'],
    ['matches', 'ipjailmatches'],
  ]);
  const pythonFile = '/etc/fail2ban/action.d/smtp.py';
  const bench = noticeBench(t, { name: 'smtp', properties, pythonFile }, { history });
  await bench.action.start();
  await bench.action.ban([item('192.0.2.1')]);
  await bench.action.stop();
  await bench.notifier.idle();
  assert.deepEqual(
    mails.mails.map(({ data }) => /^Subject: (.*)$/m.exec(data)?.[1]),
    [
      '[Fail2Ban] sshd: started on here',
      '[Fail2Ban] sshd: banned 192.0.2.1 from here',
      '[Fail2Ban] sshd: stopped on here',
    ],
  );
  assert.match(mails.mails[1]?.data ?? '', /^From: =\?utf-8\?B\?\S+\?= <fail2ban>$/m);
  assert.match(mails.mails[1]?.data ?? '', /stored in sshd/);
});

test('a password goes over no network in clear, unless somebody said so', async (t) => {
  const at = `host="0.0.0.0:${mails.port}", user=me, password=secret`;
  mails.logins.length = 0;
  const careful = noticeBench(t, `smtp[name=x, ${at}]`);
  await careful.action.ban([item('192.0.2.1')]);
  await careful.notifier.idle();
  assert.match(careful.late[0]?.error ?? '', /TLS/i);
  assert.deepEqual(mails.logins, []);
  const told = noticeBench(t, `smtp[name=x, ${at}, tls=off]`);
  await told.action.ban([item('192.0.2.1')]);
  await told.notifier.idle();
  assert.equal(mails.logins.length, 2, 'for the start and for the ban');
});

test('a recipient that the server refuses for good is not tried again; the log says why', async (t) => {
  mails.mode = 'refuse';
  const bench = noticeBench(t, `smtp[name=x, host="127.0.0.1:${mails.port}"]`);
  await bench.action.ban([item('192.0.2.1')]);
  await bench.notifier.idle();
  assert.match(bench.late[0]?.error ?? '', /550 no such user/);
  assert.equal(mails.connections, 2, 'one for the start, one for the ban');
});

test('a missing mail program and a sender that is none are told, not tried again and again', async (t) => {
  for (const [parameters, words] of [
    ['mailcmd="/no/such/sendmail -t"', /not found|No such file/],
    ['sender="a b"', /sender is no mail address/],
    ['dest="-oQ/tmp"', /dest names no mail address/],
  ] as const) {
    const bench = noticeBench(t, `sendmail[name=x, ${parameters}]`, { programs });
    await bench.action.ban([item('192.0.2.1')]);
    await bench.notifier.idle();
    assert.match(bench.late[0]?.error ?? '', words);
  }
});
