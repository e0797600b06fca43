import { command, fail, fails, type Scenario, train } from './scenario.ts';
import { endsInTime, longer, one, waves } from './scenarios.ts';

const attacker = '192.0.2.1';
const second = '192.0.2.2';

/** Bans that get longer. */
export const increments: readonly Scenario[] = [
  one('incr-default', { ...longer, bantime: '61' }, [
    ...train(attacker, 45, 40),
    ...waves(second, 800, 1600),
  ]),
  one('incr-factor', { ...longer, bantime: '61', 'bantime.factor': '1.5' }, train(attacker, 40, 40)),
  one(
    'incr-exp',
    {
      ...longer,
      bantime: '61',
      'bantime.factor': '2.0 / math.log(2)',
      'bantime.formula': 'ban.Time * math.exp(float(ban.Count+1)*banFactor)/math.exp(1*banFactor)',
    },
    train(attacker, 40, 40),
  ),
  one(
    'incr-multipliers',
    { ...longer, bantime: '61', 'bantime.multipliers': '1 2 4 8' },
    train(attacker, 45, 40),
  ),
  one('incr-same', { ...longer, bantime: '61', 'bantime.multipliers': '1' }, train(attacker, 30, 40)),
  one(
    'incr-shorter',
    { ...longer, bantime: '367', 'bantime.multipliers': '1 0' },
    waves(attacker, 0, 400, 800),
    {
      differs: endsInTime,
    },
  ),
  one('incr-maxtime', { ...longer, bantime: '61', 'bantime.maxtime': '187' }, train(attacker, 40, 40)),
  one(
    'incr-maxtime-below',
    { ...longer, bantime: '367', 'bantime.maxtime': '187' },
    waves(attacker, 0, 400, 800),
    {
      differs: endsInTime,
    },
  ),
  one(
    'incr-maxtime-float',
    { ...longer, bantime: '61', 'bantime.maxtime': '1mo/10000' },
    train(attacker, 30, 40),
  ),
  one('incr-no-random', { ...longer, bantime: '61', 'bantime.rndtime': '0' }, train(attacker, 30, 40)),
  one(
    'incr-conditional',
    {
      ...longer,
      bantime: '61',
      'bantime.formula': 'ban.Time if ban.Count < 3 else min(ban.Time << ban.Count, 3600)',
    },
    train(attacker, 40, 40),
  ),
  one(
    'incr-no-value',
    { ...longer, bantime: '61', 'bantime.formula': 'ban.Time / (ban.Count - 2)' },
    train(attacker, 30, 40),
  ),
  one('incr-permanent', { ...longer, bantime: '61', 'bantime.maxtime': '-1' }, waves(attacker, 0, 200, 1000)),
  one('incr-of-permanent', { ...longer, bantime: '-1' }, [
    ...waves(attacker, 0),
    ...fails(attacker, 80, 160),
  ]),
  one(
    'incr-weights',
    { ...longer, bantime: '61', maxretry: '6', 'bantime.multipliers': '1' },
    train(attacker, 45, 40),
  ),
  one(
    'incr-two',
    { ...longer, bantime: '61', maxretry: '2', 'bantime.multipliers': '1' },
    train(attacker, 20, 40),
  ),
  one('incr-one', { ...longer, bantime: '61', maxretry: '1' }, train(attacker, 20, 80)),
  one('incr-by-hand', { ...longer, bantime: '61' }, [
    command(0, 'set', 'incr-by-hand', 'banip', attacker),
    command(80, 'set', 'incr-by-hand', 'banip', attacker),
    ...fails(attacker, 400, 440),
    command(800, 'set', 'incr-by-hand', 'unbanip', attacker),
    command(840, 'set', 'incr-by-hand', 'banip', attacker),
    ...waves(attacker, 1200),
  ]),
  one('incr-unban', { ...longer, bantime: '61' }, [
    ...waves(attacker, 0, 80),
    command(120, 'set', 'incr-unban', 'unbanip', attacker),
    ...fails(attacker, 160, 200, 240),
  ]),
  one(
    'incr-unban-while-counted',
    { ...longer, bantime: '61' },
    [
      ...waves(attacker, 0),
      ...fails(attacker, 80),
      command(120, 'set', 'incr-unban-while-counted', 'unbanip', attacker),
      ...fails(attacker, 160, 200),
    ],
    {
      differs:
        'fail2ban keeps the number of bans with failures that are not banned yet; after an unban ours starts over',
    },
  ),
  one('incr-options-change', { bantime: '61' }, [
    ...waves(attacker, 0),
    command(80, 'set', 'incr-options-change', 'bantime.increment', 'true'),
    ...waves(attacker, 80),
    command(280, 'set', 'incr-options-change', 'bantime.multipliers', '1 3 5'),
    ...waves(attacker, 320),
    command(680, 'set', 'incr-options-change', 'bantime.multipliers', ''),
    command(680, 'set', 'incr-options-change', 'bantime.maxtime', '127'),
    ...waves(attacker, 720),
    command(920, 'set', 'incr-options-change', 'bantime.increment', 'false'),
    ...waves(attacker, 960),
  ]),
  one('incr-ban-time-changes', { ...longer, bantime: '61' }, [
    ...waves(attacker, 0, 80),
    ...waves(second, 80),
    command(120, 'set', 'incr-ban-time-changes', 'bantime', '607'),
    ...waves(attacker, 400),
  ]),
  one('incr-late-lines', { ...longer, bantime: '61' }, [
    ...waves(attacker, 0),
    fail(120, attacker, 59),
    fail(160, attacker, 59),
    fail(200, attacker, 55),
  ]),
  {
    name: 'overall',
    jails: {
      'overall-a': { ...longer, bantime: '61', 'bantime.overalljails': 'true' },
      'overall-b': { ...longer, bantime: '121', maxretry: '5', 'bantime.overalljails': 'true' },
      'overall-c': { ...longer, bantime: '61', maxretry: '4' },
    },
    // An address of its own: bans of all jails count, so also those of all other scenarios.
    steps: train('192.0.2.77', 12, 120),
  },
];
