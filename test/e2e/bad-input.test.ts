import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { TestMachine } from '../support/netns.ts';
import { TestGuard } from '../support/sshd-guard.ts';
import { requireRoot } from '../support/tools.ts';

// Everything that can be wrong at once, on one machine: each mistake is named with its place, and costs its own jail only.

const files: Readonly<Record<string, string>> = {
  'filter.d/word.conf': '[Definition]\nfailregex = ^ attack from <HOST>$\n',
  'filter.d/broken.conf': '[Definition]\nfailregex = ^ attack (from <HOST>$\n',
  'filter.d/circle.conf':
    '[INCLUDES]\nbefore = circle-two.conf\n[Definition]\nfailregex = ^ attack from <HOST>$\n',
  'filter.d/circle-two.conf': '[INCLUDES]\nbefore = circle.conf\n',
  'filter.d/round.conf': '[Definition]\none = %(two)s\ntwo = %(one)s\nfailregex = ^ attack %(one)s <HOST>$\n',
  'action.d/record.conf': '[Definition]\nactionban = echo "<name> <ip>" >> /run/banned\nactionunban =\n',
  'jail.local': `[DEFAULT]
enabled = true
filter = word
action = record[name=%(__name__)s]
logpath = /var/log/good.log
maxretry = 1
[sshd]
enabled = false
[recidive]
enabled = false
[good]
[broken-regex]
filter = broken
[no-filter]
filter = nothere
[no-action]
action = nothere
[no-log]
logpath = /var/log/nothere/later.log
[circular-include]
filter = circle
[circular-interpolation]
filter = round
[undefined-name]
logpath = %(nothere)s/some.log
[long-line]
logpath = /var/log/long.log
[binary]
logpath = /var/log/binary.log
[vanishing]
logpath = /var/log/vanishing/some.log
`,
};

/** Jail → what the log must say about it. */
const mistakes: Readonly<Record<string, RegExp>> = {
  'broken-regex': /ERROR .*missing \).*\[REGEX_SYNTAX\]|ERROR .*broken-regex.*missing \)/,
  'no-filter': /ERROR .*jail\.local:\d+: .*'nothere'.*\[CONFIG_NO_FILTER\]/,
  'no-action': /ERROR .*jail\.local:\d+: .*'nothere'.*\[CONFIG_NO_ACTION\]/,
  'no-log': /ERROR .*jail\.local:\d+: .*no-log.*\[CONFIG_NO_LOG_FILE\]/,
  'circular-include': /ERROR .*circle(?:-two)?\.conf:2: .*\[CONFIG_CIRCULAR_INCLUDE\]/,
  'circular-interpolation': /ERROR .*round\.conf:\d: .*\[CONFIG_CIRCULAR_INTERPOLATION\]/,
  'undefined-name': /ERROR .*jail\.local:\d+: .*nothere.*\[CONFIG_UNDEFINED_NAME\]/,
};

const running = ['good', 'long-line', 'binary', 'vanishing'];

async function setStage(context: TestContext): Promise<{ machine: TestMachine; guard: TestGuard }> {
  const machine = await TestMachine.start('bad-input');
  context.after(() => machine.stop());
  await machine.shell(
    'rm -rf /etc/fail2ban; mkdir -p /etc/fail2ban/filter.d /etc/fail2ban/action.d /var/log/vanishing',
  );
  for (const [name, text] of Object.entries(files)) {
    await machine.run('tee', [`/etc/fail2ban/${name}`], { input: text });
  }
  await machine.shell(
    'touch /var/log/good.log /var/log/long.log /var/log/binary.log /var/log/vanishing/some.log',
  );
  return { machine, guard: new TestGuard(machine, 'warder') };
}

test('each kind of bad input is named with its place, and the other jails still ban', async (t) => {
  if (!requireRoot(t)) return;
  const { machine, guard } = await setStage(t);
  const isBanned = (jail: string, address: string) => async (): Promise<boolean> =>
    (await machine.run('grep', ['-x', `${jail} ${address}`, '/run/banned'])).code === 0;

  const check = await guard.client('-t');
  assert.equal(check.code, 255, 'the check of the configuration fails');
  await guard.start(...running);

  for (const [jail, message] of Object.entries(mistakes)) {
    await t.test(`${jail}: the log says what is wrong and where`, async () => {
      await guard.until(`the log says ${message}`, async () => message.test(await guard.log()));
    });
  }

  await t.test('a jail without a mistake bans', async () => {
    await attack(machine, '/var/log/good.log', '192.0.2.1');
    await guard.until('good bans', isBanned('good', '192.0.2.1'));
  });

  await t.test('a log that comes later is read then', async () => {
    await machine.shell('mkdir /var/log/nothere');
    await attack(machine, '/var/log/nothere/later.log', '192.0.2.2');
    await guard.until('no-log bans', isBanned('no-log', '192.0.2.2'));
  });

  await t.test('binary bytes are survived', async () => {
    await machine.shell(
      `{ head -c 100000 /dev/urandom; printf '\\0\\377\\376\\r\\n\\0\\0\\n'; } >> /var/log/binary.log`,
    );
    await attack(machine, '/var/log/binary.log', '192.0.2.3');
    await guard.until('binary bans', isBanned('binary', '192.0.2.3'));
  });

  await t.test('a directory that vanishes and comes back is followed', async () => {
    await machine.shell('rm -r /var/log/vanishing');
    await attack(machine, '/var/log/good.log', '192.0.2.4');
    await guard.until('good bans meanwhile', isBanned('good', '192.0.2.4'));
    await machine.shell('mkdir /var/log/vanishing');
    await attack(machine, '/var/log/vanishing/some.log', '192.0.2.5');
    await guard.until('vanishing bans', isBanned('vanishing', '192.0.2.5'));
  });

  await t.test('a line of 1 GB costs little memory, and the line after it counts', async () => {
    await machine.shell(`{ head -c 1000000000 /dev/zero | tr '\\0' 'a'; echo; } >> /var/log/long.log`, {
      timeoutMs: 60_000,
    });
    await attack(machine, '/var/log/long.log', '192.0.2.6');
    await guard.until('long-line bans', isBanned('long-line', '192.0.2.6'));
    const peakKb = Number(
      await machine.shell("awk '/VmHWM/ {print $2}' /proc/$(cat /run/fail2ban/fail2ban.pid)/status"),
    );
    assert.ok(peakKb < 400_000, `${peakKb} kB`);
    await machine.shell('rm /var/log/long.log');
  });

  await guard.stop();
});

/** One line, with the date of now. */
async function attack(machine: TestMachine, log: string, address: string): Promise<void> {
  await machine.shell(`date "+%Y-%m-%d %H:%M:%S attack from ${address}" >> ${log}`);
}
