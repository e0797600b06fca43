import type { LineKey } from './protocol.ts';

/** For reading files. Beyond 64 KiB, so that overlong lines are seen as such. */
const chunkBytes = 262_144;
/** The path or cursor, and the text of lines that do not lie in the chunk. */
const nameBytes = 4096;
const textBytes = 1024;

/** Places in the cells. */
const cell = {
  busy: 0,
  pulse: 1,
  beat: 2,
  thread: 3,
  jail: 4,
  rule: 5,
  kind: 6,
  nameLength: 7,
  textStart: 8,
  textLength: 9,
};
const kinds = { none: 0, file: 1, journal: 2, inside: 3 };
const cellCount = 16;

/** What a worker is at, as the main thread sees it at any moment. */
export interface Suspect {
  /** The jail's number. */
  readonly jail: number;
  readonly line: LineKey;
  /** The start of the line. */
  readonly text: string;
  /** As RulePulse has it; undefined when no rule is running. */
  readonly rule: number | undefined;
}

/**
 * Memory that a worker shares with the main thread: where it is, written by the worker at every line and every run of
 * a rule, for a few nanoseconds each; and the chunk that files are read into, so that the line need not be copied.
 */
export class WatchdogMemory {
  readonly buffer: SharedArrayBuffer;
  /** Files are read into this. */
  readonly chunk: Buffer;
  readonly #cells: Int32Array;
  readonly #offset: Float64Array;
  readonly #name: Buffer;
  readonly #text: Buffer;
  #busy = false;

  /** Without a buffer it makes one. */
  constructor(buffer?: SharedArrayBuffer) {
    const cellBytes = cellCount * 4 + 8;
    this.buffer = buffer ?? new SharedArrayBuffer(cellBytes + nameBytes + textBytes + chunkBytes);
    this.#cells = new Int32Array(this.buffer, 0, cellCount);
    this.#offset = new Float64Array(this.buffer, cellCount * 4, 1);
    this.#name = Buffer.from(this.buffer, cellBytes, nameBytes);
    this.#text = Buffer.from(this.buffer, cellBytes + nameBytes, textBytes);
    this.chunk = Buffer.from(this.buffer, cellBytes + nameBytes + textBytes, chunkBytes);
  }

  /** Worker: which thread it is, in the kernel's numbers. */
  setThread(id: number): void {
    Atomics.store(this.#cells, cell.thread, id);
  }

  get thread(): number {
    return Atomics.load(this.#cells, cell.thread);
  }

  /** Worker: begins (the first line of a turn does so by itself) or ends work. Wakes the main thread if it waits for it. */
  setBusy(busy: boolean): void {
    if (this.#busy === busy) return;
    this.#busy = busy;
    Atomics.store(this.#cells, cell.busy, busy ? 1 : 0);
    if (!busy) {
      this.#cells[cell.kind] = kinds.none;
      return;
    }
    // No line goes on from one turn to the next.
    this.#cells[cell.beat] = (this.#cells[cell.beat]! + 1) | 0;
    Atomics.notify(this.#cells, cell.busy);
  }

  get isBusy(): boolean {
    return Atomics.load(this.#cells, cell.busy) === 1;
  }

  /** Main thread: resolves when the worker begins to work (or `release` is called). */
  async untilBusy(): Promise<void> {
    const wait = Atomics.waitAsync(this.#cells, cell.busy, 0);
    if (wait.async) await wait.value;
  }

  release(): void {
    Atomics.notify(this.#cells, cell.busy);
  }

  /** Worker: the lines that follow are from this file. */
  enterFile(path: string): void {
    this.#setName(path);
    this.#cells[cell.kind] = kinds.file;
  }

  /** Worker: a line of the entered file; `bytes` from `start` to `end` are its text. */
  enterLine(jail: number, offset: number, bytes: Buffer, start: number, end: number): void {
    this.#cells[cell.jail] = jail;
    this.#offset[0] = offset;
    if (bytes.buffer === this.buffer) this.#setText(bytes.byteOffset + start, end - start);
    else this.#setText(this.#text.byteOffset, bytes.copy(this.#text, 0, start, end));
  }

  /** Worker: an entry of the journal. */
  enterEntry(jail: number, cursor: string, text: string): void {
    this.#setName(cursor);
    this.#cells[cell.kind] = kinds.journal;
    this.#enterText(jail, 0, text);
  }

  /** Worker: a line from inside. */
  enterInside(jail: number, id: number, text: string): void {
    this.#cells[cell.kind] = kinds.inside;
    this.#enterText(jail, id, text);
  }

  /** Worker: a rule begins to run. */
  beginRule(rule: number): void {
    this.#cells[cell.rule] = rule;
    Atomics.store(this.#cells, cell.pulse, this.#cells[cell.pulse]! + 1);
  }

  endRule(): void {
    Atomics.store(this.#cells, cell.pulse, this.#cells[cell.pulse]! + 1);
  }

  /** Worker: the line at hand, and the rule that ran last. */
  get last(): { readonly line: LineKey | undefined; readonly rule: number } {
    return { line: this.#line(), rule: this.#cells[cell.rule]! };
  }

  /** Grows with every rule that begins or ends: odd while one runs. */
  get pulse(): number {
    return Atomics.load(this.#cells, cell.pulse);
  }

  /** Grows with every line and every turn of work. */
  get beat(): number {
    return Atomics.load(this.#cells, cell.beat);
  }

  /** What the worker is at; undefined between lines. To be trusted only while the worker does not go on. */
  suspect(): Suspect | undefined {
    const line = this.#line();
    if (line === undefined) return undefined;
    const cells = this.#cells;
    const start = cells[cell.textStart]!;
    const text = Buffer.from(this.buffer, start, Math.min(cells[cell.textLength]!, textBytes)).toString(
      'utf8',
    );
    return {
      jail: cells[cell.jail]!,
      line,
      text,
      rule: (this.pulse & 1) === 1 ? cells[cell.rule] : undefined,
    };
  }

  #line(): LineKey | undefined {
    const name = this.#name.toString('utf8', 0, this.#cells[cell.nameLength]);
    const offset = this.#offset[0]!;
    const kind = this.#cells[cell.kind];
    if (kind === kinds.file) return { kind: 'file', path: name, offset };
    if (kind === kinds.journal) return { kind: 'journal', cursor: name };
    return kind === kinds.inside ? { kind: 'inside', id: offset } : undefined;
  }

  #setName(name: string): void {
    this.#cells[cell.nameLength] = this.#name.write(name, 'utf8');
  }

  #enterText(jail: number, offset: number, text: string): void {
    this.#cells[cell.jail] = jail;
    this.#offset[0] = offset;
    this.#setText(this.#text.byteOffset, this.#text.write(text, 'utf8'));
  }

  #setText(start: number, length: number): void {
    this.#cells[cell.textStart] = start;
    this.#cells[cell.textLength] = length;
    this.#cells[cell.beat] = (this.#cells[cell.beat]! + 1) | 0;
    if (!this.#busy) this.setBusy(true);
  }
}
