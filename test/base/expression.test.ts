import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  evaluateExpression,
  parseExpression,
  pythonConstants,
  pythonFunctions,
  WarderError,
} from '../../src/base/index.ts';

const functions = pythonFunctions(() => 0.25);
const names = new Set([...pythonConstants.keys(), 'ban.Time', 'ban.Count', 'banFactor']);
const values = new Map([
  ...pythonConstants,
  ['ban.Time', { value: 600, isFloat: false }],
  ['ban.Count', { value: 3, isFloat: false }],
  ['banFactor', { value: 2, isFloat: false }],
]);

/** The value as Python would write it. */
function evaluate(text: string): string {
  const { value, isFloat } = evaluateExpression(parseExpression(text, { names, functions }), { values });
  return isFloat && Number.isInteger(value) ? `${value}.0` : String(value);
}

for (const [text, expected] of [
  ['ban.Time * (1<<(ban.Count if ban.Count<20 else 20)) * banFactor', '9600'],
  ['ban.Time * math.exp(float(ban.Count+1)*0)/math.exp(1*0)', '600.0'],
  ['ban.Time if ban.Count < 2 else ban.Time * 2 if ban.Count < 5 else 86400', '1200'],
  ['min(ban.Time ** 2, 60*60*24)', '86400'],
  ['max(1, 2.0, 2)', '2.0'],
  ['round(2.5) + round(3.5) + round(-0.5)', '6'],
  ['round(1234.5678, 2)', '1234.57'],
  ['round(0.125, 2)', '0.12'],
  ['round(1250, -2)', '1200'],
  ['int(-7.9) + int(True)', '-6'],
  ['pow(2, -1) + math.pow(2, 3)', '8.5'],
  ['1 < 2 < 3', '1'],
  ['3 > 2 > 2', '0'],
  ['(ban.Count >= 3) * 3600', '3600'],
  ['0 or 5', '5'],
  ['3 and 0', '0'],
  ['not 1 == 2', '1'],
  ['-2**2', '-4'],
  ['7 // -2', '-4'],
  ['-7 % 3', '2'],
  ['1 // 0.1', '9.0'],
  ['math.ceil(math.log(8, 2) - 0.5) + math.floor(math.pi)', '6'],
  ['random.random() * 4 + random.uniform(0, 8) + random.randint(1, 4)', '5.0'],
  ['1e3', '1000.0'],
] as const) {
  test(`the expression ${text} is ${expected}`, () => assert.equal(evaluate(text), expected));
}

for (const [text, index, code] of [
  ['ban.Time *', 10, 'EXPRESSION_SYNTAX'],
  ['ban.Tiem * 2', 0, 'EXPRESSION_SYNTAX'],
  ['1 + __import__("os")', 15, 'EXPRESSION_SYNTAX'],
  ['1 + __import__', 4, 'EXPRESSION_SYNTAX'],
  ['ban.Time.real', 0, 'EXPRESSION_SYNTAX'],
  ['2 * max(1)', 4, 'EXPRESSION_SYNTAX'],
  ['1 if 2', 6, 'EXPRESSION_SYNTAX'],
  ['if', 0, 'EXPRESSION_SYNTAX'],
  ['1 = 2', 2, 'EXPRESSION_SYNTAX'],
  ['(1, 2)', 2, 'EXPRESSION_SYNTAX'],
  ['5 + 1/(ban.Count-3)', 5, 'EXPRESSION_VALUE'],
  ['1 + math.log(0)', 4, 'EXPRESSION_VALUE'],
  ['math.exp(1000)', 0, 'EXPRESSION_VALUE'],
  ['math.sqrt(-1)', 0, 'EXPRESSION_VALUE'],
  ['1 << -1', 2, 'EXPRESSION_VALUE'],
  ['1.5 << 1', 4, 'EXPRESSION_VALUE'],
  ['(-8) ** 0.5', 5, 'EXPRESSION_VALUE'],
] as const) {
  test(`the expression ${text} is an error at index ${index}`, () => {
    assert.throws(
      () => evaluate(text),
      (error) => error instanceof WarderError && error.code === code && error.index === index,
    );
  });
}

test('only the branch that is taken is computed', () => {
  assert.equal(evaluate('1 if ban.Count else 1/0'), '1');
  assert.equal(evaluate('1 or 1/0'), '1');
  assert.equal(evaluate('0 and 1/0'), '0');
});

test('an integer without bound saturates where that is asked for, and is an error elsewhere', () => {
  for (const text of ['2**5000', '1<<5000', '9**9**9**9', '-(10**400) + 1']) {
    const expression = parseExpression(text);
    assert.throws(() => evaluateExpression(expression), { code: 'EXPRESSION_VALUE' });
    assert.equal(Math.abs(evaluateExpression(expression, { saturates: true }).value), Number.MAX_VALUE);
  }
  // A float overflows for Python too.
  assert.throws(() => evaluateExpression(parseExpression('2.0**5000'), { saturates: true }), {
    code: 'EXPRESSION_VALUE',
  });
});

test('hostile formulas end in an error at once', () => {
  for (const text of ['('.repeat(999), 'not '.repeat(240), '1 if 1 else '.repeat(80), 'abs('.repeat(240)]) {
    assert.throws(() => evaluate(text), { code: 'EXPRESSION_SYNTAX' });
  }
  assert.throws(() => evaluate('1'.repeat(1001)), { code: 'EXPRESSION_SYNTAX', index: 1000 });
  assert.equal(evaluate(`0${'+1'.repeat(400)}`), '400');
});
