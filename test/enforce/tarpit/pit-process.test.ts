import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HelperEvents, ManualClock, MemoryLogger } from '../../../src/base/index.ts';
import { PitProcess } from '../../../src/enforce/tarpit/pit-process.ts';
import type { PitFigures, PitMessage, PitRequest } from '../../../src/enforce/tarpit/protocol.ts';
import type { VoicePorts } from '../../../src/enforce/tarpit/voices.ts';

const ports: VoicePorts = {
  ssh: 40001,
  greeting: 40002,
  http: 40003,
  pop3: 40004,
  imap: 40005,
  silence: 40006,
};
const nothing: PitFigures = {
  ...{ held: 0, byVoice: {}, addresses: [], longestSec: 0, accepted: 0, refused: 0, wastedSec: 0 },
};

/** A process of which only the pipe is there. */
interface FakeProcess {
  readonly heard: PitRequest[];
  readonly events: HelperEvents<PitMessage>;
}

function supervised(): {
  pit: PitProcess;
  clock: ManualClock;
  logger: MemoryLogger;
  processes: FakeProcess[];
  told: (VoicePorts | undefined)[];
} {
  const clock = new ManualClock();
  const logger = new MemoryLogger();
  const processes: FakeProcess[] = [];
  const told: (VoicePorts | undefined)[] = [];
  const pit = new PitProcess({
    clock,
    logger,
    limits: { mostHeld: 10, mostPerSource: 2 },
    onPorts: (now) => told.push(now),
    start: (events) => {
      const heard: PitRequest[] = [];
      processes.push({ heard, events });
      return { send: (request) => heard.push(request), setBusy: () => undefined, stop: () => undefined };
    },
  });
  return { pit, clock, logger, processes, told };
}

test('a process that dies is started again on the same ports, after a growing pause', () => {
  const { pit, clock, logger, processes, told } = supervised();
  pit.start();
  assert.deepEqual(processes[0]!.heard, [{ kind: 'listen', limits: { mostHeld: 10, mostPerSource: 2 } }]);
  processes[0]!.events.onMessage({ kind: 'ready', ports, mostHeld: 10 });
  assert.deepEqual([pit.ports, pit.mostHeld], [ports, 10]);
  processes[0]!.events.onEnd('killed with SIGKILL');
  assert.deepEqual([pit.ports, pit.mostHeld], [undefined, 0]);
  assert.match(logger.lines.join(), /The tarpit's process ended \(killed with SIGKILL\)/);
  clock.advance(0.2);
  assert.equal(processes.length, 2);
  assert.deepEqual(processes[1]!.heard[0], {
    kind: 'listen',
    ports,
    limits: { mostHeld: 10, mostPerSource: 2 },
  });
  processes[1]!.events.onEnd('again');
  clock.advance(0.3);
  assert.equal(processes.length, 2);
  clock.advance(0.11);
  assert.equal(processes.length, 3);
  assert.deepEqual(told, [ports, undefined, undefined]);
});

test('what earlier processes have held is not forgotten', async () => {
  const { pit, clock, processes } = supervised();
  pit.start();
  processes[0]!.events.onMessage({ kind: 'ready', ports, mostHeld: 10 });
  const before = { ...nothing, held: 2, accepted: 3, wastedSec: 100, longestSec: 60 };
  processes[0]!.events.onMessage({ kind: 'figures', figures: before });
  processes[0]!.events.onEnd('gone');
  const between = { ...before, held: 0 };
  assert.deepEqual(await pit.figures(), between);
  clock.advance(1);
  processes[1]!.events.onMessage({ kind: 'ready', ports, mostHeld: 10 });
  const asked = pit.figures();
  const { id } = processes[1]!.heard.at(-1) as { id: number };
  const now = { ...nothing, held: 1, byVoice: { ssh: 1 }, accepted: 1, wastedSec: 5, longestSec: 5 };
  processes[1]!.events.onMessage({ kind: 'figures', id, figures: now });
  assert.deepEqual(await asked, {
    ...now,
    ...{ accepted: 4, wastedSec: 105, longestSec: 60 },
  });
});

test('a process that does not answer is not waited for', async () => {
  const { pit, clock, processes } = supervised();
  pit.start();
  processes[0]!.events.onMessage({ kind: 'ready', ports, mostHeld: 10 });
  const asked = pit.figures();
  clock.advance(5);
  assert.deepEqual(await asked, nothing);
});

test('many addresses are released in lines that are not too long', () => {
  const { pit, processes } = supervised();
  pit.start();
  const all = Array.from({ length: 2500 }, (_, index) => `192.0.${Math.floor(index / 250)}.${index % 250}`);
  pit.release(all);
  const released = processes[0]!.heard.flatMap((request) =>
    request.kind === 'release' ? [request.addresses] : [],
  );
  assert.deepEqual(
    released.map((addresses) => addresses.length),
    [1000, 1000, 500],
  );
  assert.deepEqual(released.flat(), all);
});

test('after a stop nothing is started again', () => {
  const { pit, clock, processes } = supervised();
  pit.start();
  processes[0]!.events.onMessage({ kind: 'ready', ports, mostHeld: 10 });
  pit.stop();
  processes[0]!.events.onEnd('stopped');
  clock.advance(1000);
  assert.equal(processes.length, 1);
});
