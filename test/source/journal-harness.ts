import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { type ManualClock, type Spawn, systemClock } from '../../src/base/index.ts';
import {
  type JournalNudge,
  type JournalOptions,
  type JournalPosition,
  JournalReader,
  lineCodec,
  nodeFileSystem,
} from '../../src/source/index.ts';

/** A jail that reads a journal directory and remembers its lines. */
export class TestReader {
  readonly reader: JournalReader;
  readonly lines: string[] = [];
  readonly warmUp: string[] = [];
  readonly states: string[] = [];
  readonly notices: string[] = [];
  caughtUp = 0;
  /** Entries are refused while this is false. */
  takes = true;
  readonly #events = new EventEmitter();

  constructor(
    context: TestContext,
    directory: string,
    options: Partial<JournalOptions> & {
      matches?: string[][];
      clock?: ManualClock;
      journalctl?: string;
      nudge?: JournalNudge;
      spawn?: Spawn;
    } = {},
  ) {
    const settings = { journalMatch: options.matches ?? [], journalOptions: { journalpath: directory } };
    this.reader = new JournalReader(
      {
        settings,
        codec: lineCodec('utf-8'),
        position: undefined,
        inOperation: false,
        active: true,
        findTimeSec: () => 600,
        sink: {
          take: (entry, warmUp) => {
            if (!this.takes) return false;
            (warmUp ? this.warmUp : this.lines).push(entry.text.replace(/^\S+ /, '').replace(/\[\d+\]/, ''));
            return true;
          },
          setInOperation: () => undefined,
        },
        events: {
          notice: (level, message) => this.notices.push(`${level} ${message}`),
          stateChanged: (state, reason) => this.states.push(reason === '' ? state : `${state}: ${reason}`),
          caughtUp: () => {
            this.caughtUp += 1;
          },
        },
        ...options,
      },
      {
        clock: options.clock ?? systemClock,
        fs: nodeFileSystem,
        ...(options.journalctl === undefined ? {} : { journalctl: options.journalctl }),
        ...(options.nudge === undefined ? {} : { nudge: options.nudge }),
        ...(options.spawn === undefined ? {} : { spawn: options.spawn }),
        onWork: () => this.work(),
      },
    );
    context.after(() => this.reader.stop());
    this.reader.start();
  }

  work(): void {
    while (this.takes && this.reader.readNext());
    this.#events.emit('worked');
  }

  async until(condition: () => boolean): Promise<void> {
    const signal = AbortSignal.timeout(30_000);
    while (!condition()) await once(this.#events, 'worked', { signal });
  }

  position(): JournalPosition {
    return this.reader.position()!;
  }
}

/** The journalctl that a process started on a directory. */
export function childOf(parent: number, directory: string): number {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8')
    .trim()
    .split(' ')
    .map(Number);
  return children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(directory)) ?? 0;
}
