import { ManualClock } from '../../src/base/index.ts';
import type { CreateDetector } from '../../src/detect/detector.ts';
import { createDetector, type Failure, type FilterSettings } from '../../src/detect/index.ts';
import { unpackFailures } from '../../src/detect/packed-failures.ts';
import type { Answer, JailChange } from '../../src/detect/protocol.ts';
import { RegexCache } from '../../src/detect/regex-cache.ts';
import { WatchdogMemory } from '../../src/detect/watchdog-memory.ts';
import { WorkerLoop } from '../../src/detect/worker-loop.ts';
import { type LogPath, nodeFileSystem } from '../../src/source/index.ts';

const regexes = new RegexCache();

export interface LoopOptions {
  readonly withPrefilter?: boolean;
  readonly onRead?: (length: number, position: number) => void;
}

/** Tells of no line that it need not be fed. */
const createPlainDetector: CreateDetector = (settings, deps) => ({
  ...createDetector(settings, deps),
  needs: () => undefined,
});

/**
 * The detection worker's own loop over real files, in this thread, at a time that stands still: it reads when it is told
 * to look.
 */
export class DetectLoop {
  readonly clock: ManualClock;
  /** What was logged: level and message. */
  readonly logged: string[] = [];
  readonly #loop: WorkerLoop;
  readonly #deferred: (() => void)[] = [];
  #failures: Failure[] = [];
  /** Batches wait for their credit as long as this is set. */
  holdsCredit = false;

  /** `withPrefilter`: off, every line is looked at with every rule. `onRead`: told of every read of a file. */
  constructor(nowSec: number, { withPrefilter = true, onRead = () => {} }: LoopOptions = {}) {
    this.clock = new ManualClock(nowSec);
    this.#loop = new WorkerLoop({
      clock: this.clock,
      // Nobody tells of changes: they are seen when the test looks.
      fs: {
        ...nodeFileSystem,
        watch: () => () => undefined,
        read: (fd, buffer, start, length, position) => {
          onRead(length, position);
          return nodeFileSystem.read(fd, buffer, start, length, position);
        },
      },
      watch: new WatchdogMemory(),
      createDetector: withPrefilter ? createDetector : createPlainDetector,
      regexes,
      send: (answer) => this.#received(answer),
      defer: (callback) => void this.#deferred.push(callback),
    });
  }

  add(filter: FilterSettings, paths: readonly LogPath[], logEncoding: string): void {
    const source = {
      backend: 'polling' as const,
      logPaths: paths,
      logEncoding,
      journalMatch: [],
      journalOptions: {},
    };
    this.#loop.handle({
      kind: 'add',
      id: 1,
      jail: { index: 0, filter, source, positions: [], idle: false },
    });
    this.#run();
  }

  change(jail: string, change: JailChange): void {
    this.#loop.handle({ kind: 'update', id: 1, jail, change });
    this.#run();
  }

  remove(jail: string): void {
    this.#loop.handle({ kind: 'remove', id: 1, jail });
    this.#run();
  }

  /** The batch that was sent last is done with. */
  giveCredit(): void {
    this.#loop.handle({ kind: 'credit' });
    this.#run();
  }

  /** Lets time go by, looking at the files as often as it does in operation; returns the failures found. */
  pass(sec: number): Failure[] {
    this.clock.advance(sec);
    this.#run();
    const failures = this.#failures;
    this.#failures = [];
    return failures;
  }

  stop(): void {
    this.#loop.handle({ kind: 'stop' });
  }

  #run(): void {
    for (let next = this.#deferred.shift(); next !== undefined; next = this.#deferred.shift()) next();
  }

  #received(answer: Answer): void {
    if (answer.kind === 'log') this.logged.push(`${answer.level} ${answer.message}`);
    if (answer.kind === 'reply' && answer.error !== undefined) throw new Error(answer.error.message);
    if (answer.kind !== 'batch') return;
    this.#failures.push(...unpackFailures(answer.failures));
    if (!this.holdsCredit) this.#deferred.push(() => this.#loop.handle({ kind: 'credit' }));
  }
}
