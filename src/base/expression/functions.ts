import type { Numeric, NumericFunction } from './tree.ts';

/** Python's functions on numbers by their names: its own, those of `math`, and those of `random`, which take `random`. */
export function pythonFunctions(random: () => number): ReadonlyMap<string, NumericFunction> {
  return new Map([...ownFunctions, ...mathFunctions(), ...randomFunctions(random)]);
}

/** The constants of `math`. */
export const pythonConstants: ReadonlyMap<string, Numeric> = new Map([
  ['math.e', float(Math.E)],
  ['math.pi', float(Math.PI)],
  ['math.tau', float(2 * Math.PI)],
]);

const ownFunctions: readonly (readonly [string, NumericFunction])[] = [
  ['abs', one(({ value, isFloat }) => ({ value: Math.abs(value), isFloat }))],
  ['bool', one(({ value }) => integer(value === 0 ? 0 : 1))],
  ['float', one(({ value }) => float(value))],
  ['int', one(({ value }) => integer(Math.trunc(value)))],
  [
    'max',
    { least: 2, most: Infinity, call: (values) => values.reduce((a, b) => (b.value > a.value ? b : a)) },
  ],
  [
    'min',
    { least: 2, most: Infinity, call: (values) => values.reduce((a, b) => (b.value < a.value ? b : a)) },
  ],
  [
    'pow',
    two((a, b) => ({ value: power(a.value, b.value), isFloat: a.isFloat || b.isFloat || b.value < 0 })),
  ],
  ['round', { least: 1, most: 2, call: ([value, digits]) => round(value!, digits) }],
];

function mathFunctions(): (readonly [string, NumericFunction])[] {
  const toFloat: Readonly<Record<string, (value: number) => number>> = {
    atan: Math.atan,
    cbrt: Math.cbrt,
    cos: Math.cos,
    cosh: Math.cosh,
    exp: Math.exp,
    exp2: (value) => 2 ** value,
    expm1: Math.expm1,
    fabs: Math.abs,
    log10: Math.log10,
    log1p: Math.log1p,
    log2: Math.log2,
    sin: Math.sin,
    sinh: Math.sinh,
    sqrt: Math.sqrt,
    tan: Math.tan,
    tanh: Math.tanh,
  };
  const toInteger = { ceil: Math.ceil, floor: Math.floor, trunc: Math.trunc };
  return [
    ...Object.entries(toFloat).map(([name, of]) =>
      entry(
        name,
        one(({ value }) => float(of(value))),
      ),
    ),
    ...Object.entries(toInteger).map(([name, of]) =>
      entry(
        name,
        one(({ value }) => integer(of(value))),
      ),
    ),
    entry(
      'fmod',
      two((a, b) => float(a.value % b.value)),
    ),
    entry('hypot', { least: 0, most: Infinity, call: (values) => float(Math.hypot(...values.map(plain))) }),
    entry('log', { least: 1, most: 2, call: ([value, base]) => float(logarithm(value!.value, base?.value)) }),
    entry(
      'pow',
      two((a, b) => float(power(a.value, b.value))),
    ),
  ];
}

function entry(name: string, called: NumericFunction): readonly [string, NumericFunction] {
  return [`math.${name}`, called];
}

function randomFunctions(random: () => number): (readonly [string, NumericFunction])[] {
  const within = (a: number, b: number): number => a + (b - a) * random();
  return [
    ['random.random', { least: 0, most: 0, call: () => float(random()) }],
    ['random.uniform', two((a, b) => float(within(a.value, b.value)))],
    ['random.randint', two((a, b) => integer(Math.floor(within(a.value, b.value + 1))))],
  ];
}

function logarithm(value: number, base: number | undefined): number {
  if (value <= 0 || (base !== undefined && (base <= 0 || base === 1)))
    throw new RangeError('math domain error');
  return base === undefined ? Math.log(value) : Math.log(value) / Math.log(base);
}

function power(a: number, b: number): number {
  if (a === 0 && b < 0) throw new RangeError('division by zero');
  if (a < 0 && !Number.isInteger(b)) throw new RangeError('a root of a negative number');
  return a ** b;
}

/** Python rounds a half to the even neighbour; `digits` behind the point, or, where negative, before it. */
function round({ value, isFloat }: Numeric, digits: Numeric | undefined): Numeric {
  if (digits === undefined) return integer(halfEven(value));
  if (digits.isFloat) throw new RangeError('round needs an integer for the digits');
  const places = digits.value;
  if (!isFloat && places >= 0) return { value, isFloat };
  if (places < 0) {
    const unit = 10 ** -places;
    return { value: Number.isFinite(unit) ? halfEven(value / unit) * unit : 0, isFloat };
  }
  if (places > 100) return { value, isFloat };
  const scaled = value * 10 ** places;
  // A tie is exact only where the scaled value is; elsewhere the digits of the double itself decide.
  const isTie = Math.abs(scaled % 1) === 0.5 && scaled / 10 ** places === value;
  return { value: isTie ? halfEven(scaled) / 10 ** places : Number(value.toFixed(places)), isFloat };
}

function halfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

function one(call: (value: Numeric) => Numeric): NumericFunction {
  return { least: 1, most: 1, call: ([value]) => call(value!) };
}

function two(call: (a: Numeric, b: Numeric) => Numeric): NumericFunction {
  return { least: 2, most: 2, call: ([a, b]) => call(a!, b!) };
}

function plain({ value }: Numeric): number {
  return value;
}

function integer(value: number): Numeric {
  return { value, isFloat: false };
}

function float(value: number): Numeric {
  return { value, isFloat: true };
}
