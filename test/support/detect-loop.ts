import { ManualClock } from '../../src/base/index.ts';
import { createDetector, type Failure, type FilterSettings } from '../../src/detect/index.ts';
import type { Answer } from '../../src/detect/protocol.ts';
import { RegexCache } from '../../src/detect/regex-cache.ts';
import { WatchdogMemory } from '../../src/detect/watchdog-memory.ts';
import { WorkerLoop } from '../../src/detect/worker-loop.ts';
import { type LogPath, nodeFileSystem } from '../../src/source/index.ts';

const regexes = new RegexCache();

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

  constructor(nowSec: number) {
    this.clock = new ManualClock(nowSec);
    this.#loop = new WorkerLoop({
      clock: this.clock,
      // Nobody tells of changes: they are seen when the test looks.
      fs: { ...nodeFileSystem, watch: () => () => undefined },
      watch: new WatchdogMemory(),
      createDetector,
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
    this.#failures.push(...answer.failures);
    this.#deferred.push(() => this.#loop.handle({ kind: 'credit' }));
  }
}
