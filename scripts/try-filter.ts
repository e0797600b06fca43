import { sharedCompiler } from '../src/detect/index.ts';
import { DetectOracle } from '../test/support/detect-oracle.ts';
import { corpusZone, runCorpus } from '../test/support/filter-corpus.ts';
import { runSamples, sampleZone } from '../test/support/filter-samples.ts';
import { judgeFilter } from '../test/support/filter-verdicts.ts';
import { ownFilters } from '../test/support/own-filter.ts';

// For those who write filters: everything that the test suite asks of a shipped filter, for the named ones (or all).
//
//     node_modules/.bin/node scripts/try-filter.ts [NAME…]

const names = process.argv.length > 2 ? process.argv.slice(2) : ownFilters();
const compile = sharedCompiler();
const oracle = new DetectOracle();
const inCorpus = new Set(await oracle.names());
let wrong = 0;
for (const name of names) {
  try {
    await tryFilter(name);
  } catch (error) {
    complain([String(error)]);
    console.log(`${name}: cannot be tried`);
  }
}
oracle.close();
console.log(wrong === 0 ? 'all green' : `${wrong} complaints`);
process.exitCode = wrong === 0 ? 0 : 1;

async function tryFilter(name: string): Promise<void> {
  process.env.TZ = sampleZone;
  const { counts, complaints } = runSamples(name, compile);
  complain(complaints);
  process.env.TZ = corpusZone;
  const corpus = inCorpus.has(name) ? await runCorpus(name, oracle, compile) : undefined;
  complain(corpus?.complaints ?? []);
  const verdicts = judgeFilter(name, compile);
  complain(verdicts.complaints);
  const known =
    corpus === undefined ? 'none' : `${corpus.positives} positives, ${corpus.negatives} negatives`;
  console.log(
    `${name}: ${counts.positive} positives, ${counts.negative} negatives, ${counts.injection} injections; ` +
      `reference's samples: ${known}; ${verdicts.rules} rules, slowest ${verdicts.slowestMs.toFixed(1)} ms`,
  );
}

function complain(complaints: readonly string[]): void {
  wrong += complaints.length;
  for (const complaint of complaints) console.log(`  ${complaint}`);
}
