import { WarderError } from './errors.ts';

/** A number of Python's, which knows integers from floats. */
export interface Numeric {
  readonly value: number;
  readonly isFloat: boolean;
}

/** Python's arithmetic as a tree. `index` is where the operator or number stands in the text. */
export type Expression =
  | { readonly kind: 'number'; readonly value: Numeric; readonly index: number }
  | {
      readonly kind: 'unary';
      readonly operator: '+' | '-' | '~';
      readonly operand: Expression;
      readonly index: number;
    }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
      readonly index: number;
    };

/** What an expression may contain beside Python's operators. */
export interface ExpressionGrammar {
  /**
   * Words that stand behind a value and multiply it (`3h`), by their lower-case name. With units, two values that
   * follow each other are added (`1h 30m`).
   */
  readonly units?: ReadonlyMap<string, Numeric>;
}

interface Token {
  readonly kind: 'number' | 'word' | 'operator' | 'end';
  readonly text: string;
  readonly index: number;
}

/** How tightly each binary operator binds; `**` is right-associative and binds tighter than a sign before it. */
const bindings: ReadonlyMap<string, number> = new Map([
  ['|', 1],
  ['^', 2],
  ['&', 3],
  ['<<', 4],
  ['>>', 4],
  ['+', 5],
  ['-', 5],
  ['*', 6],
  ['/', 6],
  ['//', 6],
  ['%', 6],
  ['**', 8],
]);
const additive = 5;
const multiplicative = 6;
const sign = 7;
const power = 8;

const longestText = 1000;
const deepestNesting = 64;

/**
 * Parses Python's arithmetic: integers and floats, `+ - * / // % ** << >> & | ^ ~`, parentheses, and the units of the
 * grammar. Throws `EXPRESSION_SYNTAX` with the index.
 */
export function parseExpression(text: string, grammar: ExpressionGrammar = {}): Expression {
  if (text.length > longestText) {
    throw new WarderError('EXPRESSION_SYNTAX', `expression is longer than ${longestText} characters`, {
      index: longestText,
    });
  }
  return new Parser(tokenize(text, grammar), grammar).parse();
}

function tokenize(text: string, grammar: ExpressionGrammar): Token[] {
  // With units the "e" of `1e3` is a word behind 1, as it is for fail2ban; without them it is an exponent.
  const pattern = grammar.units === undefined ? plainToken() : spanToken();
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  while (pattern.lastIndex < end) {
    const from = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) {
      const index = from + (text.slice(from).length - text.slice(from).trimStart().length);
      throw new WarderError('EXPRESSION_SYNTAX', `unexpected ${JSON.stringify(text[index])} in expression`, {
        index,
      });
    }
    const kind = match[1] !== undefined ? 'number' : match[2] !== undefined ? 'word' : 'operator';
    const token = match[1] ?? match[2] ?? match[3] ?? '';
    tokens.push({ kind, text: token, index: pattern.lastIndex - token.length });
  }
  tokens.push({ kind: 'end', text: '', index: text.length });
  return tokens;
}

/** Groups: number, word, operator. */
const spanToken = (): RegExp =>
  /\s*(?:(\.\d[\d_]*|\d[\d_]*\.?[\d_]*)|([A-Za-z]+)|(\*\*|\/\/|<<|>>|[-+*/%&|^~()]))/y;
const plainToken = (): RegExp =>
  /\s*(?:((?:\.\d[\d_]*|\d[\d_]*\.?[\d_]*)(?:[eE][+-]?\d+)?)|([A-Za-z]+)|(\*\*|\/\/|<<|>>|[-+*/%&|^~()]))/y;

/** Precedence climbing over the tokens. */
class Parser {
  readonly #tokens: readonly Token[];
  readonly #units: ReadonlyMap<string, Numeric> | undefined;
  #position = 0;

  constructor(tokens: readonly Token[], grammar: ExpressionGrammar) {
    this.#tokens = tokens;
    this.#units = grammar.units;
  }

  parse(): Expression {
    const expression = this.#climb(0, 0);
    if (this.#next.kind !== 'end') throw unexpected(this.#next);
    return expression;
  }

  get #next(): Token {
    return this.#tokens[this.#position]!;
  }

  /** `first` is an operand that stands already behind the parser. */
  #climb(weakest: number, depth: number, first?: Expression): Expression {
    if (depth > deepestNesting) {
      throw new WarderError('EXPRESSION_SYNTAX', 'expression is nested too deeply', {
        index: this.#next.index,
      });
    }
    let left = first ?? this.#operand(depth);
    for (;;) {
      const token = this.#next;
      if (this.#isUnit(token) && multiplicative >= weakest) {
        this.#position++;
        const value = this.#units?.get(token.text.toLowerCase());
        if (value === undefined) throw unexpected(token);
        // The unit is a factor like any other, so that a power behind it is its own.
        const factor: Expression = { kind: 'number', value, index: token.index };
        const right = this.#climb(multiplicative + 1, depth + 1, factor);
        left = { kind: 'binary', operator: '*', left, right, index: token.index };
      } else if (this.#startsSummand(token) && additive >= weakest) {
        const right = this.#climb(additive + 1, depth + 1);
        left = { kind: 'binary', operator: '+', left, right, index: token.index };
      } else {
        const binding = token.kind === 'operator' ? bindings.get(token.text) : undefined;
        if (binding === undefined || binding < weakest) return left;
        this.#position++;
        const right = this.#climb(binding === power ? sign : binding + 1, depth + 1);
        left = { kind: 'binary', operator: token.text, left, right, index: token.index };
      }
    }
  }

  #operand(depth: number): Expression {
    const token = this.#next;
    this.#position++;
    if (token.kind === 'number') return { kind: 'number', value: numeric(token), index: token.index };
    if (token.text === '(') {
      const inner = this.#climb(0, depth + 1);
      if (this.#next.text !== ')') throw unexpected(this.#next);
      this.#position++;
      return inner;
    }
    if (token.text === '+' || token.text === '-' || token.text === '~') {
      const operand = this.#climb(sign, depth + 1);
      return { kind: 'unary', operator: token.text, operand, index: token.index };
    }
    throw unexpected(token);
  }

  #isUnit(token: Token): boolean {
    return this.#units !== undefined && token.kind === 'word';
  }

  /** A number right behind a number or unit, as in `1h 30m`. */
  #startsSummand(token: Token): boolean {
    if (this.#units === undefined || token.kind !== 'number' || token.text.startsWith('.')) return false;
    const before = this.#tokens[this.#position - 1];
    return before?.kind === 'number' || before?.kind === 'word';
  }
}

function numeric(token: Token): Numeric {
  const plain = token.text.replaceAll('_', '');
  return { value: Number(plain), isFloat: /[.eE]/.test(plain) };
}

function unexpected(token: Token): WarderError {
  const what =
    token.kind === 'end' ? 'expression ends too early' : `unexpected ${JSON.stringify(token.text)}`;
  return new WarderError('EXPRESSION_SYNTAX', what, { index: token.index });
}

/**
 * Computes the expression with Python's rules: `/` is a float, `//` and `%` round down, a negative exponent makes a
 * float. Throws `EXPRESSION_VALUE` with the index for a division by zero, a float where only integers go, or a result
 * that is not finite.
 */
export function evaluateExpression(expression: Expression): Numeric {
  if (expression.kind === 'number') return expression.value;
  if (expression.kind === 'unary') {
    const { value, isFloat } = evaluateExpression(expression.operand);
    if (expression.operator === '+') return { value, isFloat };
    if (expression.operator === '-') return { value: isFloat ? -value : 0 - value, isFloat };
    if (isFloat) throw valueError('~ needs an integer', expression.index);
    return { value: -value - 1, isFloat };
  }
  const left = evaluateExpression(expression.left);
  const right = evaluateExpression(expression.right);
  const result = compute(expression.operator, left, right, expression.index);
  if (!Number.isFinite(result.value)) throw valueError('the result is not a finite number', expression.index);
  return result;
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
  if (operator === '//') return { value: Math.floor(a / b), isFloat };
  const rest = a % b;
  return { value: rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest, isFloat };
}

/** JavaScript's own bit operators know only 32 bits; integers here have at least 53. */
function computeBits(operator: string, a: number, b: number, index: number): number {
  if (operator === '<<' || operator === '>>') {
    if (b < 0) throw valueError('negative shift count', index);
    return operator === '<<' ? a * 2 ** b : Math.floor(a / 2 ** b);
  }
  const [x, y] = [BigInt(a), BigInt(b)];
  return Number(operator === '&' ? x & y : operator === '|' ? x | y : x ^ y);
}

function valueError(message: string, index: number): WarderError {
  return new WarderError('EXPRESSION_VALUE', message, { index });
}
