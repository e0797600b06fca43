// How to find the lines that hold one of several texts: the ways that were weighed for the prefilter, on the same bytes. Each
// returns the number of such lines, so that all of them have to do the same work.
//
//   npm run bench -- literal-search [OPTION…]
import { readFileSync } from 'node:fs';
import { type Literal, LiteralScanner } from '../src/detect/prefilter/literal-scanner.ts';
import type { LogKind } from './data/logs.ts';
import { type Bench, runScenario } from './support/index.ts';

/** Texts that rules of sshd require, then those of other programs. */
const literals: readonly string[] = [
  'Failed ',
  'nvalid user ',
  ' not allowed because ',
  'authentication failure',
  'Authentication failure for ',
  'maximum authentication attempts exceeded for ',
  'User not known to the underlying authentication module',
  'ROOT LOGIN REFUSED FROM ',
  'refused connect from ',
  'Too many authentication failures',
  'Change of username or service not allowed',
  ': SASL ',
  ': reject: ',
  'improper command pipelining after ',
  'too many errors after ',
  'auth failed, ',
  'Aborted login',
  'unknown user',
  'password mismatch',
  'limiting requests, excess: ',
];
const counts: readonly number[] = [1, 5, 20];
const chunkBytes = 1 << 20;
const lineFeed = 10;

type Search = (bytes: Buffer, texts: readonly string[]) => number;

await runScenario({
  name: 'literal-search',
  about:
    'lines of auth.log that hold one of some texts, found in chunks of 1 MiB, as the prefilter could do it',
  async run(bench) {
    for (const kind of ['auth-attack', 'auth-benign'] as const) await compare(bench, kind);
  },
});

async function compare(bench: Bench, kind: LogKind): Promise<void> {
  const bytes = readFileSync(bench.log(kind, bench.lines(300_000)));
  const named = kind === 'auth-attack' ? 'half attack' : '2 % attack';
  for (const count of counts) {
    const texts = literals.slice(0, count);
    const speeds = new Map<string, number[]>([...ways().keys()].map((way) => [way, []]));
    let expected: number | undefined;
    await bench.rounds(async () => {
      for (const [way, search] of ways()) {
        const startedMs = performance.now();
        const found = chunksOf(bytes).reduce((sum, chunk) => sum + search(chunk, texts), 0);
        speeds.get(way)!.push(bytes.length / 1000 / (performance.now() - startedMs));
        expected ??= found;
        if (found !== expected) throw new Error(`${way} finds ${found} lines, not ${expected}`);
      }
    });
    for (const [way, values] of speeds) {
      const what = `${named}, ${count} ${count === 1 ? 'text' : 'texts'}: ${way}`;
      bench.add({ what, unit: 'MB/s', values });
    }
  }
}

function ways(): ReadonlyMap<string, Search> {
  return new Map<string, Search>([
    ['skipping by pairs of bytes (in use)', bySkipping()],
    ['alternation over latin1 text', byAlternation],
    ['Buffer.indexOf for each', byIndexOf],
  ]);
}

/** Made once for all chunks, as the daemon does it. */
function bySkipping(): Search {
  let scanner: LiteralScanner | undefined;
  return (bytes, texts) => {
    scanner ??= new LiteralScanner(texts.map(toLiteral));
    let lines = 0;
    let lineEndsAt = 0;
    for (const { count, places } of scanner.find(bytes, 0, bytes.length)) {
      for (const place of places.subarray(0, count)) {
        if (place < lineEndsAt) continue;
        lines += 1;
        lineEndsAt = lineEnd(bytes, place);
      }
    }
    return lines;
  };
}

function byAlternation(bytes: Buffer, texts: readonly string[]): number {
  const pattern = new RegExp(texts.map(RegExp.escape).join('|'), 'g');
  const text = bytes.toString('latin1');
  let lines = 0;
  while (pattern.test(text)) {
    lines += 1;
    const end = text.indexOf('\n', pattern.lastIndex);
    if (end < 0) break;
    pattern.lastIndex = end + 1;
  }
  return lines;
}

function byIndexOf(bytes: Buffer, texts: readonly string[]): number {
  const sought = texts.map((text) => Buffer.from(text));
  const places = sought.map((text) => bytes.indexOf(text));
  let lines = 0;
  for (;;) {
    const found = places.filter((place) => place >= 0);
    if (found.length === 0) return lines;
    lines += 1;
    const end = lineEnd(bytes, Math.min(...found));
    for (const [index, place] of places.entries()) {
      if (place >= 0 && place < end) places[index] = bytes.indexOf(sought[index]!, end);
    }
  }
}

function lineEnd(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(lineFeed, from);
  return end < 0 ? bytes.length : end + 1;
}

function toLiteral(text: string): Literal {
  return { bytes: Buffer.from(text), ignoreCase: false, isForeign: false };
}

/** Of whole lines. */
function chunksOf(bytes: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.lastIndexOf(lineFeed, start + chunkBytes) + 1;
    chunks.push(bytes.subarray(start, end));
    start = end;
  }
  return chunks;
}
