import { WarderError } from '../errors.ts';
import type { Expression, Numeric } from './tree.ts';

/** What an expression is evaluated with. */
export interface ExpressionScope {
  /** The values of its names. */
  readonly values?: ReadonlyMap<string, Numeric>;
  /**
   * Python's integers have no end; ours are doubles, exact to 2^53. One that outgrows them becomes the largest double
   * instead of an error, so that a bound around it (`min(…, 86400)`) has Python's result.
   */
  readonly saturates?: boolean;
}

/**
 * Computes the expression with Python's rules: `/` is a float, `//` and `%` round down, a negative exponent makes a
 * float, `and` and `or` give one of their operands. Throws `EXPRESSION_VALUE` with the index for a division by zero, a
 * float where only integers go, or a result that is not finite. The work is bounded by the length of the text.
 */
export function evaluateExpression(expression: Expression, scope: ExpressionScope = {}): Numeric {
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'name': {
      const value = scope.values?.get(expression.name);
      if (value !== undefined) return value;
      throw valueError(`${expression.name} has no value`, expression.index);
    }
    case 'unary':
      return evaluateUnary(expression, scope);
    case 'binary':
      return evaluateBinary(expression, scope);
    case 'comparison':
      return evaluateComparison(expression, scope);
    case 'conditional': {
      const { condition, yes, no } = expression;
      return evaluateExpression(isTrue(evaluateExpression(condition, scope)) ? yes : no, scope);
    }
    case 'call':
      return evaluateCall(expression, scope);
  }
}

type Kind<K extends Expression['kind']> = Extract<Expression, { kind: K }>;

function evaluateUnary({ operator, operand, index }: Kind<'unary'>, scope: ExpressionScope): Numeric {
  const given = evaluateExpression(operand, scope);
  const { value, isFloat } = given;
  if (operator === 'not') return truth(!isTrue(given));
  if (operator === '+') return given;
  if (operator === '-') return { value: isFloat ? -value : 0 - value, isFloat };
  if (isFloat) throw valueError('~ needs an integer', index);
  return { value: -value - 1, isFloat };
}

function evaluateBinary(expression: Kind<'binary'>, scope: ExpressionScope): Numeric {
  const { operator, index } = expression;
  const left = evaluateExpression(expression.left, scope);
  if (operator === 'and' || operator === 'or') {
    return isTrue(left) === (operator === 'or') ? left : evaluateExpression(expression.right, scope);
  }
  const right = evaluateExpression(expression.right, scope);
  return finite(compute(operator, left, right, index), scope, index);
}

function evaluateComparison({ left, rest }: Kind<'comparison'>, scope: ExpressionScope): Numeric {
  let before = evaluateExpression(left, scope);
  for (const { operator, right } of rest) {
    const behind = evaluateExpression(right, scope);
    if (!compare(operator, before.value, behind.value)) return truth(false);
    before = behind;
  }
  return truth(true);
}

function evaluateCall({ called, values, index }: Kind<'call'>, scope: ExpressionScope): Numeric {
  const given = values.map((value) => evaluateExpression(value, scope));
  try {
    return finite(called.call(given), scope, index);
  } catch (error) {
    if (error instanceof RangeError) throw valueError(error.message, index);
    throw error;
  }
}

function finite(result: Numeric, scope: ExpressionScope, index: number): Numeric {
  const { value, isFloat } = result;
  if (Number.isFinite(value)) return result;
  if (scope.saturates !== true || isFloat || Number.isNaN(value)) {
    throw valueError('the result is not a finite number', index);
  }
  return { value: value < 0 ? -Number.MAX_VALUE : Number.MAX_VALUE, isFloat };
}

function compare(operator: string, a: number, b: number): boolean {
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '==':
      return a === b;
    default:
      return a !== b;
  }
}

function compute(operator: string, left: Numeric, right: Numeric, index: number): Numeric {
  const a = left.value;
  const b = right.value;
  const isFloat = left.isFloat || right.isFloat;
  switch (operator) {
    case '+':
      return { value: a + b, isFloat };
    case '-':
      return { value: a - b, isFloat };
    case '*':
      return { value: a * b, isFloat };
    case '**':
      if (a === 0 && b < 0) throw valueError('division by zero', index);
      if (a < 0 && !Number.isInteger(b)) throw valueError('a root of a negative number', index);
      return { value: a ** b, isFloat: isFloat || b < 0 };
    case '/':
    case '//':
    case '%':
      return divide(operator, left, right, index);
    default:
      if (isFloat) throw valueError(`${operator} needs integers`, index);
      return { value: computeBits(operator, a, b, index), isFloat: false };
  }
}

function divide(operator: '/' | '//' | '%', left: Numeric, right: Numeric, index: number): Numeric {
  const a = left.value;
  const b = right.value;
  if (b === 0) throw valueError('division by zero', index);
  if (operator === '/') return { value: a / b, isFloat: true };
  const isFloat = left.isFloat || right.isFloat;
  const rest = a % b;
  const modulo = rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
  if (operator === '%') return { value: modulo, isFloat };
  // Not the floor of a rounded quotient: 1 // 0.1 is 9 for Python.
  return { value: isFloat ? Math.round((a - modulo) / b) : Math.floor(a / b), isFloat };
}

/** JavaScript's own bit operators know only 32 bits; integers here have at least 53. */
function computeBits(operator: string, a: number, b: number, index: number): number {
  if (operator === '<<' || operator === '>>') {
    if (b < 0) throw valueError('negative shift count', index);
    if (operator === '>>') return Math.floor(a / 2 ** b);
    return a === 0 ? 0 : a * 2 ** b;
  }
  const [x, y] = [BigInt(a), BigInt(b)];
  return Number(operator === '&' ? x & y : operator === '|' ? x | y : x ^ y);
}

function isTrue({ value }: Numeric): boolean {
  return value !== 0;
}

function truth(value: boolean): Numeric {
  return { value: value ? 1 : 0, isFloat: false };
}

function valueError(message: string, index: number): WarderError {
  return new WarderError('EXPRESSION_VALUE', message, { index });
}
