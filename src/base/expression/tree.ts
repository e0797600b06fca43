/** A number of Python's, which knows integers from floats. A truth value is the integer 1 or 0. */
export interface Numeric {
  readonly value: number;
  readonly isFloat: boolean;
}

/** A function that an expression may call. */
export interface NumericFunction {
  /** How many arguments it takes, at least and at most. */
  readonly least: number;
  readonly most: number;
  /** Throws a RangeError where the arguments have no result. */
  readonly call: (values: readonly Numeric[]) => Numeric;
}

/** Python's arithmetic as a tree. `index` is where the operator, name or number stands in the text. */
export type Expression =
  | { readonly kind: 'number'; readonly value: Numeric; readonly index: number }
  | { readonly kind: 'name'; readonly name: string; readonly index: number }
  | {
      readonly kind: 'unary';
      readonly operator: '+' | '-' | '~' | 'not';
      readonly operand: Expression;
      readonly index: number;
    }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
      readonly index: number;
    }
  /** `left op right op right …`, as Python chains comparisons. */
  | {
      readonly kind: 'comparison';
      readonly left: Expression;
      readonly rest: readonly { readonly operator: string; readonly right: Expression }[];
      readonly index: number;
    }
  | {
      readonly kind: 'conditional';
      readonly condition: Expression;
      readonly yes: Expression;
      readonly no: Expression;
      readonly index: number;
    }
  | {
      readonly kind: 'call';
      readonly called: NumericFunction;
      readonly values: readonly Expression[];
      readonly index: number;
    };

/** What an expression may contain beside Python's arithmetic. */
export interface ExpressionGrammar {
  /**
   * Words that stand behind a value and multiply it (`3h`), by their lower-case name. With units, two values that
   * follow each other are added (`1h 30m`), and there are neither names nor conditions.
   */
  readonly units?: ReadonlyMap<string, Numeric>;
  /** Names whose values are given when the expression is evaluated, with their dots (`ban.Time`). */
  readonly names?: ReadonlySet<string>;
  /** Functions by name, with their dots (`math.exp`). */
  readonly functions?: ReadonlyMap<string, NumericFunction>;
}
