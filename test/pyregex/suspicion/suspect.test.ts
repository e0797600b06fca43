import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hostilePatterns } from '../../../bench/hostile-lines/patterns.ts';
import { ConfigSurvey } from '../../../src/config/index.ts';
import { expandTags } from '../../../src/detect/index.ts';
import { compilePythonRegex, judgeBacktracking, parsePythonRegex } from '../../../src/pyregex/index.ts';
import { suspectedAbove, suspectedDegree } from '../../../src/pyregex/suspicion/suspect.ts';
import { resolveTree } from '../../../src/pyregex/transform/resolve.ts';
import { hostileJails } from '../../support/hostile-jails.ts';
import { ownConfig } from '../../support/own-filter.ts';
import {
  exponentialPatterns,
  polynomialPatterns,
  safePatterns,
  safePythonPatterns,
} from '../verdict/known-patterns.ts';

function degreeOf(pattern: string, flags = ''): number {
  return suspectedDegree(resolveTree(parsePythonRegex(pattern, flags)));
}

test('every pattern that is known to be exponential is suspected from the first character on', () => {
  for (const pattern of [...exponentialPatterns, ...hostilePatterns.map(({ rule }) => rule)])
    assert.equal(degreeOf(pattern), Number.POSITIVE_INFINITY, pattern);
  assert.equal(compilePythonRegex('^(?:x+)+y').suspectedAbove, 0);
});

test('every pattern of which the hostile jails of the tests are made is suspected for the line that holds it', () => {
  for (const { name, filter, hostile } of hostileJails) {
    const rules = filter
      .split('\n')
      .map((line) => line.replace(/^\w+ *=/, '').trim())
      .filter((line) => line !== '')
      .map((line) => line.replaceAll('%%', '%').replaceAll(/<\/?F-CONTENT>/g, ''));
    const aboves = rules.map((rule) =>
      suspectedAbove(resolveTree(parsePythonRegex(expandTags(rule, 'warn')))),
    );
    assert.ok(Math.min(...aboves) < hostile.length, `${name}: ${aboves}`);
  }
});

test('no pattern is suspected of less than it is known to do', () => {
  for (const [pattern, degree] of polynomialPatterns)
    assert.ok(degreeOf(pattern) >= degree, `${pattern}: ${degreeOf(pattern)}`);
});

test('patterns that only look alike are not suspected of anything that matters', () => {
  for (const pattern of [...safePatterns, ...safePythonPatterns])
    assert.ok(degreeOf(pattern) <= 2, `${pattern}: ${degreeOf(pattern)}`);
});

test('what the judge proves of a pattern made at random was suspected', () => {
  const leaf = fc.constantFrom('a', 'b', 'ab', '[ab]', '\\w', '.', '[^a]', '(?=a)', '\\b', 'a?');
  const { part } = fc.letrec<{ part: string }>((tie) => ({
    part: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.tuple(tie('part'), tie('part')).map(([one, other]) => `${one}${other}`),
      fc.tuple(tie('part'), tie('part')).map(([one, other]) => `(?:${one}|${other})`),
      fc
        .tuple(tie('part'), fc.constantFrom('*', '+', '?', '*?', '{2}', '{1,3}', '{0,30}'))
        .map(([one, times]) => `(?:${one})${times}`),
      tie('part').map((one) => `(?=${one})`),
    ),
  }));
  let dangerous = 0;
  fc.assert(
    fc.property(part, fc.constantFrom('', '^'), (body, start) => {
      const pattern = `${start}${body};`;
      const { degree } = judgeBacktracking(parsePythonRegex(pattern));
      if (degree > 1) dangerous += 1;
      assert.ok(!(degree > degreeOf(pattern)), `${pattern}: ${degree}, suspected ${degreeOf(pattern)}`);
    }),
    { numRuns: 300 },
  );
  assert.ok(dangerous > 10, `${dangerous}`);
});

test('none of our own rules is suspected from the first character on, and few of more than a square', () => {
  const survey = new ConfigSurvey([ownConfig]);
  const names = survey.names('filter.d').filter((name) => !/(?:^|-)common$/.test(name));
  let rules = 0;
  const suspected: string[] = [];
  for (const name of names) {
    const { filter, rules: written } = survey.filter(name);
    for (const { kind, text } of written) {
      const flags = (filter.maxLines ?? 1) > 1 && kind === 'failregex' ? 'm' : '';
      const degree = degreeOf(expandTags(text, 'warn'), flags);
      assert.ok(degree < Number.POSITIVE_INFINITY, `${name}: ${text}`);
      rules += 1;
      if (degree > 2) suspected.push(name);
    }
  }
  for (const name of ['sshd', 'nginx-http-auth', 'nginx-botsearch', 'recidive'])
    assert.ok(names.includes(name));
  assert.ok(rules > 150 && suspected.length < rules / 6, `${suspected.length} of ${rules}: ${suspected}`);
});
