import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test, { type TestContext } from 'node:test';
import { ManualClock } from '../../src/base/index.ts';
import { FdSink } from '../../src/daemon/log-target/fd-sink.ts';
import { FileSink } from '../../src/daemon/log-target/file-sink.ts';
import { bench, folder } from '../support/log-bench.ts';
import { systemPython } from '../support/python.ts';
import { requireTool } from '../support/tools.ts';

test('a full disk costs lines, not the daemon, and is told once a minute', (t) => {
  const errors: string[] = [];
  const sink = new FileSink(
    join(folder(t), 'log'),
    (message) => errors.push(message),
    () => {
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    },
  );
  sink.write('lost', { timeSec: 0, logger: 'test', level: 'ERROR', message: 'lost' });
  assert.match(errors.join(), /cannot write to .*log: ENOSPC/);
});

test('a full pipe makes lines wait, in order, up to a bound', () => {
  const clock = new ManualClock();
  const troubles: string[] = [];
  let room = 10;
  const seen: string[] = [];
  const sink = new FdSink(
    1,
    clock,
    (message) => troubles.push(message),
    (_fd, bytes) => {
      if (room === 0) throw Object.assign(new Error('EAGAIN'), { code: 'EAGAIN' });
      const taken = Math.min(room, bytes.length);
      seen.push(Buffer.from(bytes.subarray(0, taken)).toString());
      room -= taken;
      return taken;
    },
  );
  sink.write('first line');
  sink.write('second line');
  assert.equal(seen.join(''), 'first line');
  room = 1000;
  clock.advance(1);
  assert.equal(seen.join(''), 'first line\nsecond line\n');
  room = 0;
  for (let i = 0; i < 3000; i += 1) sink.write('x'.repeat(1000));
  room = Number.POSITIVE_INFINITY;
  clock.advance(1);
  const total = seen.join('').length;
  assert.ok(total < 1_100_000 && total > 1_000_000);
  assert.match(troubles.join(), /^\d+ log messages were dropped/);
});

test('the journal gets a header and lines with their priority, again after it restarts', async (t) => {
  const path = join(folder(t), 'stdout');
  const accepted: Socket[] = [];
  const texts: string[] = [];
  const server = createServer((socket) => {
    const index = accepted.push(socket) - 1;
    texts[index] = '';
    socket.on('data', (chunk) => {
      texts[index] += chunk.toString();
    });
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(() => server.close());
  const { log, clock, errors } = bench(t, { journalSocket: path });
  await log.setLogTarget('SYSTEMD-JOURNAL');
  log.log('NOTICE', 'fail2ban.actions', '[sshd] Ban 192.0.2.1');
  log.log('ERROR', 'fail2ban.actions', 'one\ntwo');
  await until(() => texts[0]?.endsWith('two\n') === true);
  assert.equal(texts[0], 'fail2ban\n\n6\n1\n0\n0\n0\n<5>[sshd] Ban 192.0.2.1\n<3>one\n<3>two\n');
  accepted[0]?.destroy();
  await until(() => {
    log.log('INFO', 'x', 'lost or not');
    clock.advance(2);
    return accepted.length === 2;
  });
  log.log('INFO', 'x', 'back');
  await until(() => texts[1]?.endsWith('back\n') === true);
  assert.match(errors.join(''), /log messages were dropped: the journal did not take them/);
  await assert.rejects(bench(t, { journalSocket: `${path}.none` }).log.setLogTarget('SYSTEMD-JOURNAL'), {
    code: 'LOG_TARGET',
  });
});

test('syslog gets tag, process and priority as a syslog daemon knows them', async (t) => {
  if (!requireTool(t, 'logger', 'python3')) return;
  const path = join(folder(t), 'log');
  const { next } = await syslogDaemon(t, path);
  const { log } = bench(t);
  await log.setSyslogSocket(path);
  await log.setLogTarget('SYSLOG[facility=local3]');
  assert.equal(log.logTarget(), 'SYSLOG');
  log.log('NOTICE', 'fail2ban.actions', '[sshd] Ban 192.0.2.1');
  assert.match(await next(), /^<157>.* fail2ban\.actions\[32409\]: NOTICE \[sshd\] Ban 192\.0\.2\.1$/);
  log.log('ERROR', 'fail2ban.filter', 'two\nlines');
  assert.match(await next(), /^<155>.* fail2ban\.filter\[32409\]: ERROR two$/);
  assert.match(await next(), /^<155>.* fail2ban\.filter\[32409\]: lines$/);
  assert.equal(log.flush(), 'flushed');
});

/** Receives datagrams on a unix socket and prints them, one a line. */
const receiver = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('ready', flush=True)
while True: print(s.recv(65536).decode().rstrip('\\0\\n'), flush=True)
`;

async function syslogDaemon(context: TestContext, path: string): Promise<{ next(): Promise<string> }> {
  const child: ChildProcess = spawn(systemPython, ['-c', receiver, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  context.after(() => child.kill());
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => String((await lines.next()).value);
  assert.equal(await next(), 'ready');
  chmodSync(path, 0o666);
  return { next };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
