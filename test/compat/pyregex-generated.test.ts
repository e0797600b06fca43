import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareCase, newTally, type Tally } from './pyregex/compare.ts';
import { Oracle } from './pyregex/oracle.ts';
import { PatternGenerator } from './pyregex/pattern-generator.ts';
import { numberFromEnv, requirePython } from './pyregex/python.ts';
import { Random } from './pyregex/random.ts';
import { brokenPattern } from './pyregex/syntax-generator.ts';

// WARDER_PYREGEX_PATTERNS runs more of them (a million comparisons need about 36000), WARDER_PYREGEX_SEED a certain row.
const patternCount = numberFromEnv('WARDER_PYREGEX_PATTERNS', 5000);
const seed = numberFromEnv('WARDER_PYREGEX_SEED', Math.floor(Math.random() * 2 ** 31));
const batchSize = 250;
const subjectsPerPattern = 8;
const enoughDifferences = 10;

async function compareGenerated(oracle: Oracle, tally: Tally): Promise<void> {
  const generator = new PatternGenerator(new Random(seed));
  for (let done = 0; done < patternCount && tally.differences.length < enoughDifferences; done += batchSize) {
    const cases = Array.from({ length: batchSize }, () => generator.case(subjectsPerPattern));
    const answers = await oracle.ask(cases.map((one) => ({ ...one, pattern: one.python })));
    cases.forEach((one, at) => {
      compareCase(tally, { ...one, pattern: one.ours, isReworded: one.ours !== one.python }, answers[at]!);
    });
  }
}

async function compareBroken(oracle: Oracle, tally: Tally): Promise<void> {
  const random = new Random(seed ^ 0x5eed);
  for (let done = 0; done < patternCount * 2 && tally.differences.length < enoughDifferences; ) {
    const cases = Array.from({ length: batchSize }, () => ({
      pattern: brokenPattern(random),
      flags: random.pick(['', '', 'i', 'x', 'a', 'u']),
      subjects: [],
    }));
    const answers = await oracle.ask(cases);
    cases.forEach((one, at) => {
      compareCase(tally, one, answers[at]!);
    });
    done += batchSize;
  }
}

test('generated patterns match the same as in Python, with both engines', async (context) => {
  if (!requirePython(context)) return;
  const oracle = new Oracle();
  context.after(() => oracle.stop());
  const tally = newTally();
  await compareGenerated(oracle, tally);
  assert.deepEqual(tally.differences, [], `seed ${seed}`);
  // Both engines were at work, and hardly a pattern was too slow to compare.
  const { v8, backtrack } = tally.byEngine;
  assert.ok(v8! > tally.compared / 5 && backtrack! > tally.compared / 5);
  assert.ok(tally.skipped < tally.compared / 100);
  context.diagnostic(
    `pyregex: ${tally.compared} compared, all equal, ${tally.skipped} skipped (seed ${seed})`,
  );
});

test('broken patterns are refused with the same message at the same place as in Python', async (context) => {
  if (!requirePython(context)) return;
  const oracle = new Oracle();
  context.after(() => oracle.stop());
  const tally = newTally();
  await compareBroken(oracle, tally);
  assert.deepEqual(tally.differences, [], `seed ${seed}`);
  context.diagnostic(
    `pyregex: ${tally.compared} verdicts on broken patterns compared, all equal, ${tally.skipped} skipped (seed ${seed})`,
  );
});
