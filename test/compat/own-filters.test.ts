import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sharedCompiler } from '../../src/detect/index.ts';
import { DetectOracle } from '../support/detect-oracle.ts';
import { requireFail2ban } from '../support/fail2ban.ts';
import { type CorpusResult, corpusZone, runCorpus } from '../support/filter-corpus.ts';
import { runSamples, type SampleResult, sampleZone } from '../support/filter-samples.ts';
import { ownFilters } from '../support/own-filter.ts';

const compile = sharedCompiler();
let oracle: DetectOracle | undefined;

before(() => {
  oracle = new DetectOracle();
});
after(() => oracle?.close());

/** One line of the table: of how many samples of each kind the filter said what is right. */
function row(name: string, corpus: CorpusResult | undefined, own: SampleResult): string {
  const { positive, negative, injection } = own.counts;
  const theirs = corpus === undefined ? ['-', '-'] : [corpus.positives, corpus.negatives];
  const wrong = own.complaints.length + (corpus?.complaints.length ?? 0);
  const cells = [...theirs, positive, negative, injection, wrong];
  return [name.padEnd(24), ...cells.map((cell) => String(cell).padStart(9))].join('');
}

const head = [
  'filter'.padEnd(24),
  ...['ref. pos', 'ref. neg', 'own pos', 'own neg', 'injected', 'wrong'].map((cell) => cell.padStart(9)),
].join('');

test("our filters recognise the reference's positives and our own, and refuse negatives and injections", async (context) => {
  if (!requireFail2ban(context)) return;
  const inCorpus = new Set(await oracle!.names());
  const table = [head];
  const complaints: string[] = [];
  const sums = { positives: 0, negatives: 0, injections: 0 };
  for (const name of ownFilters()) {
    process.env.TZ = sampleZone;
    const own = runSamples(name, compile);
    process.env.TZ = corpusZone;
    const corpus = inCorpus.has(name) ? await runCorpus(name, oracle!, compile) : undefined;
    table.push(row(name, corpus, own));
    complaints.push(...[...own.complaints, ...(corpus?.complaints ?? [])].map((text) => `${name}: ${text}`));
    sums.positives += own.counts.positive + (corpus?.positives ?? 0);
    sums.negatives += own.counts.negative + (corpus?.negatives ?? 0);
    sums.injections += own.counts.injection;
  }
  table.push(`samples: ${JSON.stringify(sums)}, wrong: ${complaints.length}`);
  for (const line of table) context.diagnostic(line);
  assert.deepEqual(complaints, []);
  assert.ok(sums.positives > 300 && sums.negatives > 100, 'the samples were read');
});

test('we ship a filter under the name of every filter that the reference ships', async (context) => {
  if (!requireFail2ban(context)) return;
  const ours = new Set(ownFilters());
  const missing = (await oracle!.names()).filter((name) => !ours.has(name) && !notServices.has(name));
  assert.deepEqual(missing, []);
});

/** Sample logs of the reference that belong to no service: examples, and second logs of another filter. */
const notServices = new Set(['bsd', 'sshd-journal', 'zzz-generic-example', 'zzz-sshd-obsolete-multiline']);
