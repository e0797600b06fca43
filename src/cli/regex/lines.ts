import { closeSync, globSync, statSync } from 'node:fs';
import { isGlob } from '../../config/index.ts';
import type { LineCodec } from '../../source/index.ts';
import { fileChunks, type LineChunk } from './file-chunks.ts';
import { fileBlocks, type LogFile, openLogFile } from './file-lines.ts';
import { isFile } from './is-file.ts';
import { readJournalArgument } from './journal-argument.ts';
import { journalBlocks } from './journal-lines.ts';
import { shorten } from './shorten.ts';
import type { TestLine } from './verdict.ts';

const shownLines = 5;
/** Lines of these files would be noise. */
const compressedName = /\.(?:gz|xz|bz2|zst|lz4)$/;

/** The lines that are tried, and how the report calls them. */
export interface TestLog {
  readonly description: readonly string[];
  /** The lines in blocks, so that waiting costs little; a log is never in memory as a whole. */
  readonly blocks: Iterable<readonly TestLine[]> | AsyncIterable<readonly TestLine[]>;
  /** The same lines as bytes, in place of `blocks`; absent where they come from no file. */
  readonly bytes?: {
    readonly codec: LineCodec;
    readonly chunks: Iterable<LineChunk>;
    /** The same in place of `chunks`, where it is one file: whoever reads it closes it. */
    readonly file?: LogFile;
  };
}

/** What LOG is read with. */
export interface LogOptions {
  /** As Python spells it, or `auto`. */
  readonly encoding: string;
  /** More than one: rules see several lines at once. */
  readonly maxLines: number;
  /** Alternatives of terms for the journal. */
  readonly journalMatch: readonly (readonly string[])[];
  /** Whether a last line without line end counts; fail2ban waits for its end. */
  readonly takesOpenLine: boolean;
}

/** Whether LOG names the journal; checked before anything else, since it decides how a filter is read. */
export function isJournal(log: string): boolean {
  return log.startsWith('systemd-journal');
}

/**
 * LOG of the command line: a file, the journal, a glob of files, or else the line (or lines) itself.
 *
 * Throws `SOURCE_ENCODING` for an unknown encoding, what the system says about a file that cannot be read,
 * `SOURCE_JOURNAL_OPTION` or `SOURCE_JOURNALMATCH`, and `CONFIG_OPTION_LIST` for options of the journal that cannot be
 * read.
 */
export function openTestLog(log: string, options: LogOptions): TestLog {
  if (isFile(log)) return ofFiles([log], [], options);
  if (isJournal(log)) return ofJournal(log, options);
  const found = isGlob(log) ? globSync(log).filter(isFile) : [];
  if (found.length === 0) return ofText(log, options.maxLines);
  const skipped = found.filter((path) => compressedName.test(path)).toSorted();
  return ofFiles(eldestFirst(found.filter((path) => !compressedName.test(path))), skipped, options);
}

function ofFiles(paths: readonly string[], skipped: readonly string[], options: LogOptions): TestLog {
  const files = paths.map((path) => openLogFile(path, options.encoding));
  function* blocks(): Generator<readonly TestLine[]> {
    for (const file of files) yield* fileBlocks(file, options.takesOpenLine);
  }
  function* chunks(): Generator<LineChunk> {
    for (const file of files) {
      try {
        yield* fileChunks(file, options.takesOpenLine);
      } finally {
        closeSync(file.fd);
      }
    }
  }
  const [first, ...others] = files;
  const codec = first?.codec;
  const single = first !== undefined && others.length === 0 ? { file: first } : {};
  return {
    blocks: blocks(),
    ...(codec?.lineFeed === 'byte' ? { bytes: { codec, chunks: chunks(), ...single } } : {}),
    description: [
      ...paths.map((path) => `Use         log file : ${path}`),
      ...skipped.map((path) => `Skip        log file : ${path} (compressed)`),
      `Use         encoding : ${shownEncoding(options.encoding)}`,
    ],
  };
}

function ofJournal(log: string, { encoding, journalMatch }: LogOptions): TestLog {
  const journalOptions = readJournalArgument(log);
  const match = journalMatch.map((terms) => terms.join(' ')).join(' + ');
  return {
    blocks: journalBlocks({ journalMatch, journalOptions }, encoding),
    description: [
      'Use         systemd journal',
      `Use         encoding : ${shownEncoding(encoding)}`,
      ...(match === '' ? [] : [`Use    journal match : ${match}`]),
    ],
  };
}

function ofText(log: string, maxLines: number): TestLog {
  if (maxLines <= 1 && !log.includes('\n')) {
    return { blocks: [[asLine(log)]], description: [`Use      single line : ${shorten(log)}`] };
  }
  const lines = log.split('\n');
  const shown = lines
    .slice(0, shownLines)
    .map((line, index) => `| ${String(index + 1).padStart(2)}: ${shorten(line)}`);
  const more = lines.length > shownLines ? ['| ...'] : [];
  return {
    blocks: [lines.map(asLine)],
    description: [`Use      multi line : ${lines.length} line(s)`, ...shown, ...more, '`-'],
  };
}

function asLine(text: string): TestLine {
  return { text: text.replace(/[\r\n]+$/, '') };
}

/** Rotated logs come in the order in which they were written. */
function eldestFirst(paths: readonly string[]): string[] {
  const changed = new Map(paths.map((path) => [path, statSync(path).mtimeMs]));
  return paths.toSorted((a, b) => (changed.get(a) ?? 0) - (changed.get(b) ?? 0) || (a < b ? -1 : 1));
}

/** Python's name for the encoding of the locale, which it does not look up where the locale is none. */
function shownEncoding(encoding: string): string {
  if (encoding !== 'auto') return encoding;
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  const locale = LC_ALL || LC_CTYPE || LANG || 'C';
  if (locale === 'C' || locale === 'POSIX') return 'utf-8';
  return (/\.([^@]+)/.exec(locale)?.[1] ?? 'UTF-8').toUpperCase().replace(/^UTF8$/, 'UTF-8');
}
