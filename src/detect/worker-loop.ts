import { type Clock, type Logger, type Spawn, WarderError } from '../base/index.ts';
import { type FileSystem, JournalNudge, LogFollower, type Position } from '../source/index.ts';
import { BlockScans } from './block-scans.ts';
import type { CreateDetector } from './detector.ts';
import { type Answer, type InsideLine, type JailSpec, plainError, type Request } from './protocol.ts';
import { RegexCache } from './regex-cache.ts';
import { StepClock } from './step-clock.ts';
import type { WatchdogMemory } from './watchdog-memory.ts';
import { BatchCollector } from './worker-batch.ts';
import { type JailDeps, WorkerJail } from './worker-jail.ts';

export interface LoopDeps {
  readonly clock: Clock;
  readonly fs: FileSystem;
  readonly watch: WatchdogMemory;
  readonly createDetector: CreateDetector;
  readonly regexes?: RegexCache;
  readonly spawn?: Spawn;
  send(answer: Answer): void;
  /** Runs the callback soon, after what is waiting; `setImmediate`. */
  defer(callback: () => void): void;
}

/** A turn lasts about so long; then messages are looked at. */
const turnMs = 10;
/** Positions without failures are handed over this often. */
const positionsEverySec = 1;

/**
 * The worker's work: reads the sources of all jails in turns, feeds the detectors, and sends what they find in batches,
 * each when the one before is done with.
 */
export class WorkerLoop {
  readonly #deps: LoopDeps;
  readonly #follower: LogFollower;
  readonly #nudge: JournalNudge;
  readonly #batch = new BatchCollector();
  readonly #jails = new Map<string, WorkerJail>();
  readonly #jailDeps: JailDeps;
  readonly #regexes: RegexCache;
  readonly #lineClock: StepClock;
  #inside: InsideLine[] = [];
  #hasCredit = true;
  #isScheduled = false;
  #lastBatchSec = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(deps: LoopDeps) {
    this.#deps = deps;
    const { clock, fs, watch, createDetector, send } = deps;
    this.#follower = new LogFollower({ clock, fs, buffer: watch.chunk, onWork: () => this.#schedule() });
    this.#nudge = new JournalNudge({ fs, clock });
    this.#regexes = deps.regexes ?? new RegexCache();
    this.#lineClock = new StepClock(clock);
    const logger: Logger = {
      log: (level, name, message) => send({ kind: 'log', level, logger: name, message }),
    };
    this.#jailDeps = {
      clock,
      lineClock: this.#lineClock,
      fs,
      logger,
      createDetector,
      follower: this.#follower,
      nudge: this.#nudge,
      watch,
      scans: new BlockScans(),
      batch: this.#batch,
      compile: this.#regexes.compile,
      onWork: () => this.#schedule(),
      send,
      ...(deps.spawn === undefined ? {} : { spawn: deps.spawn }),
    };
  }

  handle(request: Request): void {
    this.#lineClock.step();
    if (request.kind === 'stop') {
      this.#stop();
      return;
    }
    if (request.kind === 'inject') this.#inside.push(request.line);
    else if (request.kind === 'credit') this.#hasCredit = true;
    else if (request.kind === 'bound') this.#regexes.bound(request.pattern);
    else this.#answer(request);
    this.#schedule();
  }

  #answer(request: Extract<Request, { readonly id: number }>): void {
    const { id } = request;
    // Compiling is watched too.
    this.#deps.watch.setBusy(true);
    try {
      this.#deps.send({ kind: 'reply', id, positions: this.#obey(request) });
    } catch (error) {
      this.#deps.send({ kind: 'reply', id, error: plainError(error) });
    }
    this.#tellFresh();
  }

  /** Most patterns are compiled when rules come, those of dates when they are first needed. */
  #tellFresh(): void {
    const patterns = this.#regexes.takeFresh();
    if (patterns.length > 0) this.#deps.send({ kind: 'compiled', patterns });
  }

  /** Does what is asked for; returns the positions of a jail that is removed. */
  #obey(request: Extract<Request, { readonly id: number }>): readonly Position[] {
    if (request.kind === 'add') this.#add(request.jail);
    else if (request.kind === 'update') this.#jail(request.jail).update(request.change);
    else return this.#remove(request.jail);
    return [];
  }

  #add(spec: JailSpec): void {
    const jail = new WorkerJail(spec, this.#jailDeps);
    this.#jails.set(jail.name, jail);
    jail.start();
  }

  #remove(name: string): Position[] {
    const jail = this.#jail(name);
    // What it found has to be counted before it is gone, and its last positions go with the answer.
    this.#send();
    this.#jails.delete(name);
    return jail.stop();
  }

  #jail(name: string): WorkerJail {
    const jail = this.#jails.get(name);
    if (jail === undefined)
      throw new WarderError('DETECT_NO_JAIL', `there is no jail '${name}'`, { jail: name });
    return jail;
  }

  #stop(): void {
    this.#send();
    for (const jail of this.#jails.values()) jail.stop();
    this.#jails.clear();
    this.#follower.stop();
    this.#nudge.stop();
    this.#cancelTimer?.();
    this.#deps.send({ kind: 'stopped' });
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#deps.defer(() => this.#turn());
  }

  #turn(): void {
    this.#isScheduled = false;
    this.#lineClock.step();
    this.#batch.turn(this.#lineClock.nowSec());
    const endMs = performance.now() + turnMs;
    let more = true;
    while (more && performance.now() < endMs) {
      // Without credit nothing more is read; the credit wakes us.
      if (this.#batch.isFull && !this.#sendWithCredit()) more = false;
      else more = this.#step();
    }
    this.#sendIfDue();
    this.#tellFresh();
    this.#deps.watch.setBusy(false);
    if (more) this.#schedule();
  }

  /** A little of every source; whether there may be more. */
  #step(): boolean {
    this.#lineClock.step();
    const line = this.#inside.shift();
    if (line !== undefined) {
      this.#jails.get(line.jail)?.feedInside(line);
      this.#batch.insideUpTo(line.id);
    }
    let more = this.#inside.length > 0;
    if (this.#follower.readNext()) more = true;
    for (const jail of this.#jails.values()) if (jail.readNext()) more = true;
    return more;
  }

  #sendIfDue(): void {
    if (this.#batch.isEmpty) return;
    const waitedSec = this.#deps.clock.nowSec() - this.#lastBatchSec;
    if (this.#batch.isUrgent || waitedSec >= positionsEverySec || waitedSec < 0) {
      this.#sendWithCredit();
      return;
    }
    this.#cancelTimer ??= this.#deps.clock.after(positionsEverySec - waitedSec, () => {
      this.#cancelTimer = undefined;
      if (!this.#batch.isEmpty) this.#sendWithCredit();
    });
  }

  #sendWithCredit(): boolean {
    if (!this.#hasCredit) return false;
    this.#send();
    return true;
  }

  #send(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#batch.isEmpty) return;
    this.#hasCredit = false;
    this.#lastBatchSec = this.#deps.clock.nowSec();
    this.#deps.send(this.#batch.take());
  }
}
