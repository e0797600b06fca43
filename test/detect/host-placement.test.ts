import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Placement } from '../../src/detect/host-placement.ts';

const shares = (...files: string[]): ReadonlySet<string> => new Set(files);

/** Does what a place says. */
function place(placement: Placement, name: string, files: ReadonlySet<string>): void {
  const { host, moves } =
    placement.hostOf(name) === undefined ? placement.add(name, files) : placement.change(name, files);
  for (const jail of moves) placement.moved(jail, host);
}

test('jails without a common file are spread evenly over the workers that are asked for', () => {
  const placement = new Placement(3, 2);
  for (let index = 0; index < 9; index += 1) place(placement, `j${index}`, shares(`${index}.log`));
  place(placement, 'journal', shares());
  assert.deepEqual(
    [0, 1, 2].map((host) => placement.jailsOf(host).length),
    [4, 3, 3],
  );
});

test('left to itself it is one worker on two processors, and a further one only for many files', () => {
  const workersFor = (cores: number, files: number): number => {
    const placement = new Placement('auto', cores);
    for (let index = 0; index < files; index += 1) place(placement, `j${index}`, shares(`${index}.log`));
    return new Set(Array.from({ length: files }, (_, index) => placement.hostOf(`j${index}`))).size;
  };
  assert.deepEqual([workersFor(1, 20), workersFor(2, 20), workersFor(16, 4)], [1, 1, 1]);
  assert.deepEqual([workersFor(4, 8), workersFor(16, 8), workersFor(16, 100)], [2, 2, 4]);
});

test('a jail goes to the worker that reads its file already', () => {
  const placement = new Placement(2, 2);
  place(placement, 'a', shares('a.log'));
  place(placement, 'b', shares('b.log'));
  place(placement, 'b2', shares('b.log', 'more.log'));
  assert.equal(placement.hostOf('b2'), placement.hostOf('b'));
  assert.notEqual(placement.hostOf('a'), placement.hostOf('b'));
});

test('a jail that comes to share a file moves, and so do those that a new jail brings together', () => {
  const placement = new Placement(2, 2);
  place(placement, 'a', shares('a.log'));
  place(placement, 'b', shares('b.log'));
  place(placement, 'a', shares('b.log'));
  assert.equal(placement.hostOf('a'), placement.hostOf('b'));
  place(placement, 'c', shares('c.log'));
  assert.notEqual(placement.hostOf('c'), placement.hostOf('b'));
  place(placement, 'both', shares('b.log', 'c.log'));
  assert.deepEqual(
    ['a', 'b', 'c', 'both'].map((jail) => placement.hostOf(jail)),
    Array(4).fill(placement.hostOf('b')),
  );
});

test('whatever comes, changes and goes, jails that share a file are together', () => {
  const jail = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  const files = fc.uniqueArray(fc.constantFrom('1', '2', '3', '4', '5', '6', '7'), { maxLength: 2 });
  const step = fc.record({ jail, files, goes: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.constantFrom(1, 2, 3), (steps, workers) => {
      const placement = new Placement(workers, 8);
      const known = new Map<string, ReadonlySet<string>>();
      for (const { jail: name, files: paths, goes } of steps) {
        if (goes) {
          known.delete(name);
          placement.remove(name);
          continue;
        }
        known.set(name, new Set(paths));
        place(placement, name, new Set(paths));
        for (const [one, its] of known)
          for (const [other, theirs] of known)
            if (!its.isDisjointFrom(theirs)) assert.equal(placement.hostOf(one), placement.hostOf(other));
        for (const each of known.keys()) assert.ok((placement.hostOf(each) ?? workers) < workers);
      }
    }),
  );
});
