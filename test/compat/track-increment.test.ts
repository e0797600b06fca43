import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PythonFloat, parseTimeSpanValue } from '../../src/base/index.ts';
import { BanTimeIncrement } from '../../src/track/index.ts';
import { spanText } from '../../src/track/span-text.ts';
import { runPython } from '../support/python.ts';
import { SeededRandom } from '../support/random.ts';
import { requireTool } from '../support/tools.ts';

// The rule of longer bans beside that of the installed fail2ban, on generated formulas.

interface Case {
  readonly options: Readonly<Record<string, string>>;
  readonly banTimeSec: number;
  readonly banCount: number;
}

/** Per case: the length, whether it is a float, and how the log shows it; or that it is an error. */
type Answer = readonly [number, boolean, string] | 'error';

const program = `
import warnings
warnings.simplefilter('ignore')
from fail2ban.server.jail import Jail
from fail2ban.server.mytime import MyTime
from fail2ban.server.observer import ObserverThread
import logging
logging.disable(logging.CRITICAL)
result = []
for case in given:
    try:
        jail = Jail('x', 'polling', None)
        jail.setBanTimeExtra('increment', 'true')
        for name, value in case['options'].items():
            jail.setBanTimeExtra(name, value)
        ban = ObserverThread.BanTimeIncr(case['banTimeSec'], case['banCount'])
        length = jail.getBanTimeExtra('evformula')(ban)
        if isinstance(length, complex) or length != length or length in (float('inf'), float('-inf')):
            raise ValueError()
        # Beyond the bound of ours every length is the same.
        length = min(length, 0x7fffffffffff)
        result.append([length, isinstance(length, float), str(MyTime.seconds2str(length))])
    except Exception:
        result.append('error')
`;

const atoms = [
  'ban.Time',
  'ban.Count',
  'banFactor',
  '1',
  '2',
  '3',
  '60*60',
  '0.5',
  '1.5',
  '1e2',
  'math.pi',
  'True',
];
const binary = [
  '+',
  '-',
  '*',
  '/',
  '//',
  '%',
  '**',
  '<<',
  '>>',
  '&',
  '|',
  '^',
  '<',
  '<=',
  '>',
  '>=',
  '==',
  '!=',
  'and',
  'or',
];
const calls = [
  'float',
  'int',
  'abs',
  'round',
  'math.exp',
  'math.sqrt',
  'math.log',
  'math.floor',
  'math.ceil',
  'math.log2',
];

function formula(random: SeededRandom, depth: number): string {
  if (depth === 0 || random.chance(0.15)) return random.pick(atoms);
  const inner = (): string => formula(random, depth - 1);
  switch (random.integer(0, 7)) {
    case 0:
      return `(${inner()} if ${inner()} else ${inner()})`;
    case 1:
      return `${random.pick(calls)}(${inner()})`;
    case 2:
      return `${random.pick(['min', 'max'])}(${inner()}, ${inner()})`;
    case 3:
      return `${random.pick(['-', '+', '~', 'not '])}${inner()}`;
    case 4:
      return `(${inner()})`;
    default:
      return `${inner()} ${random.pick(binary)} ${inner()}`;
  }
}

const written = [
  'ban.Time * (1<<(ban.Count if ban.Count<20 else 20)) * banFactor',
  'ban.Time * math.exp(float(ban.Count+1)*banFactor)/math.exp(1*banFactor)',
  'ban.Time * (ban.Count if ban.Count < 10 else 10) ** 2',
  'min(ban.Time * 2 ** ban.Count, 60*60*24*7)',
  'round(ban.Time * 1.5 ** ban.Count)',
  'ban.Time if ban.Count < 3 else 86400 if ban.Count < 6 else 604800',
];

function cases(): Case[] {
  const random = new SeededRandom(20_261_122);
  return Array.from({ length: 3000 }, (_, index) => {
    const options: Record<string, string> = {};
    if (random.chance(0.5))
      options.factor = random.pick(['1', '2', '0.5', '2.0 / math.log(2)', '2*3', 'math.exp(1)']);
    if (index % 5 === 0) options.formula = random.pick(written);
    else if (random.chance(0.85)) options.formula = formula(random, random.integer(1, 4));
    if (random.chance(0.1)) options.multipliers = random.pick(['1 5 30 60 300 720', '2', '1 2 4 8']);
    if (random.chance(0.3)) options.maxtime = random.pick(['1d', '5w', '3600', '1mo']);
    return {
      options,
      banTimeSec: random.pick([1, 60, 600, 3600, 86_400]),
      banCount: random.integer(1, random.pick([3, 30])),
    };
  });
}

function ours({ options, banTimeSec, banCount }: Case): Answer {
  const { maxtime, ...texts } = options;
  const time = maxtime === undefined ? undefined : parseTimeSpanValue(maxtime);
  const maxTime =
    time === undefined
      ? {}
      : {
          maxTime:
            time instanceof PythonFloat
              ? { value: time.value, isFloat: true }
              : { value: time, isFloat: false },
        };
  try {
    const length = new BanTimeIncrement({ ...texts, ...maxTime }).lengthOf(banTimeSec, banCount);
    return [length.value, length.isFloat, spanText(length)];
  } catch {
    return 'error';
  }
}

test('ban times come out as with the installed fail2ban, whatever the formula', (t) => {
  if (!requireTool(t, 'fail2ban-server')) return;
  const given = cases();
  const theirs = runPython(program, given) as Answer[];
  let lengths = 0;
  for (const [index, one] of given.entries()) {
    const expected = theirs[index]!;
    const found = ours(one);
    const what = `${JSON.stringify(one)}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`;
    if (expected === 'error' || found === 'error') {
      assert.equal(found, expected, what);
      continue;
    }
    lengths += 1;
    // The last digits of exp and its like depend on the library for mathematics.
    assert.ok(Math.abs(found[0] - expected[0]) <= 1e-9 * Math.abs(expected[0]), what);
    assert.equal(found[1], expected[1], what);
    if (Number.isInteger(expected[0])) assert.equal(found[2], expected[2], what);
  }
  assert.ok(lengths > 2000, `only ${lengths} lengths were compared`);
});
