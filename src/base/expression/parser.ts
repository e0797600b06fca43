import { WarderError } from '../errors.ts';
import { type Token, tokenize } from './tokens.ts';
import type { Expression, ExpressionGrammar, Numeric, NumericFunction } from './tree.ts';

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

const comparisons: ReadonlySet<string> = new Set(['<', '<=', '>', '>=', '==', '!=']);
const keywords: ReadonlySet<string> = new Set([
  'if',
  'else',
  'and',
  'or',
  'not',
  'in',
  'is',
  'lambda',
  'for',
]);
const truths: ReadonlyMap<string, Numeric> = new Map([
  ['True', { value: 1, isFloat: false }],
  ['False', { value: 0, isFloat: false }],
]);

const longestText = 1000;
const deepestNesting = 64;

/**
 * Parses Python's arithmetic: integers and floats, `+ - * / // % ** << >> & | ^ ~`, parentheses, and the units of the
 * grammar; or, without units, also comparisons, `and or not`, `a if c else b`, and the names and functions of the
 * grammar. Throws `EXPRESSION_SYNTAX` with the index.
 */
export function parseExpression(text: string, grammar: ExpressionGrammar = {}): Expression {
  if (text.length > longestText) {
    throw new WarderError('EXPRESSION_SYNTAX', `expression is longer than ${longestText} characters`, {
      index: longestText,
    });
  }
  return new Parser(tokenize(text, grammar.units !== undefined), grammar).parse();
}

/** Recursive descent down to comparisons, precedence climbing below them. */
class Parser {
  readonly #tokens: readonly Token[];
  readonly #grammar: ExpressionGrammar;
  readonly #units: ReadonlyMap<string, Numeric> | undefined;
  #position = 0;

  constructor(tokens: readonly Token[], grammar: ExpressionGrammar) {
    this.#tokens = tokens;
    this.#grammar = grammar;
    this.#units = grammar.units;
  }

  parse(): Expression {
    const expression = this.#whole(0);
    if (this.#next.kind !== 'end') throw unexpected(this.#next);
    return expression;
  }

  get #next(): Token {
    return this.#tokens[this.#position]!;
  }

  /** What may stand alone, in parentheses or as an argument. */
  #whole(depth: number): Expression {
    return this.#units === undefined ? this.#conditional(depth) : this.#climb(0, depth);
  }

  #conditional(depth: number): Expression {
    const yes = this.#logical('or', depth);
    const { index } = this.#next;
    if (!this.#takeWord('if')) return yes;
    const condition = this.#logical('or', depth);
    if (!this.#takeWord('else')) throw unexpected(this.#next);
    return { kind: 'conditional', condition, yes, no: this.#conditional(this.#deeper(depth)), index };
  }

  #logical(operator: 'or' | 'and', depth: number): Expression {
    const operand = (): Expression => (operator === 'or' ? this.#logical('and', depth) : this.#not(depth));
    let left = operand();
    for (let { index } = this.#next; this.#takeWord(operator); { index } = this.#next) {
      left = { kind: 'binary', operator, left, right: operand(), index };
    }
    return left;
  }

  #not(depth: number): Expression {
    const { index } = this.#next;
    if (!this.#takeWord('not')) return this.#comparison(depth);
    return { kind: 'unary', operator: 'not', operand: this.#not(this.#deeper(depth)), index };
  }

  #comparison(depth: number): Expression {
    const left = this.#climb(0, depth);
    const { index } = this.#next;
    const rest: { operator: string; right: Expression }[] = [];
    while (this.#next.kind === 'operator' && comparisons.has(this.#next.text)) {
      const operator = this.#next.text;
      this.#position++;
      rest.push({ operator, right: this.#climb(0, depth) });
    }
    return rest.length === 0 ? left : { kind: 'comparison', left, rest, index };
  }

  /** `first` is an operand that stands already behind the parser. */
  #climb(weakest: number, depth: number, first?: Expression): Expression {
    const inner = this.#deeper(depth);
    let left = first ?? this.#operand(inner);
    for (;;) {
      const token = this.#next;
      if (this.#isUnit(token) && multiplicative >= weakest) {
        this.#position++;
        const value = this.#units?.get(token.text.toLowerCase());
        if (value === undefined) throw unexpected(token);
        // The unit is a factor like any other, so that a power behind it is its own.
        const factor: Expression = { kind: 'number', value, index: token.index };
        const right = this.#climb(multiplicative + 1, inner, factor);
        left = { kind: 'binary', operator: '*', left, right, index: token.index };
      } else if (this.#startsSummand(token) && additive >= weakest) {
        const right = this.#climb(additive + 1, inner);
        left = { kind: 'binary', operator: '+', left, right, index: token.index };
      } else {
        const binding = token.kind === 'operator' ? bindings.get(token.text) : undefined;
        if (binding === undefined || binding < weakest) return left;
        this.#position++;
        const right = this.#climb(binding === power ? sign : binding + 1, inner);
        left = { kind: 'binary', operator: token.text, left, right, index: token.index };
      }
    }
  }

  #operand(depth: number): Expression {
    const token = this.#next;
    this.#position++;
    if (token.kind === 'number') return { kind: 'number', value: numeric(token), index: token.index };
    if (token.kind === 'word' && this.#units === undefined) return this.#named(token, depth);
    if (token.text === '(') {
      const inner = this.#whole(depth);
      this.#expect(')');
      return inner;
    }
    if (token.text === '+' || token.text === '-' || token.text === '~') {
      const operand = this.#climb(sign, depth);
      return { kind: 'unary', operator: token.text, operand, index: token.index };
    }
    throw unexpected(token);
  }

  /** A truth value, a name or a call. */
  #named(word: Token, depth: number): Expression {
    const { index } = word;
    if (keywords.has(word.text)) throw unexpected(word);
    const truth = truths.get(word.text);
    if (truth !== undefined) return { kind: 'number', value: truth, index };
    let name = word.text;
    while (this.#take('.')) {
      const part = this.#next;
      if (part.kind !== 'word') throw unexpected(part);
      this.#position++;
      name += `.${part.text}`;
    }
    const called = this.#grammar.functions?.get(name);
    if (called !== undefined) return this.#call(name, called, index, depth);
    if (this.#grammar.names?.has(name) === true) return { kind: 'name', name, index };
    throw new WarderError('EXPRESSION_SYNTAX', `${JSON.stringify(name)} is not known here`, { index });
  }

  #call(name: string, called: NumericFunction, index: number, depth: number): Expression {
    this.#expect('(');
    const values: Expression[] = [];
    while (this.#next.text !== ')') {
      values.push(this.#whole(depth));
      if (!this.#take(',')) break;
    }
    this.#expect(')');
    const { least, most } = called;
    if (values.length >= least && values.length <= most) return { kind: 'call', called, values, index };
    const wanted =
      most === least ? String(least) : most === Infinity ? `${least} or more` : `${least} to ${most}`;
    throw new WarderError('EXPRESSION_SYNTAX', `${name} takes ${wanted} values, not ${values.length}`, {
      index,
    });
  }

  #deeper(depth: number): number {
    if (depth < deepestNesting) return depth + 1;
    throw new WarderError('EXPRESSION_SYNTAX', 'expression is nested too deeply', {
      index: this.#next.index,
    });
  }

  #take(operator: string): boolean {
    const found = this.#next.kind === 'operator' && this.#next.text === operator;
    if (found) this.#position++;
    return found;
  }

  #takeWord(word: string): boolean {
    const found = this.#next.kind === 'word' && this.#next.text === word;
    if (found) this.#position++;
    return found;
  }

  #expect(operator: string): void {
    if (!this.#take(operator)) throw unexpected(this.#next);
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
