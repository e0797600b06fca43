import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSync } from 'recheck';
import {
  attackText,
  type BacktrackingVerdict,
  compilePythonRegex,
  judgeBacktracking,
  parsePythonRegex,
} from '../../../src/pyregex/index.ts';
import { StepCounter } from '../../../src/pyregex/verdict/growth.ts';
import {
  exponentialPatterns,
  polynomialPatterns,
  safePatterns,
  safePythonPatterns,
} from './known-patterns.ts';

const recheckMs = 10_000;

function judge(pattern: string, flags = ''): BacktrackingVerdict {
  return judgeBacktracking(parsePythonRegex(pattern, flags));
}

function recheck(pattern: string): string {
  const verdict = checkSync(pattern, '', { timeout: recheckMs });
  return verdict.status === 'vulnerable' ? verdict.complexity.type : verdict.status;
}

test('patterns that are known to be catastrophic are found exponential', () => {
  assert.ok(exponentialPatterns.length >= 30);
  for (const pattern of exponentialPatterns) assert.equal(judge(pattern).kind, 'exponential', pattern);
});

test('the attack on an exponential pattern makes V8 slow, too', () => {
  for (const pattern of exponentialPatterns) {
    const { attack } = judge(pattern);
    assert.ok(attack !== undefined, pattern);
    const counter = new StepCounter(parsePythonRegex(pattern));
    const steps = [4, 8, 12].map((pumps) => counter.stepsOf(attackText(attack, pumps)));
    assert.ok(steps[2]! > 4 * steps[1]! || steps[2]! > 100_000, `${pattern}: ${steps}`);
    const regex = compilePythonRegex(pattern, { engine: 'auto' });
    assert.ok(
      slowsDown((pumps) => regex.search(attackText(attack, pumps))),
      `V8 with ${pattern}`,
    );
  }
});

/** Whether some number of pumps, far below the length of a line, takes more than a few milliseconds. */
function slowsDown(run: (pumps: number) => unknown): boolean {
  for (let pumps = 1; pumps <= 64; pumps += 1) {
    const startMs = performance.now();
    try {
      run(pumps);
    } catch {
      // Our own matcher, for what V8 cannot run, has a bound of steps: it was reached.
      return true;
    }
    if (performance.now() - startMs > 5) return true;
  }
  return false;
}

test('the degree of polynomial patterns is that of their loops that share characters', () => {
  for (const [pattern, degree] of polynomialPatterns) assert.equal(judge(pattern).degree, degree, pattern);
});

test('harmless patterns are safe, those with atomic groups and possessive repetitions too', () => {
  for (const pattern of [...safePatterns, ...safePythonPatterns]) {
    assert.equal(judge(pattern).kind, 'safe', pattern);
  }
});

test('recheck says the same of the patterns that JavaScript has too', () => {
  // Of high counts recheck's fuzzer sees a part only; and it does not know that a run at the start is searched for once.
  const differs = new Set(['^(?:a{1,3}){1,40}$', '\\s+$']);
  for (const pattern of exponentialPatterns) {
    if (!differs.has(pattern)) assert.equal(recheck(pattern), 'exponential', pattern);
  }
  for (const [pattern, degree] of polynomialPatterns) {
    if (!differs.has(pattern)) assert.equal(recheck(pattern), degree === 1 ? 'safe' : 'polynomial', pattern);
  }
  for (const pattern of safePatterns) assert.equal(recheck(pattern), 'safe', pattern);
});

test('the guilty parts are named by their place in the pattern', () => {
  const parts = (pattern: string): string[] =>
    judge(pattern).parts.map(({ start, end }) => pattern.slice(start, end));
  assert.deepEqual(parts('^user (?:\\w+\\s?)* from'), ['(?:\\w+\\s?)*']);
  assert.deepEqual(parts('^😀 \\s*\\S{2} \\d+\\w+;'), ['\\d+', '\\w+']);
  assert.deepEqual(parts('^x=[^;]*,;[^,]*+.*!'), []);
  assert.deepEqual(parts('^a.*b.*c'), ['.*', '.*']);
});

test('an attack has no newline in it, unless a text may have several lines', () => {
  const pattern = '^(?:\\n+x?)+$';
  assert.equal(judge(pattern).kind, 'safe');
  const several = judgeBacktracking(parsePythonRegex(pattern), { severalLines: true });
  assert.equal(several.kind, 'exponential');
});

test('flags are taken into account', () => {
  assert.equal(judge('^(?:a+A?)+$').kind, 'exponential');
  assert.equal(judge('^(?:a+A)+;').kind, 'safe');
  assert.equal(judge('^(?:a+A)+;', 'i').kind, 'exponential');
});

test('a pattern that is too large is judged as far as the budget goes', () => {
  assert.equal(judge(`^${'[a-z]\\d'.repeat(3000)}$`).kind, 'unknown');
  const wide = judge(`^${'.*'.repeat(60)}!`);
  assert.equal(wide.kind, 'polynomial');
  assert.ok(wide.degree >= 3 && wide.bound >= wide.degree);
  const many = judge(`^(?:${Array.from({ length: 200 }, (_, index) => `word${index}.*`).join('|')})+;$`);
  assert.notEqual(many.kind, 'safe');
});
