import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../../../src/cli/session.ts';
import { systemPython } from '../../support/python.ts';
import { dateAt } from './scenario.ts';
import { Transcript } from './transcript.ts';

/** libfaketime in the variant for threads, of Debian's package. */
export const fakeTimeLibrary = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';

const startLimitMs = 60_000;
const settleLimitMs = 30_000;

/** The clock that both daemons see. It stands still until it is set. */
export class SharedClock {
  readonly #file: string;

  constructor(folder: string) {
    this.#file = join(folder, 'clock');
  }

  set(atSec: number): void {
    writeFileSync(`${this.#file}.new`, `${dateAt(atSec)}\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }

  /** A file's own times stay true: they tell only that it has changed. */
  get environment(): Record<string, string> {
    return {
      TZ: 'UTC',
      LD_PRELOAD: fakeTimeLibrary,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      NO_FAKE_STAT: '1',
    };
  }
}

/** A daemon as a process of its own, in a folder of its own with configuration, logs and database. */
export abstract class OracleDaemon {
  readonly folder: string;
  readonly transcript: Transcript;
  protected readonly clock: SharedClock;
  protected child: ChildProcess | undefined;
  /** What it printed, for errors. */
  protected output = '';

  constructor(folder: string, clock: SharedClock) {
    this.folder = folder;
    this.clock = clock;
    this.transcript = new Transcript(join(folder, 'fail2ban.log'));
    for (const part of ['', 'conf', 'conf/filter.d', 'conf/action.d']) mkdirSync(join(folder, part));
  }

  get socket(): string {
    return join(this.folder, 'sock');
  }

  /** Starts it and waits until it is ready. */
  async start(): Promise<void> {
    const options = [
      '-c',
      join(this.folder, 'conf'),
      '-s',
      this.socket,
      '-p',
      join(this.folder, 'pid'),
      '-x',
      '-f',
      'start',
    ];
    const child = this.spawn(options);
    this.child = child;
    this.output = '';
    const ready = new Promise<void>((resolve, reject) => {
      const see = (text: string): void => {
        if (text !== 'settled') this.output += `${text}\n`;
        if (text === 'Server ready') resolve();
        else this.onLine(text);
      };
      createInterface({ input: child.stdout! }).on('line', see);
      createInterface({ input: child.stderr! }).on('line', see);
      child.once('exit', () => reject(new Error(`${this.folder} ended: ${this.output}`)));
    });
    await within(startLimitMs, ready, () => `${this.folder} does not start: ${this.output}`);
  }

  /** Ends it: in good order, or at once. */
  async end(how: 'stop' | 'kill'): Promise<void> {
    const child = this.child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(how === 'stop' ? 'SIGTERM' : 'SIGKILL');
    await within(settleLimitMs, gone, () => `${this.folder} does not end`);
    this.transcript.read();
  }

  async send(words: readonly string[]): Promise<void> {
    await ask(this.socket, words, settleLimitMs);
  }

  /** Waits until these jails have told of a mark. */
  async seen(jails: readonly string[], mark: string): Promise<void> {
    const isDone = (): boolean => {
      this.transcript.read();
      return jails.every((jail) => this.transcript.marks.get(jail) === mark);
    };
    for (const endMs = Date.now() + settleLimitMs; !isDone(); await sleep(4)) {
      if (Date.now() < endMs) continue;
      const late = jails.filter((jail) => this.transcript.marks.get(jail) !== mark);
      throw new Error(`${this.folder}: not read up to ${mark}: ${late.join(', ')}`);
    }
  }

  /** Waits until everything that the time asks for is done. */
  abstract settle(): Promise<void>;

  protected abstract spawn(options: readonly string[]): ChildProcess;

  protected onLine(_text: string): void {}
}

/** fail2ban's server of Debian's package. */
export class Theirs extends OracleDaemon {
  #onSettled: (() => void) | undefined;

  async settle(): Promise<void> {
    const settled = new Promise<void>((resolve) => {
      this.#onSettled = resolve;
    });
    this.child?.stdin?.write('settle\n');
    await within(settleLimitMs, settled, () => `${this.folder} does not come to rest: ${this.output}`);
    this.transcript.read();
  }

  protected override onLine(text: string): void {
    if (text === 'settled') this.#onSettled?.();
  }

  protected spawn(options: readonly string[]): ChildProcess {
    // Its threads sleep on the monotonic clock, which has to go on.
    const env = { ...this.clock.environment, FAKETIME_DONT_FAKE_MONOTONIC: '1', PATH: process.env.PATH };
    const program = join(import.meta.dirname, 'reference.py');
    return spawn(systemPython, [program, ...options], { env });
  }
}

/** Ours. Its timers are on the clock that stands still, so a step of it makes them due. */
export class Ours extends OracleDaemon {
  async settle(): Promise<void> {
    // An answer to the second question comes after the timers that were due at the first.
    for (let count = 0; count < 3; count += 1) await this.send(['ping']);
    this.transcript.read();
  }

  protected spawn(options: readonly string[]): ChildProcess {
    const program = join(import.meta.dirname, '../../../bin/fail2ban-server');
    return spawn(program, options, { env: { ...this.clock.environment, PATH: process.env.PATH } });
  }
}

async function within<T>(limitMs: number, work: Promise<T>, message: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(message())), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
