import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { TestMachine } from '../support/netns.ts';
import { systemPython } from '../support/python.ts';
import { TestGuard } from '../support/sshd-guard.ts';
import { requireRoot, requireTool } from '../support/tools.ts';

// Complaints from a line in a log to the mail program: the daemon, its process for notices, a name server that knows abuse
// contacts and a registry, all real; what these answer, and what the attacker calls himself, is hostile.

const files: Readonly<Record<string, string>> = {
  'fail2ban/filter.d/app.conf': '[Definition]\nfailregex = ^ attack by <F-USER>.*</F-USER> from <HOST>$\n',
  'fail2ban/jail.local': `[sshd]
enabled = false
[app]
enabled = true
filter = app
logpath = /var/log/app.log
maxretry = 2
action = complain[logpath=/var/log/app.log, mailcmd="/usr/sbin/keep-mail complain"]
         xarf-login-attack[logpath=/var/log/app.log, service=ssh, port=22, sender=f2b@example.org, mailcmd="/usr/sbin/keep-mail xarf"]
         sendmail-whois-matches[name=app, dest=admin@example.org, mailcmd="/usr/sbin/keep-mail whois"]
`,
  'resolv.conf': 'nameserver 127.0.0.1\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};

const keepMail =
  '#!/bin/sh\nfile=$(mktemp /run/mails/"$1".XXXXXX)\ncat >"$file.part"\nmv "$file.part" "$file.mail"\n';

/** The first answer refers to another server, whose answer never ends and is full of traps. */
const registry = `
  let count = 0;
  require('node:net').createServer((socket) => {
    socket.on('error', () => 0);
    socket.once('data', () => {
      if (count++ % 2 === 0) return socket.end('refer:        whois.example.net\\r\\n');
      socket.write('netname: EVIL\\x1b[2J\\r\\n.\\r\\nBcc: victim@example.org\\r\\n$(touch /run/pwned)\\r\\n~!touch /run/pwned\\r\\n');
      const more = () => { while (socket.write('remarks: ' + 'x'.repeat(60000) + '\\r\\n')); };
      socket.on('drain', more);
      more();
    });
  }).listen(43, '127.0.0.1', () => console.log('ready'));`;

const users = [
  'root',
  '$(touch /run/pwned)',
  '`touch /run/pwned`; touch /run/pwned',
  "'; touch /run/pwned; '",
  '\u001b]0;owned\u0007',
];

/** A mail as the parser of Python reads it. */
interface ParsedMail {
  readonly headers: readonly (readonly [string, string])[];
  readonly parts: readonly { readonly type: string; readonly name: string | null; readonly text: string }[];
}

const parser = `
import email, email.policy, json, sys
mail = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
parts = [{'type': p.get_content_type(), 'name': p.get_filename(), 'text': p.get_content()} for p in mail.walk() if not p.is_multipart()]
print(json.dumps({'headers': list(mail.items()), 'parts': parts}))`;

test('complaints go to the contacts that the registry names, with the lines, and nothing hostile gets anywhere', async (t) => {
  if (!requireRoot(t) || !requireTool(t, 'unshare', 'nft')) return;
  const { machine, guard } = await setStage(t);
  const lines = users.map(
    (user, index) => `${day()} attack by ${user} from ${index % 2 ? '2001:db8::66' : '192.0.2.66'}`,
  );
  await machine.run('tee', ['-a', '/var/log/app.log'], { input: [...lines, ...lines, ''].join('\n') });
  const mails = async (kind: string): Promise<string[]> =>
    (await machine.shell(`ls /run/mails/${kind}.*.mail 2>/dev/null || true`)).split('\n').filter(Boolean);
  await guard.until('all mails are there', async () => {
    const [complaints, reports, own] = [await mails('complain'), await mails('xarf'), await mails('whois')];
    // Two bans, and a notice of the start.
    return complaints.length === 2 && reports.length === 2 && own.length === 3;
  });
  assert.equal((await machine.run('test', ['-e', '/run/pwned'])).code, 1, 'nothing of it ran');

  const complaints = await Promise.all((await mails('complain')).map((path) => parse(machine, path)));
  const [four, six] = byAddress(complaints);
  assert.equal(header(four, 'To'), 'abuse@example.net, second@example.net');
  assert.equal(header(six, 'To'), 'six@example.net');
  assert.equal(header(four, 'Subject'), 'Abuse from 192.0.2.66');
  for (const mail of complaints) {
    assert.deepEqual(strange(mail), []);
    assert.match(
      mail.parts[0]?.text ?? '',
      /^Dear Sir or Madam,\n\nthe address [0-9a-f.:]+, which belongs to your network/,
    );
    assert.match(mail.parts[0]?.text ?? '', /attack by .*\n[\s\S]*attack by /);
  }
  assert.doesNotMatch(four.parts[0]?.text ?? '', /2001:db8::66/);

  const reports = await Promise.all((await mails('xarf')).map((path) => parse(machine, path)));
  const [report] = byAddress(reports);
  assert.deepEqual(strange(report), []);
  assert.equal(header(report, 'X-XARF'), 'PLAIN');
  assert.deepEqual(
    report.parts.map(({ type, name }) => [type, name]),
    [
      ['text/plain', null],
      ['text/plain', 'report.txt'],
      ['text/plain', 'logfile.log'],
    ],
  );
  const fields = new Map(
    (report.parts[1]?.text ?? '')
      .split('\n')
      .map((line) => [line.split(': ')[0], line.split(': ').slice(1).join(': ')]),
  );
  for (const [name, value] of [
    ['Reported-From', 'f2b@example.org'],
    ['Report-Type', 'login-attack'],
    ['Service', 'ssh'],
    ['Port', '22'],
    ['Source', '192.0.2.66'],
    ['Source-Type', 'ip-address'],
    ['Attachment', 'text/plain'],
  ] as const) {
    assert.equal(fields.get(name), value, name);
  }
  assert.match(fields.get('Report-ID') ?? '', /^[\d.]+@\S+$/);
  assert.match(report.parts[2]?.text ?? '', /attack by root from 192\.0\.2\.66/);

  for (const path of await mails('whois')) {
    const mail = await parse(machine, path);
    assert.deepEqual(strange(mail), []);
    assert.ok((mail.parts[0]?.text.length ?? 0) < 300_000, 'an endless answer is cut');
    if (header(mail, 'Subject')?.includes('banned'))
      assert.match(mail.parts[0]?.text ?? '', /netname: EVIL\\x1b\[2J/);
  }
  const log = await guard.log();
  assert.doesNotMatch(log, /ERROR/);
  await guard.stop();
});

async function setStage(context: TestContext): Promise<{ machine: TestMachine; guard: TestGuard }> {
  const machine = await TestMachine.start('complain');
  context.after(() => machine.stop());
  await machine.shell(
    'rm -rf /etc/fail2ban /etc/resolv.conf && mkdir -p /etc/fail2ban/filter.d /run/mails && : > /var/log/app.log',
  );
  for (const [name, text] of Object.entries(files))
    await machine.run('tee', [`/etc/${name}`], { input: text });
  await machine.run('tee', ['/usr/sbin/keep-mail'], { input: keepMail });
  await machine.shell('chmod 755 /usr/sbin/keep-mail');
  const names = join(import.meta.dirname, '..', 'support', 'name-server.ts');
  for (const args of [
    [names, '/run/questions'],
    ['-e', registry],
  ]) {
    const server = machine.spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await Promise.race([once(server.stdout!, 'data'), once(server, 'exit')]);
    assert.equal(server.exitCode, null, 'it runs');
  }
  const guard = new TestGuard(machine, 'warder');
  await guard.start('app');
  return { machine, guard };
}

async function parse(machine: TestMachine, path: string): Promise<ParsedMail> {
  const input = await machine.must('cat', [path]);
  const { stdout, stderr } = spawnSync(systemPython, ['-c', parser], { input, encoding: 'utf8' });
  assert.equal(stderr, '');
  return JSON.parse(stdout) as ParsedMail;
}

function header(mail: ParsedMail, name: string): string | undefined {
  return mail.headers.find(([each]) => each.toLowerCase() === name.toLowerCase())?.[1];
}

function byAddress(mails: readonly ParsedMail[]): readonly [ParsedMail, ParsedMail] {
  const found = ['192.0.2.66', '2001:db8::66'].map((address) =>
    mails.find((mail) => header(mail, 'Subject')?.includes(address)),
  );
  assert.ok(found[0] !== undefined && found[1] !== undefined);
  return [found[0], found[1]];
}

/** Headers that nobody asked for, and control characters anywhere. */
function strange({ headers, parts }: ParsedMail): string[] {
  const names = headers.map(([name]) => name).filter((name) => /^(?:bcc|cc|x-injected)$/i.test(name));
  const texts = [...headers.map(([, value]) => value), ...parts.map(({ text }) => text)];
  return [...names, ...texts.filter((text) => /[\x00-\x08\x0b-\x1f\x7f]/.test(text))];
}

/** The time as the daemon reads it. */
function day(): string {
  const now = new Date();
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  return `${date} ${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
}
