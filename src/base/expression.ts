// Python's arithmetic, parsed and computed by ourselves, never run as code: time spans and the formula of ban times.
export { type ExpressionScope, evaluateExpression } from './expression/evaluate.ts';
export { pythonConstants, pythonFunctions } from './expression/functions.ts';
export { parseExpression } from './expression/parser.ts';
export type { Expression, ExpressionGrammar, Numeric, NumericFunction } from './expression/tree.ts';
