import { type Clock, type LogLevel, logLevels, systemClock } from '../../base/index.ts';
import { type FilterSettings, Prefilter, sharedCompiler } from '../../detect/index.ts';
import { type LineCodec, lineCodec } from '../../source/index.ts';
import { BufferedOutput } from './buffered-output.ts';
import { fileChunks, type LineChunk } from './file-chunks.ts';
import { silentTerminal, tallySink } from './part-sink.ts';
import { dateHits, dateNames, hasSessions, memoryText } from './run-memory.ts';
import { Tally, type TallyOptions, type TallySums } from './tally.ts';
import { TestRun } from './test-run.ts';
import { TimeLimit } from './time-limit.ts';
import { ChunkTrial, eachLine } from './try-chunk.ts';

/** A part of a log that is tried on its own, while others try the parts before it. A message for a thread. */
export interface PartRequest {
  /** The log, open for reading: threads share it. */
  readonly fd: number;
  /** Of the first line of the log. */
  readonly logStart: number;
  /** Of the first line of this part, and behind the last one; undefined: to the end of the log. */
  readonly start: number;
  readonly end: number | undefined;
  readonly encoding: string;
  readonly settings: FilterSettings;
  readonly lookAt: {
    readonly allRules: boolean;
    readonly keepPending: boolean;
    readonly rawHosts: boolean;
  };
  readonly tally: TallyOptions;
  /** From this level on, messages would be shown. */
  readonly shownLevel: number;
  readonly chunkBytes: number;
  /** Lines that may match are tried before the part begins, at least so many. */
  readonly warmUpLines: number;
}

/** What a part of a log came to. */
export type PartResult =
  | {
      readonly kind: 'counted';
      /** All that earlier lines have left for those of the part, and for those behind it (`memoryText`). */
      readonly began: string;
      readonly ended: string;
      readonly sums: TallySums;
      /** The date templates, and how many dates each gave. */
      readonly templates: readonly string[];
      readonly dateHits: readonly number[];
    }
  /** Something happened that may go otherwise, or has to be told, in the order of the log. */
  | { readonly kind: 'unsure' };

const unsure: PartResult = { kind: 'unsure' };

/**
 * Tries the lines of a part. What the lines before it have left is not known, so it is made again: the dates of the first
 * chunk of the log are read, which decide on the date template, and enough lines before the part are tried to have the
 * same sessions. Whether that came out right is for the caller to see, who knows what the part before it ended with.
 */
export async function tryPart(request: PartRequest, clock: Clock = systemClock): Promise<PartResult> {
  const part = new Part(request, clock);
  return part.try();
}

class Part {
  readonly #request: PartRequest;
  readonly #run: TestRun;
  readonly #codec: LineCodec;

  constructor(request: PartRequest, clock: Clock) {
    this.#request = request;
    const compile = sharedCompiler();
    const log = (level: LogLevel): void => {
      if (logLevels[level] >= request.shownLevel) this.#run.disturb();
    };
    const { lookAt, settings } = request;
    this.#run = new TestRun(
      { ...lookAt, settings, countsOnly: true },
      { clock, compile, logger: { log }, resolve: async () => [] },
    );
    this.#codec = lineCodec(request.encoding);
  }

  async try(): Promise<PartResult> {
    const run = this.#run;
    const needs = run.passOver(this.#codec);
    if (needs === undefined) return unsure;
    const prefilter = new Prefilter([needs]);
    await this.#warmUp(prefilter, new ChunkTrial(run, prefilter, needs, this.#codec));
    const began = memoryText(run.inspector);
    const hitsBefore = dateHits(run.inspector);
    const tally = this.#tally();
    const trial = new ChunkTrial(run, prefilter, needs, this.#codec);
    const { start, end } = this.#request;
    for (const chunk of this.#chunks(start, end)) {
      await this.#tryChunk(trial, chunk, tally);
      if (!run.isRepeatable) return unsure;
    }
    return {
      kind: 'counted',
      began,
      ended: memoryText(run.inspector),
      sums: tally.sums,
      templates: dateNames(run.inspector),
      dateHits: dateHits(run.inspector).map((hits, index) => hits - hitsBefore[index]!),
    };
  }

  async #warmUp(prefilter: Prefilter, trial: ChunkTrial): Promise<void> {
    const { logStart, start } = this.#request;
    const [head] = this.#chunks(logStart, start);
    const headEnd = head === undefined ? start : logStart + head.end - head.start;
    const from = hasSessions(this.#run.inspector) ? this.#warmUpStart(prefilter, headEnd) : start;
    const tally = this.#tally();
    if (from > headEnd) {
      this.#glance(logStart, headEnd);
      this.#run.beginRepeatable();
    }
    for (const chunk of this.#chunks(from > headEnd ? from : logStart, start)) {
      await this.#tryChunk(trial, chunk, tally);
      // The first chunk of the log is where whoever tries it begins as well.
      if (from <= headEnd && !this.#run.watchesDates) this.#run.beginRepeatable();
    }
    // The log has nothing before the part.
    if (!this.#run.watchesDates) this.#run.beginRepeatable();
  }

  /** Where the lines begin that are to be tried before the part; at or before `lowest`: with the first line of the log. */
  #warmUpStart(prefilter: Prefilter, lowest: number): number {
    const { start, chunkBytes, warmUpLines } = this.#request;
    let lines = 0;
    let from = start;
    while (lines < warmUpLines && from > lowest) {
      const next = this.#lineStart(Math.max(lowest, from - chunkBytes), from);
      if (next === undefined) return lowest;
      for (const chunk of this.#chunks(next, from)) {
        lines += prefilter.scan(chunk.bytes, chunk.start, chunk.end).count;
      }
      from = next;
    }
    return lines < warmUpLines ? lowest : from;
  }

  /** The first line that begins behind an offset, which is itself the start of a line or not. */
  #lineStart(offset: number, before: number): number | undefined {
    const [first] = eachLine(this.#chunks(offset, before));
    if (first === undefined) return undefined;
    const next = offset + first.behind - first.start;
    return next < before ? next : undefined;
  }

  #glance(start: number, end: number): void {
    for (const { bytes, start: from, textEnd } of eachLine(this.#chunks(start, end))) {
      this.#run.glance(bytes, from, textEnd, this.#codec);
    }
  }

  async #tryChunk(trial: ChunkTrial, chunk: LineChunk, tally: Tally): Promise<void> {
    const sink = tallySink(tally, () => this.#run.disturb());
    const output = new BufferedOutput(silentTerminal);
    await trial.try(chunk, sink, { limit: this.#limit, output, onLines: () => undefined });
  }

  readonly #limit = new TimeLimit();

  #chunks(start: number, end: number | undefined): Generator<LineChunk> {
    const { fd, chunkBytes } = this.#request;
    return fileChunks({ fd, startOffset: start, endOffset: end, chunkBytes }, false);
  }

  #tally(): Tally {
    const { settings, tally } = this.#request;
    return new Tally({ fail: settings.failRegex.length, ignore: settings.ignoreRegex.length }, tally);
  }
}
