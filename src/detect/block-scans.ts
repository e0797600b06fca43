import { isAscii } from 'node:buffer';
import {
  type LineCodec,
  type LogSink,
  longestLineBytes,
  type SharedRead,
  trimLineEnd,
} from '../source/index.ts';
import { type CandidateLines, emptySet, type LineNeeds, Prefilter } from './prefilter/index.ts';
import type { Rule } from './rules/index.ts';

/** One end of a log that tells which of its lines it has to look at. */
export interface NeedySink extends LogSink {
  /** For lines in that encoding; undefined: all of them, with all rules. */
  needs(codec: LineCodec): LineNeeds | undefined;
}

/** What was found in one read, for all that take a part of it. */
export interface BlockScan {
  /** Lines with something that somebody looks for; indices in the read's bytes. */
  readonly lines: CandidateLines;
  /** The failregexes of those needs that the line with that number may match; undefined: a line without anything found. */
  rulesOf(needs: LineNeeds, line: number | undefined): readonly Rule[];
  /** The text of the line with that number, of an overlong one its start. */
  textOf(line: number): string;
  /**
   * The text of the line with that number with its line feed, where each of its bytes is a character and nothing else ends the
   * line; undefined for others, and overlong ones.
   */
  wholeOf(line: number): string | undefined;
  /** Whether all bytes are valid in the encoding. */
  readonly isValid: boolean;
}

/**
 * Looks through each read once, however many jails take its lines, for the literals of all of them together. What one jail
 * has found out about a line, the next one need not.
 */
export class BlockScans {
  readonly #plans = new WeakMap<readonly LogSink[], Plan>();
  #last: { readonly read: SharedRead; readonly scan: BlockScan } | undefined;

  /** The scan of a read; holds until the next read is asked for. */
  scanOf(read: SharedRead, codec: LineCodec): BlockScan {
    if (this.#last?.read === read) return this.#last.scan;
    const scan = new ReadScan(read, codec, this.#prefilter(read.sinks, codec));
    this.#last = { read, scan };
    return scan;
  }

  /** Rules come and go with the settings of jails; mostly it is the prefilter of the last read. */
  #prefilter(sinks: readonly LogSink[], codec: LineCodec): Prefilter {
    const known = this.#plans.get(sinks);
    const needs = sinks.map((sink) => (isNeedy(sink) ? sink.needs(codec) : undefined));
    if (known?.needs.every((one, index) => one === needs[index])) return known.prefilter;
    const prefilter = new Prefilter(needs.filter((one) => one !== undefined));
    this.#plans.set(sinks, { needs, prefilter });
    return prefilter;
  }
}

interface Plan {
  readonly needs: readonly (LineNeeds | undefined)[];
  readonly prefilter: Prefilter;
}

const lineFeed = 10;
const carriageReturn = 13;
/** Whoever remembers a line keeps the text of all that became one with it. */
const pieceBytes = 2048;

class ReadScan implements BlockScan {
  readonly lines: CandidateLines;
  readonly #read: SharedRead;
  readonly #codec: LineCodec;
  readonly #prefilter: Prefilter;
  readonly #texts: (string | undefined)[] = [];
  #isValid: boolean | undefined;
  #isAscii: boolean | undefined;
  /** Text of some lines that follow each other. */
  #piece = '';
  #pieceStart = 0;
  #pieceEnd = 0;

  constructor(read: SharedRead, codec: LineCodec, prefilter: Prefilter) {
    this.#read = read;
    this.#codec = codec;
    this.#prefilter = prefilter;
    this.lines = prefilter.scan(read.bytes);
  }

  rulesOf(needs: LineNeeds, line: number | undefined): readonly Rule[] {
    return this.#prefilter.rulesOf(needs, line === undefined ? emptySet : this.lines.sets[line]!);
  }

  textOf(line: number): string {
    let text = this.#texts[line];
    if (text === undefined) {
      text = lineText(this.#read.bytes, this.lines.starts[line]!, this.lines.ends[line]!, this.#codec);
      this.#texts[line] = text;
    }
    return text;
  }

  wholeOf(line: number): string | undefined {
    const { bytes } = this.#read;
    const start = this.lines.starts[line]!;
    const end = this.lines.ends[line]!;
    const length = end - start;
    if (bytes[end - 1] !== lineFeed || length < 2 || length > longestLineBytes) return undefined;
    const last = bytes[end - 2];
    if (last === carriageReturn || last === lineFeed || this.#codec.literalBytes === undefined)
      return undefined;
    this.#isAscii ??= isAscii(bytes);
    if (this.#isAscii) return this.#partOf(line, start, end);
    const text = this.#codec.decode(bytes, start, end);
    return text.length === length ? text : undefined;
  }

  /** To make one text of some lines costs as much as to make one of each. */
  #partOf(line: number, start: number, end: number): string {
    if (start < this.#pieceStart || end > this.#pieceEnd) {
      const { ends, count } = this.lines;
      let last = line;
      while (last + 1 < count && ends[last + 1]! - start <= pieceBytes) last += 1;
      this.#pieceStart = start;
      this.#pieceEnd = ends[last]!;
      this.#piece = this.#read.bytes.toString('latin1', start, this.#pieceEnd);
    }
    return this.#piece.slice(start - this.#pieceStart, end - this.#pieceStart);
  }

  get isValid(): boolean {
    const { bytes } = this.#read;
    this.#isValid ??= this.#codec.isValid(bytes, 0, bytes.length);
    return this.#isValid;
  }
}

/** The text of a line between two indices, without its line end; of an overlong one the start. */
export function lineText(bytes: Buffer, start: number, end: number, codec: LineCodec): string {
  const textEnd = Math.min(trimLineEnd(bytes, start, end, codec.lineFeed), start + longestLineBytes);
  return codec.decode(bytes, start, textEnd);
}

function isNeedy(sink: LogSink): sink is NeedySink {
  return 'needs' in sink;
}
