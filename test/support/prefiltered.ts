import { emptySet, type Inspector, type LogMemory, Prefilter } from '../../src/detect/index.ts';
import { lineCodec } from '../../src/source/index.ts';
import type { OracleResult } from './detect-oracle.ts';
import { resultOf } from './detect-result.ts';

const codec = lineCodec('utf-8');

/**
 * Looks at lines as the daemon does it: only at those in which stands what a rule requires, at the others for their dates.
 * Returns what became of each line.
 */
export function inspectPrefiltered(
  inspector: Inspector,
  texts: readonly string[],
  log: LogMemory,
): OracleResult[] {
  const needs = inspector.needs(codec);
  const prefilter = new Prefilter([needs]);
  const found = prefilter.scan(Buffer.from(texts.map((text) => `${text}\n`).join('')));
  let start = 0;
  let candidate = 0;
  return texts.map((text) => {
    const isCandidate = candidate < found.count && found.starts[candidate] === start;
    const rules = prefilter.rulesOf(needs, isCandidate ? found.sets[candidate]! : emptySet);
    start += Buffer.byteLength(text) + 1;
    if (isCandidate) candidate += 1;
    // At once: what a session holds goes on changing.
    if (rules.length > 0) return resultOf(inspector.inspect(text, undefined, log, rules));
    inspector.glance(text, log);
    return resultOf(undefined);
  });
}
