import { systemClock, WarderError } from '../../base/index.ts';
import { JournalReader, lineCodec, type SourceSettings } from '../../source/index.ts';
import type { TestLine } from './verdict.ts';

const linesPerBlock = 1000;

/**
 * What the journal holds now, from its beginning, a block at a time; `journalctl` is held back while a block is worked
 * on. Throws `SOURCE_JOURNAL_OPTION`, `SOURCE_JOURNALMATCH` or `SOURCE_ENCODING` at once, `CLI_JOURNAL` where the
 * journal cannot be read.
 */
export function journalBlocks(
  settings: Pick<SourceSettings, 'journalMatch' | 'journalOptions'>,
  encoding: string,
): AsyncGenerator<readonly TestLine[]> {
  const intake = new JournalIntake();
  const nowSec = systemClock.nowSec();
  const reader = new JournalReader(
    {
      settings,
      codec: lineCodec(encoding),
      position: undefined,
      inOperation: false,
      active: true,
      findTimeSec: () => nowSec,
      sink: intake,
      events: intake,
    },
    { clock: systemClock, onWork: () => intake.wake() },
  );
  return read(reader, intake);
}

async function* read(reader: JournalReader, intake: JournalIntake): AsyncGenerator<readonly TestLine[]> {
  reader.start();
  try {
    for (;;) {
      while (reader.readNext() && !intake.isFull);
      const lines = intake.takeAll();
      if (lines.length > 0) yield lines;
      if (intake.failure !== undefined) throw intake.failure;
      if (intake.isOver) return;
      if (lines.length === 0) await intake.work();
    }
  } finally {
    await reader.stop();
  }
}

/** Takes entries until there are none left in the journal. */
class JournalIntake {
  isOver = false;
  failure: WarderError | undefined;
  #lines: TestLine[] = [];
  #hasWork = false;
  #wake: (() => void) | undefined;

  get isFull(): boolean {
    return this.#lines.length >= linesPerBlock;
  }

  take(entry: TestLine): boolean {
    // What is written from now on is not asked for.
    if (this.isOver) return true;
    if (this.isFull) return false;
    this.#lines.push({ text: entry.text, timeSec: entry.timeSec ?? 0 });
    return true;
  }

  takeAll(): readonly TestLine[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  wake(): void {
    this.#hasWork = true;
    this.#wake?.();
  }

  /** Resolves when there is something to read. */
  async work(): Promise<void> {
    if (!this.#hasWork) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
    this.#hasWork = false;
  }

  setInOperation(): void {
    this.isOver = true;
  }

  caughtUp(): void {
    this.wake();
  }

  notice(): void {}

  stateChanged(state: string, reason: string): void {
    if (state === 'reading') return;
    this.failure = new WarderError('CLI_JOURNAL', `cannot read the journal: ${reason}`, {
      hint: 'root, and members of the groups adm and systemd-journal, may read it with journalctl',
    });
    this.wake();
  }
}
