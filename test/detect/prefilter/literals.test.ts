import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { makeDirectives } from '../../../src/detect/dates/directives.ts';
import { makeTemplates } from '../../../src/detect/dates/templates.ts';
import { cutsOf, piecesOf } from '../../../src/detect/prefilter/cuts.ts';
import { type Literal, LiteralScanner } from '../../../src/detect/prefilter/literal-scanner.ts';
import { LiteralSets } from '../../../src/detect/prefilter/literal-sets.ts';

const letters = fc.string({ unit: fc.constantFrom('a', 'B', 'b', ' ', '.', '\n'), maxLength: 90 });
const word = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '.'), minLength: 2, maxLength: 5 });

test('the scanner finds every literal at every place, in either case where that is asked for', () => {
  const literal = fc.record({ text: word, ignoreCase: fc.boolean() });
  fc.assert(
    fc.property(fc.array(literal, { minLength: 1, maxLength: 6 }), letters, (wanted, text) => {
      const literals = wanted.map(
        ({ text: one, ignoreCase }): Literal => ({ bytes: Buffer.from(one), ignoreCase, isForeign: false }),
      );
      const expected = new Set<string>();
      for (const [index, { text: one, ignoreCase }] of wanted.entries()) {
        const within = ignoreCase ? text.toLowerCase() : text;
        for (let at = within.indexOf(one); at >= 0; at = within.indexOf(one, at + 1))
          expected.add(`${index}`);
      }
      assert.deepEqual(new Set(findAll(literals, Buffer.from(text))), expected);
    }),
  );
});

test('the scanner looks at nothing outside of the range that it is given', () => {
  const literals = [{ bytes: Buffer.from('abc'), ignoreCase: false, isForeign: false }];
  const bytes = Buffer.from('abcabc');
  assert.deepEqual(findAll(literals, bytes, 1, 5), []);
  assert.deepEqual(findAll(literals, bytes, 1, 6), ['0']);
});

test('more sets of literals than can be numbered are taken for the set of all', () => {
  const sets = new LiteralSets(14);
  let last = 0;
  for (let mask = 1; mask < 1 << 14; mask += 1) {
    last = 0;
    for (let bit = 0; bit < 14; bit += 1) if ((mask & (1 << bit)) !== 0) last = sets.add(last, bit);
    const members = new Set(sets.members(last));
    for (let bit = 0; bit < 14; bit += 1) if ((mask & (1 << bit)) !== 0) assert.ok(members.has(bit));
  }
  assert.equal(sets.members(last).length, 14);
});

const dates: readonly (readonly [pattern: string | undefined, date: string])[] = [
  [undefined, 'Nov 22 15:28:49'],
  [undefined, '2026-11-22T15:28:49.875+01:00'],
  ['{^LN-BEG}', '2026-11-22 15:28:49'],
  ['^[^\\[]*\\[({DATE})\n{^LN-BEG}', '22/Nov/2026:15:28:49 +0100'],
  ['{^LN-BEG}%ExY(?P<_sep>[-/.])%m(?P=_sep)%d[T ]%H:%M:%S(?:[.,]%f)?(?:\\s*%z)?', '2026-11-22 15:28:49,875'],
  ['%H:%M', '15:28'],
  ['{UNB}%H:%M', '15:28'],
  ['<%d/%m/%Y>', '<22/11/2026>'],
  ['^[^(]+\\((%Y)-%m\\)', '(2026-11)'],
];

test('wherever a date is cut out, a message that contains a literal came from a line that contains a piece', () => {
  const directives = makeDirectives(2026);
  const message = fc.string({ unit: fc.constantFrom('a', 'b', '_', ' ', '[', ']', '"', ':'), maxLength: 14 });
  fc.assert(
    fc.property(fc.constantFrom(...dates), message, fc.nat(14), word, (dated, text, place, extra) => {
      const [pattern, date] = dated;
      const templates = makeTemplates(pattern, directives).map(({ spec }) => spec);
      const cuts = cutsOf(templates);
      const at = Math.min(place, text.length);
      const line = text.slice(0, at) + date + text.slice(at);
      for (const template of templates) {
        const found = new RegExp(jsRegex(template.bound.regex), 'diu').exec(line);
        const span = found?.indices?.[1];
        if (span === undefined) continue;
        const left = line.slice(0, span[0]) + line.slice(span[1]);
        for (const literal of [extra, left.slice(0, 6), left.slice(2, 8), left.slice(1)]) {
          if (literal === '' || !left.includes(literal)) continue;
          const pieces = piecesOf(literal, cuts);
          const isFound = pieces.some((piece) => line.includes(piece));
          assert.ok(isFound, JSON.stringify({ line, literal, pieces, regex: template.bound.regex }));
        }
      }
    }),
    { numRuns: 400 },
  );
});

/** The few constructs of date templates that are written in another way here. */
function jsRegex(regex: string): string {
  return regex
    .replace(/^\(\?[iu]+\)/, '')
    .replaceAll('(?P=_sep)', '\\k<_sep>')
    .replaceAll('(?-i:\\k<_sep>)', '\\k<_sep>')
    .replaceAll('(?P<', '(?<');
}

function findAll(literals: readonly Literal[], bytes: Buffer, start = 0, end = bytes.length): string[] {
  const parts = new LiteralScanner(literals).find(bytes, start, end);
  const places = parts.flatMap(({ count, places: all }) => [...all.subarray(0, count)]);
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
  return parts.flatMap(({ count, literals: found }) => [...found.subarray(0, count)].map(String));
}
