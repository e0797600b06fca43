import { command, fails, type Restart, type Scenario, type Step, train } from './scenario.ts';
import { one } from './scenarios.ts';
import { marks } from './transcript.ts';
import { ownLog } from './world.ts';

const attacker = '192.0.2.1';
const second = '192.0.2.2';
const longer = { 'bantime.increment': 'true', bantime: '61' };

function wave(atSec: number, ip = attacker): Step[] {
  return fails(ip, atSec, atSec, atSec);
}

/** An orderly stop with a changed configuration, and later a kill. */
export const restarts: readonly Restart[] = [
  {
    atSec: 1000,
    upAtSec: 1200,
    how: 'stop',
    changes: {
      'again-shorter': { bantime: '787' },
      'again-longer': { bantime: '7207' },
      'again-ignored': { ignoreip: `${marks} ${attacker}` },
      'again-not-for-ever': { bantime: '1807' },
      'again-at-most': { 'bantime.maxtime': '1607' },
      'again-no-increment': { 'bantime.increment': 'false' },
    },
  },
  { atSec: 2400, upAtSec: 2480, how: 'kill' },
];

/** What survives a restart, and what today's configuration makes of it. */
export const surviving: readonly Scenario[] = [
  one('again-in-force', { bantime: '3607' }, [...wave(40), ...wave(1240), ...wave(1280, second)]),
  one('again-over-meanwhile', { bantime: '607' }, [...wave(480), ...wave(1240)]),
  one('again-for-ever', { bantime: '-1' }, [...wave(40), ...wave(2520)]),
  one('again-shorter', { bantime: '3607' }, [...wave(40), ...wave(840, second)]),
  one('again-longer', { bantime: '1807' }, [...wave(40), ...wave(1240, second)]),
  one('again-ignored', { bantime: '3607' }, [...wave(40), ...wave(40, second), ...wave(1240)]),
  one('again-not-for-ever', { bantime: '-1' }, [...wave(40), ...wave(840, second)]),
  one('again-at-most', { ...longer, 'bantime.multipliers': '1 60' }, [...wave(40), ...wave(160)]),
  one('again-increments', longer, [...wave(40), ...wave(160), ...wave(1240), ...wave(2520)]),
  one('again-no-increment', { ...longer, 'bantime.multipliers': '1 60' }, [
    ...wave(40),
    ...wave(160),
    ...wave(1240),
  ]),
  one('again-prolonged', { ...longer, 'bantime.multipliers': '1 60' }, [
    ...wave(40),
    ...wave(160),
    ...wave(3960),
  ]),
  one('again-unbanned', longer, [
    ...wave(40),
    ...wave(160),
    command(200, 'set', 'again-unbanned', 'unbanip', attacker),
    ...wave(1240),
  ]),
  one('again-by-hand', { bantime: '3607' }, [
    command(40, 'set', 'again-by-hand', 'banip', attacker, '198.51.100.0/28'),
    command(1240, 'set', 'again-by-hand', 'unbanip', attacker),
  ]),
  one('again-lines-while-down', { bantime: '607' }, [
    ...fails(attacker, 1040, 1080, 1120),
    ...fails(second, 2440, 2440, 2520),
  ]),
  one(
    'again-lines-too-old',
    { bantime: '607', findtime: '100' },
    fails(attacker, 1040, 1080, 1090, 1160, 1240),
  ),
  one('again-rotated-while-down', {}, [
    ...fails(second, 40),
    { kind: 'rotate', atSec: 1040 },
    ...fails(attacker, 1080, 1120, 1240),
  ]),
  one('again-quiet', {}, [...fails(attacker, 40), ...fails(attacker, 1800)]),
  one('again-counts', {}, [...fails(attacker, 880, 960), ...fails(attacker, 1240)], {
    differs: 'ours keeps failures that are not banned yet over a restart',
  }),
];

/** Who is banned again and again, read from the daemon's own log. */
export const recidive: readonly Scenario[] = [
  one('restless', { bantime: '61' }, [...wave(40), ...wave(160), ...wave(280), ...wave(400)]),
  one('restless-too', { bantime: '61', maxretry: '2' }, train(second, 6, 40)),
  {
    name: ownLog,
    jails: { again: { filter: 'again', findtime: '3600', bantime: '3607' } },
    steps: [],
  },
];
