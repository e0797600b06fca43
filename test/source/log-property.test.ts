import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { TestFollower, type TestJail, unwatchedFileSystem, write } from './harness.ts';

type Step =
  | { readonly kind: 'append'; readonly lengths: readonly number[] }
  | {
      readonly kind: 'half' | 'rename' | 'create' | 'copytruncate' | 'replace' | 'look' | 'restart' | 'down';
    };

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      lengths: fc.array(fc.oneof(fc.nat(80), fc.constantFrom(5000, 70_000)), { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        ...([
          'half',
          'rename',
          'create',
          'copytruncate',
          'replace',
          'look',
          'look',
          'restart',
          'down',
        ] as const),
      ),
    }),
  },
);

/** A program that logs, a logrotate beside it, and a follower that is restarted now and then. */
class World {
  readonly written: string[] = [];
  readonly read: string[] = [];
  readonly #directory: string;
  readonly #log: string;
  readonly #pattern: string;
  readonly #context: { after: TestContext['after'] };
  readonly #ends: (() => void)[] = [];
  #follower: TestFollower | undefined;
  #jail: TestJail | undefined;
  #positions: ReturnType<TestJail['positions']> = [];
  #half: string | undefined;

  constructor(glob: boolean) {
    this.#directory = mkdtempSync(join(tmpdir(), 'warder-property-'));
    this.#log = join(this.#directory, 'a.log');
    this.#pattern = glob ? `${this.#log}*` : this.#log;
    this.#context = { after: (end) => void this.#ends.push(end as () => void) };
    mkdirSync(this.#directory, { recursive: true });
    // A log that was rotated before anybody ever read of it is unknown for good.
    this.#append(5);
    this.#up();
  }

  do(step: Step): void {
    if (step.kind === 'append') for (const length of step.lengths) this.#append(length);
    else if (step.kind === 'half') this.#startLine();
    else if (step.kind === 'rename') this.#rotate(() => renameSync(this.#log, `${this.#log}.1`));
    else if (step.kind === 'create') write(this.#log, '');
    else if (step.kind === 'copytruncate') this.#rotate(() => this.#copyAndTruncate());
    else if (step.kind === 'replace') this.#replace();
    else if (step.kind === 'look') this.#look();
    else if (step.kind === 'restart') this.#restart();
    else this.#down();
  }

  finish(): void {
    this.#finishLine();
    this.#restart();
    this.#look();
    this.#down();
    for (const end of this.#ends) end();
    rmSync(this.#directory, { recursive: true });
  }

  /** New files that match a glob are looked for at every fifth look. */
  #look(): void {
    for (let look = 0; look < 5; look += 1) this.#follower?.look();
  }

  #append(length: number): void {
    this.#finishLine();
    const line = `${this.written.length} ${'x'.repeat(length)}`;
    this.written.push(line);
    write(this.#log, `${line}\n`);
  }

  #startLine(): void {
    this.#finishLine();
    this.#half = `${this.written.length} half`;
    write(this.#log, this.#half);
  }

  /** A program finishes the line that it is writing before its log is taken away. */
  #finishLine(): void {
    if (this.#half === undefined) return;
    this.written.push(`${this.#half} a line`);
    write(this.#log, ' a line\n');
    this.#half = undefined;
  }

  #rotate(move: () => void): void {
    this.#finishLine();
    if (!existsSync(this.#log)) return;
    for (let number = 40; number > 0; number -= 1) {
      const from = `${this.#log}.${number}`;
      if (existsSync(from)) renameSync(from, `${this.#log}.${number + 1}`);
    }
    move();
  }

  /** A file of which nothing was read cannot be told from what it is after a truncation, so it gets a look before. */
  #copyAndTruncate(): void {
    const [firstLine] = readFileSync(this.#log, 'utf8').split(/(?<=\n)/);
    const md5 = createHash('sha1')
      .update(firstLine ?? '')
      .digest('hex');
    if (!this.#jail?.positions().some(({ firstLineHash }) => firstLineHash === md5)) this.#look();
    copyFileSync(this.#log, `${this.#log}.1`);
    truncateSync(this.#log);
  }

  /** What is deleted unseen is lost for anybody, and so is the trail that leads to what came after it. */
  #replace(): void {
    this.#finishLine();
    if (this.#follower === undefined || !existsSync(this.#log)) return;
    this.#look();
    rmSync(this.#log);
    this.#append(10);
    this.#look();
  }

  #up(): void {
    this.#follower = new TestFollower(this.#context, unwatchedFileSystem, Date.now() / 1000);
    this.#jail = this.#follower.jailWith({ paths: [this.#pattern], positions: this.#positions });
  }

  #down(): void {
    if (this.#follower === undefined || this.#jail === undefined) return;
    this.#positions = merge(this.#positions, this.#jail.positions());
    this.#follower.follower.stop();
    this.read.push(...this.#jail.lines);
    this.#follower = undefined;
  }

  #restart(): void {
    this.#down();
    this.#up();
  }
}

/** As a database keeps them: by path, the latest wins. */
function merge(old: ReturnType<TestJail['positions']>, now: typeof old): typeof old {
  return [...new Map([...old, ...now].map((position) => [position.path, position])).values()];
}

/** Overlong lines are cut. */
const numberOf = (line: string): number => Number.parseInt(line, 10);

test('however appends, rotations and restarts interleave, every line arrives exactly once', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const world = new World(false);
      for (const each of steps) world.do(each);
      world.finish();
      assert.deepEqual(world.read.map(numberOf), world.written.map(numberOf));
    }),
    { numRuns: 150 },
  );
});

test('a glob that matches the rotated files as well does not change that', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const world = new World(true);
      for (const each of steps) world.do(each);
      world.finish();
      assert.deepEqual(world.read.map(numberOf).sort(ascending), world.written.map(numberOf));
    }),
    { numRuns: 150 },
  );
});

const ascending = (a: number, b: number): number => a - b;
