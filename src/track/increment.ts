import {
  type Expression,
  evaluateExpression,
  type Numeric,
  parseExpression,
  pythonConstants,
  pythonFunctions,
  WarderError,
} from '../base/index.ts';

/** What is known of earlier bans of an id. */
export interface BanHistory {
  readonly banCount: number;
  /** Start of the last ban, whole seconds since the epoch. */
  readonly timeSec: number;
  readonly banTimeSec: number;
}

/** The bans of an id in all jails together, from those of each; undefined for none. */
export function overallHistory(bans: Iterable<BanHistory>): BanHistory | undefined {
  let sum: BanHistory | undefined;
  for (const { banCount, timeSec, banTimeSec } of bans) {
    sum = {
      banCount: (sum?.banCount ?? 0) + banCount,
      timeSec: Math.max(sum?.timeSec ?? 0, timeSec),
      banTimeSec: (sum?.banTimeSec ?? 0) + banTimeSec,
    };
  }
  return sum;
}

/** The options `bantime.*` of a jail; an absent one has fail2ban's default. */
export interface IncrementOptions {
  readonly formula?: string;
  readonly factor?: string;
  /** Whole numbers, separated by one blank each; they take the place of the formula. */
  readonly multipliers?: string;
  readonly maxTime?: Numeric;
  readonly rndTime?: Numeric;
  /** Bans of the id in every jail count, not only in this one. */
  readonly overallJails?: boolean;
}

/** No ban is longer: fail2ban's own end of time, some millions of years. */
const longestSec = 0x7f_ff_ff_ff_ff_ff;

const defaultFormula = 'ban.Time * (1<<(ban.Count if ban.Count<20 else 20)) * banFactor';
const noFactor: Numeric = { value: 1, isFloat: false };

/**
 * How bans get longer from time to time (jail.conf(5), `bantime.increment`; in detail as the server of fail2ban 1.0.2
 * computes it). Formula and factor are Python expressions, of which we evaluate the arithmetic.
 */
export class BanTimeIncrement {
  readonly overallJails: boolean;
  readonly #formula: Expression;
  readonly #factor: Numeric;
  readonly #multipliers: readonly number[];
  readonly #maxTime: Numeric | undefined;
  readonly #rndTime: Numeric | undefined;
  readonly #random: () => number;

  /**
   * Throws `EXPRESSION_SYNTAX` or `EXPRESSION_VALUE` with the index in formula or factor, which the message names, and
   * `INCREMENT_MULTIPLIERS`. `random` gives numbers from 0 up to 1.
   */
  constructor(options: IncrementOptions, random: () => number = Math.random) {
    const functions = pythonFunctions(random);
    const constants = new Set(pythonConstants.keys());
    const names = new Set([...constants, 'ban.Time', 'ban.Count', 'banFactor']);
    this.overallJails = options.overallJails ?? false;
    this.#random = random;
    this.#maxTime = options.maxTime;
    this.#rndTime = options.rndTime;
    this.#multipliers = parseMultipliers(options.multipliers ?? '');
    this.#formula = naming('bantime.formula', () =>
      parseExpression((options.formula ?? defaultFormula).trim(), { names, functions }),
    );
    this.#factor = naming('bantime.factor', () => {
      if (options.factor === undefined) return noFactor;
      const factor = parseExpression(options.factor.trim(), { names: constants, functions });
      return evaluateExpression(factor, { values: pythonConstants });
    });
  }

  /**
   * The length of the next ban of an id that was banned `banCount` times before, in seconds; negative for one without
   * end. An integer or a float, as it would be for Python, which shows in the log. Throws `EXPRESSION_VALUE` where the
   * formula has no value.
   */
  lengthOf(banTimeSec: number, banCount: number): Numeric {
    let length =
      this.#multipliers.length > 0
        ? this.#multiply(banTimeSec, banCount)
        : this.#compute(banTimeSec, banCount);
    const maxTime = this.#maxTime;
    if (maxTime !== undefined && maxTime.value < length.value) length = maxTime;
    // Not added to "for ever", which would become a time in the past.
    if (this.#rndTime !== undefined && length.value >= 0) {
      length = { value: length.value + this.#random() * this.#rndTime.value, isFloat: true };
    }
    return length.value > longestSec ? { value: longestSec, isFloat: false } : length;
  }

  #multiply(banTimeSec: number, banCount: number): Numeric {
    const multiplier = this.#multipliers[banCount] ?? this.#multipliers.at(-1) ?? 1;
    return { value: banTimeSec * this.#factor.value * multiplier, isFloat: this.#factor.isFloat };
  }

  #compute(banTimeSec: number, banCount: number): Numeric {
    const time: Numeric = { value: banTimeSec, isFloat: false };
    const values = new Map([
      ...pythonConstants,
      ['ban.Time', time],
      ['ban.Count', { value: banCount, isFloat: false }],
      ['banFactor', this.#factor],
    ]);
    const length = evaluateExpression(this.#formula, { values, saturates: true });
    return length.value > banTimeSec ? length : time;
  }
}

/**
 * As how many failures one of an id counts that was banned `banCount` times before: 2, 3, 5, 9 … and no more than
 * maxretry. `shown` is how Python writes it.
 */
export function failureWeight(
  banCount: number,
  maxRetry: number,
): { readonly weight: number; readonly shown: string } {
  const weight = 2 ** Math.min(banCount, 20) / 2 + 1;
  if (maxRetry < weight) return { weight: maxRetry, shown: String(maxRetry) };
  return { weight, shown: Number.isInteger(weight) ? `${weight}.0` : String(weight) };
}

function parseMultipliers(text: string): readonly number[] {
  if (text.trim() === '') return [];
  return text
    .trim()
    .split(/\s+/)
    .map((word) => {
      if (/^\+?\d{1,15}$/.test(word)) return Number(word);
      throw new WarderError(
        'INCREMENT_MULTIPLIERS',
        `bantime.multipliers: ${JSON.stringify(word)} is no whole number`,
        {
          hint: 'write whole numbers with blanks between them, for example 1 2 4 8 16',
        },
      );
    });
}

/** An error of an expression names the option that it stands in. */
function naming<T>(option: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof WarderError)) throw error;
    const place = error.index === undefined ? {} : { index: error.index };
    if (error.code === 'EXPRESSION_SYNTAX') {
      throw new WarderError('EXPRESSION_SYNTAX', `${option}: ${error.message}`, { ...place, cause: error });
    }
    throw new WarderError('EXPRESSION_VALUE', `${option}: ${error.message}`, { ...place, cause: error });
  }
}
