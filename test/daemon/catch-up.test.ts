import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryLogger } from '../../src/base/index.ts';
import { CatchUp } from '../../src/daemon/catch-up.ts';

const mib = 1024 * 1024;

/** A jail, or several, on their way through a log of the given size. */
class Scene {
  sec = 1000;
  size = 800 * mib;
  measured = 0;
  readonly logger = new MemoryLogger();
  readonly catchUp = new CatchUp({
    nowSec: () => this.sec,
    logger: this.logger,
    sizeOf: () => {
      this.measured += 1;
      return this.size;
    },
  });

  at(offset: number, jail = 'sshd'): void {
    const position = { kind: 'file', path: '/var/log/auth.log', offset, firstLineHash: '' } as const;
    this.catchUp.batch({ positions: [{ jail, position }], caughtUp: [] });
  }

  done(jail = 'sshd'): void {
    this.catchUp.batch({ positions: [], caughtUp: [jail] });
  }

  get said(): string[] {
    return this.logger.lines.map((line) => line.replace('INFO fail2ban.filter ', ''));
  }
}

test('of a large log the log tells every few seconds how far it is read, and when it is', () => {
  const scene = new Scene();
  for (const [sec, offset] of [
    [0, 0],
    [2, 100],
    [5, 200],
    [6, 300],
    [9, 350],
    [10, 400],
  ] as const) {
    scene.sec = 1000 + sec;
    scene.at(offset * mib);
  }
  assert.deepEqual(scene.said, [
    "Catching up with /var/log/auth.log for jail 'sshd': 25 % of 800.0 MiB, 40.0 MiB/s",
    "Catching up with /var/log/auth.log for jail 'sshd': 50 % of 800.0 MiB, 40.0 MiB/s",
  ]);
  assert.deepEqual(scene.catchUp.of('sshd'), [{ path: '/var/log/auth.log', percent: 50 }]);
  scene.done();
  assert.equal(scene.said.at(-1), 'Caught up with /var/log/auth.log');
  assert.deepEqual(scene.catchUp.of('sshd'), []);
});

test('a small log, and a large one that is read at once, are not worth a word', () => {
  const small = new Scene();
  small.size = mib;
  small.at(0);
  assert.deepEqual(small.catchUp.of('sshd'), []);
  small.sec += 60;
  small.at(mib / 2);
  const quick = new Scene();
  quick.at(0);
  quick.sec += 4;
  quick.at(700 * mib);
  quick.done();
  assert.deepEqual([...small.said, ...quick.said], []);
});

test('what is said is about the part that there is to read, and about the slowest of its jails', () => {
  const scene = new Scene();
  scene.at(400 * mib, 'sshd');
  scene.at(600 * mib, 'quick');
  scene.sec += 5;
  scene.at(700 * mib, 'quick');
  assert.deepEqual(scene.said, [
    "Catching up with /var/log/auth.log for jail 'sshd': 0 % of 400.0 MiB, 0.0 MiB/s",
  ]);
  assert.deepEqual(scene.catchUp.of('quick'), [{ path: '/var/log/auth.log', percent: 50 }]);
  scene.done('sshd');
  assert.equal(scene.said.length, 1, 'one of them still reads');
  scene.done('quick');
  assert.equal(scene.said.at(-1), 'Caught up with /var/log/auth.log');
});

test('a jail that has caught up costs no further look, until it begins anew', () => {
  const scene = new Scene();
  scene.at(0);
  scene.done();
  const looks = scene.measured;
  scene.sec += 60;
  scene.at(500 * mib);
  assert.equal(scene.measured, looks);
  assert.deepEqual(scene.catchUp.of('sshd'), []);
  scene.catchUp.forget('sshd');
  scene.at(500 * mib);
  assert.deepEqual(scene.catchUp.of('sshd'), [{ path: '/var/log/auth.log', percent: 0 }]);
});

test('of a jail that stops before it has caught up nothing is claimed', () => {
  const scene = new Scene();
  scene.at(0);
  scene.sec += 6;
  scene.at(100 * mib);
  scene.catchUp.forget('sshd');
  scene.at(0, 'other');
  assert.equal(scene.said.length, 1);
  assert.ok(scene.said[0]?.startsWith('Catching up'));
});
