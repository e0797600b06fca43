import { test } from 'node:test';
import fc from 'fast-check';
import { attackText, judgeBacktracking, parsePythonRegex } from '../../../src/pyregex/index.ts';
import { StepCounter } from '../../../src/pyregex/verdict/growth.ts';

// Random patterns of few letters, in which repetitions overlap all the time.

const atom = fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^a]', '\\w', '(?=a)', '(?!b)');
const quantifier = fc.constantFrom('', '', '*', '+', '?', '*?', '+?', '{1,3}', '{2}');
const { pattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
  part: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(atom, quantifier).map(([text, count]) => (text.startsWith('(?') ? text : text + count)),
    fc.tuple(tie('pattern'), quantifier).map(([text, count]) => `(?:${text})${count}`),
    fc.tuple(tie('pattern'), tie('pattern')).map(([one, other]) => `(?:${one}|${other})`),
  ),
  pattern: fc.array(tie('part'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
}));
const anchored = fc
  .tuple(fc.constantFrom('^', '^', 'c'), pattern, fc.constantFrom('$', '!', ''))
  .map(([start, body, end]) => start + body + end)
  .filter((text) => !/\)[*+?{][*+?{]/.test(text));
const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '!'), maxLength: 4 });

test('a pattern that is found safe takes no more than linear time for any pumped text', () => {
  fc.assert(
    fc.property(anchored, word, word, word, (text, prefix, pump, suffix) => {
      const tree = parsePythonRegex(text);
      if (pump === '' || judgeBacktracking(tree).kind !== 'safe') return true;
      const counter = new StepCounter(tree);
      const steps = (pumps: number): number =>
        counter.stepsOf(attackText({ prefix, pumps: [{ text: pump, behind: '' }], suffix }, pumps));
      return steps(160) <= 3 * steps(80) + 200;
    }),
    { seed: 20261122, numRuns: 25 },
  );
});

test('an attack that is told does what is said of it', () => {
  fc.assert(
    fc.property(anchored, (text) => {
      const tree = parsePythonRegex(text);
      const { kind, degree, attack } = judgeBacktracking(tree);
      if (attack === undefined) return kind === 'safe';
      const counter = new StepCounter(tree);
      const steps = (pumps: number): number => counter.stepsOf(attackText(attack, pumps));
      return kind === 'exponential'
        ? steps(40) >= 300_000
        : steps(64) >= 300_000 || steps(64) > 2 ** Math.min(degree - 0.9, 2) * steps(32);
    }),
    { seed: 20261122, numRuns: 25 },
  );
});
