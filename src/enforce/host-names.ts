import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { type Clock, isSingle, parseIp, systemClock } from '../base/index.ts';

/** Where names come from; a test gives its own. */
export interface NameSource {
  /** Names of an address; rejects when there are none. */
  reverse(ip: string): Promise<readonly string[]>;
  /** This machine's name as the kernel has it. */
  shortName(): string;
  /** This machine's full name; rejects when it cannot be found out. */
  fullName(): Promise<string>;
}

export interface HostNamesOptions {
  readonly source: NameSource;
  readonly clock?: Clock;
  readonly timeoutSec?: number;
}

const defaultTimeoutSec = 5;
const cachedNames = 1000;
const cacheSec = 5 * 60;
const mostLookups = 8;

/**
 * Names for `<ip-host>`, `<fq-hostname>` and `<sh-hostname>`. Lookups are asynchronous and bounded in time and
 * number; a name that does not come in time is no name, and a command that does not ask for one never waits.
 */
export class HostNames {
  readonly #source: NameSource;
  readonly #clock: Clock;
  readonly #timeoutSec: number;
  readonly #cache = new Map<string, { readonly name: string | undefined; readonly untilSec: number }>();
  readonly #underWay = new Map<string, Promise<string | undefined>>();

  constructor(options: HostNamesOptions) {
    this.#source = options.source;
    this.#clock = options.clock ?? systemClock;
    this.#timeoutSec = options.timeoutSec ?? defaultTimeoutSec;
  }

  /** The name of an address; undefined when it has none, when there is no answer in time, or for anything but an address. */
  async hostOf(id: string): Promise<string | undefined> {
    const ip = parseIp(id);
    if (ip === undefined || !isSingle(ip)) return undefined;
    return this.#cached(ip.text, async () => (await this.#source.reverse(ip.text))[0]);
  }

  /** Forgets every answer. */
  clear(): void {
    this.#cache.clear();
  }

  shortName(): string {
    return this.#source.shortName();
  }

  /** This machine's full name, or the short one where it has no other. */
  async fullName(): Promise<string> {
    return (await this.#cached('', () => this.#source.fullName())) || this.shortName();
  }

  async #cached(key: string, look: () => Promise<string | undefined>): Promise<string | undefined> {
    const known = this.#cache.get(key);
    if (known !== undefined && known.untilSec > this.#clock.nowSec()) return known.name;
    const running = this.#underWay.get(key);
    if (running !== undefined) return running;
    if (this.#underWay.size >= mostLookups) return undefined;
    const lookup = this.#inTime(look()).then((name) => this.#keep(key, name));
    this.#underWay.set(key, lookup);
    try {
      return await lookup;
    } finally {
      this.#underWay.delete(key);
    }
  }

  #inTime(answer: Promise<string | undefined>): Promise<string | undefined> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(this.#timeoutSec, () => resolve(undefined));
      answer.then(
        (name) => {
          cancel();
          resolve(name);
        },
        () => {
          cancel();
          resolve(undefined);
        },
      );
    });
  }

  #keep(key: string, name: string | undefined): string | undefined {
    this.#cache.delete(key);
    this.#cache.set(key, { name, untilSec: this.#clock.nowSec() + cacheSec });
    if (this.#cache.size > cachedNames) this.#cache.delete(this.#cache.keys().next().value ?? '');
    return name;
  }
}

/** Names as this machine knows them. `reverse`: who asks for the names of an address. */
export function machineNames(reverse: NameSource['reverse']): NameSource {
  return {
    reverse,
    shortName: () => hostname(),
    fullName: () =>
      new Promise((resolve, reject) => {
        execFile('hostname', ['-f'], { timeout: 3000 }, (error, stdout) =>
          error === null ? resolve(stdout.trim()) : reject(error),
        );
      }),
  };
}
