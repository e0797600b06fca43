import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  evaluateExpression,
  PythonFloat,
  parseExpression,
  parseTimeSpan,
  parseTimeSpanValue,
  WarderError,
} from '../../src/base/index.ts';

const day = 86_400;

for (const [text, seconds] of [
  ['600', 600],
  ['10m', 600],
  ['1h 30m', 5400],
  ['1h30min', 5400],
  ['1hour+30min', 5400],
  ['1d12h', 1.5 * day],
  ['0d 1h 2m 3s', 3723],
  ['2 weeks', 14 * day],
  ['1mo', 2_629_800],
  ['1 Month', 2_629_800],
  ['1y6mo', 31_557_600 + 6 * 2_629_800],
  ['1year-6mo', 15_778_800],
  ['-1', -1],
  ['60*60', 3600],
  ['24*60*60 30', 86_430],
  ['2**3h', 8 * 3600],
  ['3m**2', 3 * 60 ** 2],
  ['-2**2', -4],
  ['2**-1', 0.5],
  ['1/2d', day / 2],
  ['.5h', 1800],
  ['(1+1) h', 7200],
  ['-7//2', -4],
  ['-7%3', 2],
  ['7%-3', -2],
  ['1<<40', 2 ** 40],
  ['~5', -6],
  ['6&3|8', 10],
  ['1_000', 1000],
  ['05m', 300],
] as const) {
  test(`the time span ${JSON.stringify(text)} is ${seconds} seconds`, () => {
    assert.equal(parseTimeSpan(text), seconds);
  });
}

for (const [text, index] of [
  ['', 0],
  ['h', 0],
  ['10x', 2],
  ['1h)', 2],
  ['(1h', 3],
  ['1 +', 3],
  ['1e3', 1],
  ['5 $', 2],
  ['1/0', 1],
  ['1.5<<1', 3],
  ['__import__', 0],
] as const) {
  test(`the time span ${JSON.stringify(text)} is refused at index ${index}`, () => {
    assert.throws(
      () => parseTimeSpan(text),
      (error) => error instanceof WarderError && error.code === 'TIME_SPAN_INVALID' && error.index === index,
    );
  });
}

test('years and months are floats for Python, everything else stays an integer', () => {
  assert.deepEqual(parseTimeSpanValue('1mo'), new PythonFloat(2_629_800));
  assert.equal(parseTimeSpanValue('4w'), 4 * 7 * day);
});

test('an expression without units knows exponents and adds nothing on its own', () => {
  assert.deepEqual(evaluateExpression(parseExpression('1e3 * 2')), { value: 2000, isFloat: true });
  assert.throws(() => parseExpression('1 2'), { code: 'EXPRESSION_SYNTAX', index: 2 });
});

test('hostile expressions end in an error instead of a stack overflow or a stall', () => {
  assert.throws(() => parseTimeSpan('('.repeat(900)), { code: 'TIME_SPAN_INVALID' });
  assert.throws(() => parseTimeSpan('-'.repeat(900)), { code: 'TIME_SPAN_INVALID' });
  assert.throws(() => parseTimeSpan('1'.repeat(100_000)), { code: 'TIME_SPAN_INVALID' });
  assert.throws(() => parseTimeSpan('9**9**9**9'), { code: 'TIME_SPAN_INVALID' });
});
