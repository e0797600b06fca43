import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedCompiler } from '../../src/detect/index.ts';
import { runSamples, sampledFilters, sampleZone } from '../support/filter-samples.ts';
import { ownFilters } from '../support/own-filter.ts';

process.env.TZ = sampleZone;
const compile = sharedCompiler();

test('every filter that we ship has samples', () => {
  assert.deepEqual(sampledFilters().sort(), ownFilters());
});

for (const name of ownFilters()) {
  test(`the ${name} filter gives what its samples say`, () => {
    const { counts, complaints } = runSamples(name, compile);
    assert.deepEqual(complaints, []);
    assert.ok(
      counts.positive > 0 && counts.negative > 0,
      'there are samples that match and samples that do not',
    );
  });
}
