import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { ManualClock } from '../../../src/base/index.ts';
import { type HeldSocket, Pit } from '../../../src/enforce/tarpit/pit.ts';
import { speechOf, type Voice } from '../../../src/enforce/tarpit/voices.ts';

/** A socket that writes down what was done with it. */
class FakeSocket extends EventEmitter {
  readonly remoteAddress: string;
  bytesRead = 0;
  writableLength = 0;
  destroyed = false;
  wrote = '';
  reads = 0;
  isPaused = true;
  ended = false;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }

  write(bytes: Buffer): void {
    this.wrote += bytes.toString('latin1');
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.reads++;
  }

  end(): void {
    this.ended = true;
  }

  resetAndDestroy(): void {
    this.close();
  }

  close(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }
}

function testPit(limits: { mostHeld?: number; mostPerSource?: number } = {}): {
  pit: Pit;
  clock: ManualClock;
  come: (address: string, voice?: Voice) => FakeSocket;
  afterReading: (() => void)[];
} {
  const clock = new ManualClock();
  const afterReading: (() => void)[] = [];
  const pit = new Pit({
    clock,
    limits: { mostHeld: 100, mostPerSource: 4, ...limits },
    speechOf: (voice) => speechOf(voice, (count) => Buffer.alloc(count, 0xab)),
    random: () => 0,
    afterReading: (callback) => afterReading.push(callback),
  });
  const come = (address: string, voice: Voice = 'ssh'): FakeSocket => {
    const socket = new FakeSocket(address);
    pit.accept(socket as unknown as HeldSocket, voice);
    return socket;
  };
  return { pit, clock, come, afterReading };
}

test('each kind of client hears two bytes now and then, of what holds it', () => {
  const { clock, come } = testPit();
  const heard = (['ssh', 'greeting', 'http', 'pop3', 'imap', 'silence'] as const).map((voice, index) => ({
    voice,
    socket: come(`192.0.2.${index}`, voice),
  }));
  clock.advance(1);
  for (const { voice, socket } of heard)
    assert.equal(socket.wrote.length, voice === 'silence' ? 0 : 2, voice);
  clock.advance(200);
  const said = Object.fromEntries(heard.map(({ voice, socket }) => [voice, socket.wrote]));
  assert.match(said.ssh!, /^(?:ab)+\r\n/);
  assert.match(said.greeting!, /^220-(?:ab)+/);
  assert.match(said.http!, /^HTTP\/1\.1 200 OK\r\nX-/);
  assert.match(said.pop3!, /^\+OK ab/);
  assert.match(said.imap!, /^\* OK ab/);
  assert.equal(said.silence, '');
});

test('an SSH client never hears a version, however long it is held', () => {
  const { clock, come } = testPit();
  const socket = come('192.0.2.1');
  clock.advance(100_000);
  const lines = socket.wrote.split('\r\n');
  assert.ok(lines.length > 300);
  for (const line of lines) assert.match(line, /^[0-9a-f]{0,32}$/);
});

test('beyond the bounds new clients are closed at once, and those that are held stay', () => {
  const { pit, come } = testPit({ mostHeld: 5, mostPerSource: 2 });
  const first = come('192.0.2.1');
  come('::ffff:192.0.2.1');
  assert.equal(come('192.0.2.1').destroyed, true, 'the third of one source, in either spelling');
  assert.equal(come('2001:db8::1').destroyed, false);
  assert.equal(come('2001:db8::2').destroyed, false);
  assert.equal(come('2001:db8::3').destroyed, true, 'the third of one /64');
  assert.equal(come('2001:db8:0:1::1').destroyed, false);
  assert.equal(come('192.0.2.2').destroyed, true, 'the sixth of all');
  assert.equal(first.destroyed, false);
  assert.equal(pit.figures(true).held, 5);
  assert.equal(pit.figures(true).refused, 3);
  first.close();
  assert.equal(come('192.0.2.1').destroyed, false, 'a place that is free again is taken');
});

test('a client is read from for a moment every now and then, and let go when it sends much', () => {
  const { clock, come, afterReading } = testPit();
  const quiet = come('192.0.2.1', 'silence');
  const loud = come('192.0.2.2', 'silence');
  quiet.reads = 0;
  clock.advance(31);
  assert.deepEqual([quiet.reads, quiet.isPaused], [1, false]);
  quiet.bytesRead = 100;
  loud.bytesRead = 8193;
  for (const callback of afterReading.splice(0)) callback();
  assert.deepEqual([quiet.isPaused, quiet.destroyed, loud.destroyed], [true, false, true]);
  clock.advance(40);
  assert.equal(quiet.reads, 2);
});

test('a client that does not read is held without anything piling up', () => {
  const { clock, come } = testPit();
  const socket = come('192.0.2.1');
  socket.writableLength = 2;
  clock.advance(500);
  assert.equal(socket.wrote, '');
  assert.equal(socket.destroyed, false);
});

test('who is released hears the end, and its socket is closed', () => {
  const { pit, clock, come } = testPit();
  const one = come('192.0.2.1');
  const inNetwork = come('192.0.2.200');
  const other = come('198.51.100.1');
  pit.release(['192.0.2.1', '192.0.2.128/25', '203.0.113.9']);
  assert.deepEqual([one.ended, inNetwork.ended, other.ended], [true, true, false]);
  clock.advance(5);
  assert.deepEqual([one.destroyed, inNetwork.destroyed, other.destroyed], [true, true, false]);
  assert.equal(pit.held, 1);
});

test('the figures tell who is held, for how long, and what it has cost them all', () => {
  const { pit, clock, come } = testPit();
  const gone = come('192.0.2.1');
  come('192.0.2.1', 'http');
  clock.advance(100);
  gone.close();
  clock.advance(50);
  come('2001:db8::1', 'silence');
  assert.deepEqual(pit.figures(true), {
    held: 2,
    byVoice: { http: 1, silence: 1 },
    addresses: [
      { address: '192.0.2.1', connections: 1, longestSec: 150, wastedSec: 250 },
      { address: '2001:db8::1', connections: 1, longestSec: 0, wastedSec: 0 },
    ],
    longestSec: 150,
    accepted: 3,
    refused: 0,
    wastedSec: 250,
  });
  assert.deepEqual(pit.figures(false).addresses, []);
});

test('when the last client is gone, no timer runs', () => {
  const { pit, come } = testPit();
  const sockets = [come('192.0.2.1'), come('192.0.2.2')];
  assert.equal(pit.isTurning, true);
  for (const socket of sockets) socket.close();
  assert.equal(pit.isTurning, false);
});
