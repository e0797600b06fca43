import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { TestHome } from '../support/daemon.ts';
import { hostileJails, writeHostileJails } from '../support/hostile-jails.ts';
import { DaemonProcess } from '../support/own-process.ts';

const stamp = (): string => `${new Date().toISOString().slice(0, 19)}Z`;

/** A line for the log of a hostile jail; the one with a date pattern of its own has its date in it. */
function dated(name: string, line: string): string {
  return name === 'datepattern' ? line : `${stamp()} ${line}`;
}

function append(home: TestHome, log: string, ...lines: string[]): void {
  appendFileSync(join(home.path, log), lines.map((line) => `${line}\n`).join(''));
}

async function started(context: TestContext): Promise<DaemonProcess> {
  const home = new TestHome(context);
  writeHostileJails(home);
  return new DaemonProcess(context, home).start();
}

/** Pings until it is told to end; gives the time of each answer in milliseconds. */
async function pinged(daemon: DaemonProcess, isOver: () => boolean): Promise<number[]> {
  const times: number[] = [];
  while (!isOver()) {
    const beganMs = performance.now();
    assert.equal(await daemon.ask('ping'), "'pong'");
    times.push(performance.now() - beganMs);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return times.sort((a, b) => a - b);
}

test('a hostile line for each kind of catastrophic pattern costs its jail that line, and nobody else anything', async (context) => {
  const daemon = await started(context);
  const { home } = daemon;
  let isOver = false;
  const pings = pinged(daemon, () => isOver);
  const beganMs = performance.now();
  for (const { name, attack, hostile } of hostileJails) {
    append(home, `${name}.log`, dated(name, attack('192.0.2.1')));
    append(home, `${name}.log`, dated(name, hostile), dated(name, attack('192.0.2.2')));
  }
  append(home, 'app.log', `${stamp()} bad login from 192.0.2.3`);
  const jails = hostileJails.flatMap(({ name }) => [name, `beside-${name}`]);
  for (const jail of jails) await daemon.until(async () => (await daemon.failures(jail)) >= 2);
  await daemon.until(async () => (await daemon.failures('app')) === 1);
  const tookMs = performance.now() - beganMs;
  isOver = true;
  const times = await pings;
  const medianMs = times[times.length >> 1]!;
  context.diagnostic(
    `${hostileJails.length} hostile lines in ${Math.round(tookMs)} ms; ${times.length} pings, median ${medianMs.toFixed(1)}, longest ${times.at(-1)!.toFixed(1)} ms`,
  );
  assert.ok(medianMs < 50, `pings took ${medianMs} ms`);
  for (const jail of jails) assert.equal(await daemon.failures(jail), 2, jail);
  const log = home.read('fail2ban.log');
  for (const { name, rule } of hostileJails) {
    const told = log.split('\n').filter((line) => line.includes(`[${name}] `) && line.includes('left out'));
    assert.equal(told.length, 1, `${name}: ${told}`);
    assert.match(told[0]!, new RegExp(`\\[${name}\\] ${rule} (?:held a line|took too many steps)`));
  }

  // Nothing is read twice after it, either.
  await daemon.stop();
  await daemon.start();
  for (const { name, attack } of hostileJails) append(home, `${name}.log`, dated(name, attack('192.0.2.4')));
  for (const jail of jails) await daemon.until(async () => (await daemon.failures(jail)) >= 1);
  for (const jail of jails) assert.equal(await daemon.failures(jail), 1, jail);
});

test('a rule that is abused again and again is suspended, shown so, and comes back by reload or new rules', async (context) => {
  const daemon = await started(context);
  const [{ name, attack, hostile }] = hostileJails as [(typeof hostileJails)[number]];
  const isSuspended = async (): Promise<boolean> =>
    (await daemon.ask('status', name)).includes("('Suspended rules', ['failregex 2'])");
  let attacks = 0;
  const abuse = async (): Promise<void> => {
    append(daemon.home, `${name}.log`, ...Array.from({ length: 6 }, () => dated(name, hostile)));
    append(daemon.home, `${name}.log`, dated(name, attack('192.0.2.1')));
    attacks += 1;
    await daemon.until(isSuspended);
    await daemon.until(async () => (await daemon.failures(name)) >= attacks);
  };
  await abuse();
  assert.equal(await daemon.ask('reload', name, []), "'OK'");
  assert.equal(await isSuspended(), false);
  await abuse();
  await daemon.ask('set', name, 'delfailregex', '1');
  assert.equal(await isSuspended(), false);
  await daemon.ask('set', name, 'addfailregex', '^\\s*slow (?:x+)+ <HOST>$');
  await abuse();
  append(daemon.home, `${name}.log`, dated(name, 'slow xx 192.0.2.7'), dated(name, attack('192.0.2.8')));
  await daemon.until(async () => (await daemon.failures(name)) > attacks);
  assert.equal(await daemon.failures(name), attacks + 1);
  assert.equal(await daemon.failures(`beside-${name}`), attacks + 1);
});

test('with several workers a jail that a reload gives the file of another moves to it, amid a hostile line', async (context) => {
  const home = new TestHome(context);
  home.write('fail2ban.local', '[Definition]\nworkers = 3\n');
  home.write('filter.d/plain.conf', '[Definition]\nfailregex = ^\\s*bad <HOST>$\n');
  home.write(
    'filter.d/slow.conf',
    '[Definition]\nfailregex = ^\\s*bad <HOST>$\n            ^\\s*slow (?:x+)+ <HOST>$\n',
  );
  const jail = (name: string, filter: string, ...logs: string[]): void => {
    const logPath = logs.map((log) => join(home.path, log)).join('\n          ');
    home.write(
      `jail.d/${name}.conf`,
      `[${name}]\nenabled = true\nfilter = ${filter}\nbackend = auto\nmaxretry = 100\nlogpath = ${logPath}\n`,
    );
  };
  for (const log of ['a.log', 'b.log', 'c.log']) home.write(log, '');
  jail('a', 'slow', 'a.log');
  jail('b', 'plain', 'b.log');
  jail('c', 'plain', 'c.log');
  const daemon = await new DaemonProcess(context, home).start();
  const bad = (count: number): string[] => Array.from({ length: count }, () => `${stamp()} bad 192.0.2.1`);
  for (const log of ['a.log', 'b.log', 'c.log']) append(home, log, ...bad(3));
  for (const name of ['a', 'b', 'c']) await daemon.until(async () => (await daemon.failures(name)) === 3);
  append(home, 'a.log', ...bad(1), `${stamp()} slow ${'x'.repeat(60)}!`, ...bad(1));
  jail('b', 'plain', 'b.log', 'a.log');
  append(home, 'b.log', ...bad(2));
  assert.equal(await daemon.ask('reload', '--all', []), "'OK'");
  append(home, 'b.log', ...bad(4));
  append(home, 'a.log', ...bad(1));
  append(home, 'c.log', ...bad(1));
  // What `a.log` held before is of within findtime, and is read for `b` too.
  const expected = { a: 6, b: 15, c: 4 };
  for (const [name, count] of Object.entries(expected)) {
    await daemon.until(async () => (await daemon.failures(name)) >= count);
  }
  await daemon.stop();
  await daemon.start();
  for (const log of ['a.log', 'b.log', 'c.log']) append(home, log, ...bad(1));
  const afterwards = { a: 1, b: 2, c: 1 };
  for (const [name, count] of Object.entries(afterwards)) {
    await daemon.until(async () => (await daemon.failures(name)) >= count);
    assert.equal(await daemon.failures(name), count, name);
  }
  const log = home.read('fail2ban.log');
  assert.equal(log.match(/left out/g)?.length, 1, log);
  for (const [name, count] of Object.entries(expected)) {
    const found = log.split('\n').filter((line) => line.includes(`[${name}] Found 192.0.2.1`));
    assert.equal(found.length, count + afterwards[name as keyof typeof afterwards], name);
  }
});
