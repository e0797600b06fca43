import type { JournalEntry, JournalSink } from '../source/index.ts';
import type { WatchdogMemory } from './watchdog-memory.ts';
import { freshMemory, type LineJail } from './worker-log-sink.ts';

/** Feeds the entries of the journal to the detector of one jail. `skips`: cursors of entries to leave out. */
export class DetectingJournalSink implements JournalSink {
  readonly #jail: LineJail;
  readonly #watch: WatchdogMemory;
  readonly #skips: ReadonlySet<string>;
  readonly #memory = freshMemory(false);

  constructor(jail: LineJail, watch: WatchdogMemory, skips: ReadonlySet<string>) {
    this.#jail = jail;
    this.#watch = watch;
    this.#skips = skips;
  }

  setInOperation(inOperation: boolean): void {
    this.#memory.inOperation = inOperation;
  }

  take(entry: JournalEntry, warmUp: boolean): boolean {
    const jail = this.#jail;
    if (!jail.isActive || jail.isFull) return false;
    jail.moved('');
    if (this.#skips.has(entry.cursor)) return true;
    this.#watch.enterEntry(jail.index, entry.cursor, entry.text);
    const failures = jail.detector.feed(entry.text, entry.timeSec, this.#memory);
    if (warmUp) return true;
    jail.lines.add();
    jail.lines.read(entry.text.length);
    if (failures.length > 0) jail.found(failures);
    return true;
  }
}
