import type { Readable } from 'node:stream';
import { Backoff, type RunningChild } from '../../../base/index.ts';
import type { DestroyEvent } from '../engine.ts';
import type { Tools } from '../tools.ts';

const unknown: DestroyEvent = { kind: 'unknown', family: '', table: '', name: '' };
/** The tool reads the whole ruleset before it listens; what happens meanwhile nobody tells. */
const settleMs = 400;
/** After a table or set went, which the engines bring back at once. */
const refreshMs = 500;
/** A line of nft; an element of a set is one line. */
const longestLine = 65_536;

/**
 * One `nft monitor` for the daemon, running while somebody listens: tells of what is taken away in the kernel's tables, be it
 * by nft or by iptables on nf_tables. After a gap (it was started, or has died) it tells of something unknown.
 */
export class NftMonitor {
  readonly #tools: Tools;
  readonly #listeners = new Set<(event: DestroyEvent) => void>();
  readonly #backoff = new Backoff(1, 60);
  #child: RunningChild | undefined;
  /** The one before, while its successor gets ready. */
  #previous: RunningChild | undefined;
  #timer: NodeJS.Timeout | undefined;
  #works = false;

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  /** Changes are being told of. */
  get works(): boolean {
    return this.#works;
  }

  /** Listens until the returned function is called. */
  listen(listener: (event: DestroyEvent) => void): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#stop();
    };
  }

  #start(): void {
    // What the last one still tells, and its end, may come when nobody listens any more.
    if (this.#listeners.size === 0 || !this.#tools.has('nft')) return;
    const child = this.#tools.follow('nft', ['monitor', 'destroy']);
    this.#child = child;
    if (child.stdout !== undefined) readLines(child.stdout, (line) => this.#read(line));
    this.#later(settleMs, () => {
      this.#works = true;
      void this.#previous?.stop();
      this.#previous = undefined;
      this.#backoff.reset();
      this.#tell(unknown);
    });
    void child.ended.then(() => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#works = false;
      this.#tell(unknown);
      this.#later(this.#backoff.nextSec() * 1000, () => this.#start());
    });
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#works = false;
    for (const child of [this.#child, this.#previous]) void child?.stop();
    this.#child = undefined;
    this.#previous = undefined;
  }

  #later(delayMs: number, task: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(task, delayMs);
    this.#timer.unref();
  }

  #read(line: string): void {
    const event = parseDestroyEvent(line);
    if (event === undefined) return;
    this.#tell(event);
    if (event.kind === 'table' || event.kind === 'set') this.#later(refreshMs, () => this.#restart());
  }

  /** Once a set went, be it one that a rule brought along, the tool tells nothing of some others; one that starts afresh does. */
  #restart(): void {
    if (this.#listeners.size === 0) return;
    void this.#previous?.stop();
    // The old one tells what it can until the new one listens.
    this.#previous = this.#child;
    this.#start();
  }

  #tell(event: DestroyEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}

const eventPattern =
  /^delete (table|chain|rule|set|element) (\w+) (\S+)(?: (\S+))?(?: \{ (\S+?)(?:[ ,}].*)?)?(?: .*)?$/;

/** What a line of `nft monitor destroy` says; undefined for what does not concern us. */
export function parseDestroyEvent(line: string): DestroyEvent | undefined {
  const match = eventPattern.exec(line.trim());
  if (match === null) return undefined;
  const [, kind, family = '', table = '', name = '', address] = match;
  return {
    kind: kind as DestroyEvent['kind'],
    family,
    table,
    name,
    ...(address === undefined ? {} : { address }),
  };
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = (lines.pop() ?? '').slice(0, longestLine);
    for (const line of lines) onLine(line);
  });
  stream.on('error', () => undefined);
}
