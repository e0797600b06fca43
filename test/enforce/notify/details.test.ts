import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ManualClock, MemoryLogger, systemClock } from '../../../src/base/index.ts';
import { CourierProcess } from '../../../src/enforce/notify/courier-process.ts';
import { Details } from '../../../src/enforce/notify/details.ts';
import { logLinesAbout } from '../../../src/enforce/notify/log-lines.ts';
import type { CourierTask } from '../../../src/enforce/notify/protocol.ts';
import { startFakeWhois } from '../../support/notice-servers.ts';
import { requireRoot } from '../../support/tools.ts';

function folderFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'warder-details-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function courierFor(context: TestContext): CourierProcess {
  const courier = new CourierProcess({
    clock: systemClock,
    logger: new MemoryLogger(),
    environment: process.env,
  });
  context.after(() => courier.stop());
  return courier;
}

test('the newest lines that name an address are found, and no others', async (t) => {
  const folder = folderFor(t);
  const log = join(folder, 'a.log');
  writeFileSync(
    log,
    [
      '1 192.0.2.1 a',
      '2 192.0.2.10 b',
      '3 5.192.0.2.1 c',
      '4 192.0.2.1:22 d',
      '5 192.0.2.1.7 e',
      '6 [192.0.2.1]',
    ].join('\n'),
  );
  assert.equal(await logLinesAbout('192.0.2.1', log, 10), '1 192.0.2.1 a\n4 192.0.2.1:22 d\n6 [192.0.2.1]');
  assert.equal(await logLinesAbout('192.0.2.1', log, 1), '6 [192.0.2.1]');
  writeFileSync(join(folder, 'b.log'), 'x 2001:db8::1 y\nx 2001:db8::12 y\nx a:2001:db8::1 y\n');
  assert.equal(await logLinesAbout('2001:db8::1', `${folder}/*.log\n/no/such/log`, 10), 'x 2001:db8::1 y');
});

test('a long log is searched from its end, across the borders of what is read at once', async (t) => {
  const log = join(folderFor(t), 'long.log');
  const lines = Array.from(
    { length: 60_000 },
    (_, index) => `${index} from ${index % 1000 === 7 ? '192.0.2.1' : '203.0.113.9'} port`,
  );
  writeFileSync(log, `${lines.join('\n')}\n`);
  const wanted = lines.filter((line) => line.includes('192.0.2.1 '));
  assert.equal(await logLinesAbout('192.0.2.1', log, 1000), wanted.join('\n'));
  assert.equal(await logLinesAbout('192.0.2.1', log, 3), wanted.slice(-3).join('\n'));
});

test('what is no plain file, or endless, holds nothing up', async (t) => {
  const folder = folderFor(t);
  execFileSync('mkfifo', [join(folder, 'pipe.log')]);
  symlinkSync('/dev/zero', join(folder, 'zero.log'));
  assert.equal(await logLinesAbout('192.0.2.1', `${folder}/*.log /dev/null`, 10), '');
  const wide = join(folder, 'wide.log');
  writeFileSync(wide, `192.0.2.1 ${'x'.repeat(3_000_000)}\nlast 192.0.2.1\n`);
  assert.match(await logLinesAbout('192.0.2.1', wide, 10), /last 192\.0\.2\.1$/);
});

test('whois is asked by a process without rights; what it says is cut and has no control characters', async (t) => {
  const whois = await startFakeWhois(
    `% remark\r\nnetname: EVIL\u001b[2J\u0000\r\n${'x: y\r\n'.repeat(50_000)}`,
  );
  t.after(() => whois.stop());
  const courier = courierFor(t);
  const details = new Details({
    clock: systemClock,
    runProgram: () => assert.fail('no program'),
    courier: {
      carryOut: (task: CourierTask, timeoutMs, signal) =>
        courier.carryOut(
          { ...task, server: { host: '127.0.0.1', port: whois.port } } as CourierTask,
          timeoutMs,
          signal,
        ),
    },
  });
  const context = {
    ip: '192.0.2.0/24',
    property: () => '',
    mostLines: 10,
    signal: AbortSignal.timeout(20_000),
  };
  const text = (await details.find(['whois', 'ip'], context)).get('whois') ?? '';
  assert.match(text, /^netname: EVIL\\x1b\[2J\\x00\nx: y\n/);
  assert.equal(text.split('\n').length, 150);
});

test('where whois and contacts give no answer, the notice says so and goes out', async () => {
  const details = new Details({
    clock: new ManualClock(),
    runProgram: () => assert.fail('no program'),
    courier: { carryOut: () => Promise.reject(new Error('no\u001b way')) },
  });
  const context = {
    ip: '192.0.2.1',
    property: (name: string) => (name === 'addr_resolver' ? 'x.example.org' : ''),
    mostLines: 10,
    signal: AbortSignal.timeout(1000),
  };
  const found = await details.find(['whois', 'abuse-contacts'], context);
  assert.equal(found.get('whois'), 'unknown (no\\x1b way)');
  assert.equal(found.get('abuse-contacts'), '');
});

test('contacts are addresses and nothing else, and are kept for a while', async () => {
  let asked = 0;
  const clock = new ManualClock();
  const details = new Details({
    clock,
    runProgram: () => assert.fail('no program'),
    courier: {
      carryOut: async () => {
        asked++;
        return { status: 0, text: 'abuse@example.org,-oQ/tmp@x\nroot, a@b\r\nBcc: victim@example.org, c@d' };
      },
    },
  });
  const context = {
    ip: '192.0.2.1',
    property: () => 'x.example.org',
    mostLines: 10,
    signal: AbortSignal.timeout(1000),
  };
  for (let count = 0; count < 2; count++) {
    const found = await details.find(['abuse-contacts'], context);
    assert.equal(found.get('abuse-contacts'), 'abuse@example.org, a@b, victim@example.org, c@d');
  }
  clock.advance(3601);
  await details.find(['abuse-contacts'], context);
  assert.equal(asked, 2);
});

test('the process for notices is nobody, and when it is killed the task may be tried again', async (t) => {
  if (!requireRoot(t)) return;
  const whois = await startFakeWhois('');
  t.after(() => whois.stop());
  const logger = new MemoryLogger();
  const courier = new CourierProcess({ clock: systemClock, logger, environment: process.env });
  t.after(() => courier.stop());
  const server = { host: '127.0.0.1', port: whois.port };
  await courier.carryOut({ kind: 'whois', of: '192.0.2.1', server }, 20_000);
  const pid = execFileSync('pgrep', ['-P', String(process.pid), '-f', 'warder-courier'], {
    encoding: 'utf8',
  }).trim();
  const uid = execFileSync('ps', ['-o', 'uid=', '-p', pid], { encoding: 'utf8' }).trim();
  assert.equal(uid, '65534');
  const hanging = courier.carryOut(
    {
      kind: 'http',
      url: `http://127.0.0.1:${whois.port}`,
      method: 'GET',
      headers: {},
      body: undefined,
      insecure: false,
    },
    20_000,
  );
  process.kill(Number(pid), 'SIGKILL');
  await assert.rejects(hanging, { message: 'the process for notices ended', mayRetry: true });
  assert.ok(logger.lines.some((line) => line.includes('The process for notices ended')));
  await assert.rejects(courier.carryOut({ kind: 'txt', of: 'x' }, 1000), /has just ended/);
});
