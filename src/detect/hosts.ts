import { availableParallelism } from 'node:os';
import { describeError, escapeControl, type LogLevel, WarderError } from '../base/index.ts';
import type { Position } from '../source/index.ts';
import { DetectionHost } from './host.ts';
import { type Place, Placement } from './host-placement.ts';
import { sharesOf } from './host-shares.ts';
import type { DetectionHostOptions, DetectionJail, DetectionStatus } from './host-types.ts';
import { PatternJudge, startJudge } from './judge/index.ts';
import type { JailChange } from './protocol.ts';

const judgeDelaySec = 1;
const judgePatienceSec = 60;

/** Makes detection; `start` starts its first worker. */
export function createDetectionHosts(options: DetectionHostOptions): DetectionHosts {
  return new DetectionHosts(options);
}

/**
 * Detection as the daemon sees it: the workers, started when there is something for them to do, and which jail is in
 * which. Jails that have a file in common are in one worker, so that it is read once; a jail moves when it comes to
 * share a file, and nothing is lost or counted twice by that.
 */
export class DetectionHosts {
  readonly #options: DetectionHostOptions;
  readonly #judge: PatternJudge;
  readonly #placement: Placement;
  readonly #hosts: DetectionHost[] = [];
  /** Lines from inside for jails that are on their way to another worker. */
  readonly #held = new Map<string, { text: string; timeSec: number }[]>();
  #nextIndex = 1;
  #running = false;
  /** Jails come, change and go one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: DetectionHostOptions) {
    this.#options = options;
    this.#judge = new PatternJudge({
      clock: options.clock,
      logger: options.logger,
      start: startJudge,
      delaySec: options.judgeDelaySec ?? judgeDelaySec,
      patienceSec: judgePatienceSec,
    });
    this.#placement = new Placement(options.workers ?? 'auto', availableParallelism());
  }

  /** Starts the first worker; resolves when it runs. Rejects with DETECT_WORKER when it cannot. */
  async start(): Promise<void> {
    this.#running = true;
    await this.#host(0);
  }

  /** Lets all workers hand over what they have, waits until that is done with, and ends them. */
  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#hosts.map((host) => host.stop()));
    // A worker may have been about to start.
    await this.#last;
    await Promise.all(this.#hosts.map((host) => host.stop()));
    this.#judge.stop();
  }

  /**
   * Compiles a jail's rules and begins to read for it (unless idle). Rejects with what is wrong with the rules or the
   * settings of its source; then nothing has happened.
   */
  addJail(jail: DetectionJail): Promise<void> {
    return this.#inTurn(async () => {
      const name = jail.filter.jail;
      if (this.#placement.hostOf(name) !== undefined)
        throw new WarderError('DETECT_JAIL_EXISTS', `the jail '${name}' is there already`, { jail: name });
      const place = this.#placement.add(name, sharesOf(jail.source));
      try {
        await this.#move(place);
        await (await this.#hostFor(name, place.host)).addJail(jail);
      } catch (error) {
        this.#placement.remove(name);
        throw error;
      }
    });
  }

  /**
   * Changes a running jail in place: rules, sources, idle. Its logs are read on where they are. Rejects, and changes
   * nothing, when the new rules or sources cannot be used.
   */
  updateJail(name: string, change: JailChange): Promise<void> {
    return this.#inTurn(async () => {
      await this.#hostOf(name).updateJail(name, change);
      if (change.source === undefined) return;
      await this.#move(this.#placement.change(name, sharesOf(change.source)));
    });
  }

  /** Ends reading for a jail; resolves to its final positions when all that it found was handed over. */
  removeJail(name: string): Promise<Position[]> {
    return this.#inTurn(async () => {
      const positions = await this.#hostOf(name).removeJail(name);
      this.#placement.remove(name);
      return positions;
    });
  }

  /** Has a jail's detector look at a line as if it had been read; `timeSec`: when it was written. */
  injectLine(jail: string, text: string, timeSec: number): void {
    const held = this.#held.get(jail);
    if (held !== undefined) held.push({ text, timeSec });
    else this.#find(jail)?.injectLine(jail, text, timeSec);
  }

  /** How a jail is doing; undefined if there is no such jail. */
  jailStatus(name: string): DetectionStatus | undefined {
    return this.#find(name)?.jailStatus(name);
  }

  /** `pyinotify`, `polling` or `systemd`. */
  backendOf(name: string): string {
    return this.jailStatus(name)?.backend ?? '';
  }

  /** Files of a jail that are there and followed. */
  filesOf(name: string): readonly string[] {
    const files = this.jailStatus(name)?.files ?? [];
    return files.filter(({ state }) => state !== 'missing').map(({ path }) => path);
  }

  /** The jails of each worker that was started. */
  get workers(): readonly (readonly string[])[] {
    return this.#hosts.map((_, index) => this.#placement.jailsOf(index));
  }

  /** Brings jails to the worker where they have to be. One that cannot be moved stays: that costs a file read twice. */
  async #move({ host, moves }: Place): Promise<void> {
    for (const name of moves) {
      const from = this.#find(name);
      if (from === undefined) continue;
      this.#held.set(name, []);
      try {
        await this.#moveOne(name, from, host);
      } catch (error) {
        this.#log('ERROR', `[${name}] could not change to another worker: ${describeError(error)}`);
      }
      const held = this.#held.get(name) ?? [];
      this.#held.delete(name);
      for (const { text, timeSec } of held) this.injectLine(name, text, timeSec);
    }
  }

  async #moveOne(name: string, from: DetectionHost, index: number): Promise<void> {
    const to = await this.#host(index);
    const moved = await from.release(name);
    try {
      await to.adopt(moved);
      this.#placement.moved(name, index);
    } catch (error) {
      await from.adopt(moved);
      throw error;
    }
  }

  /** The worker for a new jail; the first one where that cannot be started. */
  async #hostFor(name: string, index: number): Promise<DetectionHost> {
    try {
      return await this.#host(index);
    } catch (error) {
      if (index === 0) throw error;
      this.#log('ERROR', `A further detection worker does not start: ${describeError(error)}`);
      this.#placement.moved(name, 0);
      return this.#host(0);
    }
  }

  /** The worker of that number, started if need be. */
  async #host(index: number): Promise<DetectionHost> {
    const known = this.#hosts[index];
    if (known !== undefined) return known;
    const host = new DetectionHost(this.#options, {
      judge: this.#judge,
      nextIndex: () => this.#nextIndex++,
    });
    await host.start();
    this.#hosts[index] = host;
    return host;
  }

  #find(jail: string): DetectionHost | undefined {
    const index = this.#placement.hostOf(jail);
    return index === undefined ? undefined : this.#hosts[index];
  }

  #hostOf(jail: string): DetectionHost {
    const host = this.#find(jail);
    if (host === undefined) throw new WarderError('DETECT_NO_JAIL', `there is no jail '${jail}'`, { jail });
    return host;
  }

  #log(level: LogLevel, message: string): void {
    this.#options.logger.log(level, 'fail2ban.filter', escapeControl(message));
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(() => {
      if (!this.#running) throw new WarderError('DETECT_NOT_RUNNING', 'detection does not run');
      return work();
    });
    this.#last = result.catch(() => undefined);
    return result;
  }
}
