import {
  command,
  dateAt,
  dateless,
  fail,
  fails,
  type JailText,
  line,
  type Scenario,
  type Step,
  train,
} from './scenario.ts';
import { marks } from './transcript.ts';

export const endsInTime =
  'fail2ban ends a shortened ban only when another ban ends; ours ends when its time has come';

const attacker = '192.0.2.1';
const second = '192.0.2.2';
const six = '2001:db8::7';

/** A scenario of one jail that has its name. */
export function one(
  name: string,
  options: JailText,
  steps: readonly Step[],
  more: Partial<Scenario> = {},
): Scenario {
  return { name, jails: { [name]: options }, steps, ...more };
}

export const longer = { 'bantime.increment': 'true' };

/** Three failures at a time, again and again: a ban each time that the last one is over. */
export function waves(ip: string, ...times: readonly number[]): Step[] {
  return times.flatMap((atSec) => fails(ip, atSec, atSec, atSec));
}

/** How failures are counted, and the time that they are given. */
export const counting: readonly Scenario[] = [
  one('at-once', {}, waves(attacker, 0, 40)),
  one('within-findtime', {}, fails(attacker, 0, 280, 560)),
  one('beyond-findtime', {}, fails(attacker, 0, 320, 640, 960, 1280)),
  // FACTS 12: one failure each 160 s reaches five within 600 s at its fifth.
  one('rate-just-enough', { maxretry: '5' }, train(attacker, 12, 160)),
  one('rate-just-not', { maxretry: '5' }, train(attacker, 14, 240)),
  one('rate-grows', { maxretry: '4' }, fails(attacker, 0, 400, 640, 760, 840, 880)),
  one('gap-forgives', {}, fails(attacker, 0, 40, 720, 760, 800)),
  one('exact-findtime', { findtime: '160' }, train(attacker, 8, 80)),
  one('two-addresses', {}, [...train(attacker, 5, 80), ...train(second, 5, 120)]),
  one('ipv6', {}, [...train(six, 4, 40), fail(200, '2001:DB8:0::7')]),
  one('goes-on-while-banned', {}, train(attacker, 20, 40)),
  one('short-bans', { bantime: '61' }, train(attacker, 16, 40)),
  one('permanent', { bantime: '-1' }, [...waves(attacker, 0, 1000), ...waves(second, 2000)]),
  one('maxretry-one', { maxretry: '1', bantime: '61' }, fails(attacker, 0, 40, 160, 640)),
  one('late-lines', {}, [
    fail(40, attacker, 30),
    fail(80, attacker, 50),
    fail(120, attacker, 59),
    fail(160, attacker, 20),
  ]),
  one('older-than-a-minute', {}, [
    fail(80, attacker, 70),
    fail(120, attacker, 3000),
    fail(160, attacker, 61),
  ]),
  one('future', {}, [
    fail(40, attacker, -20),
    fail(80, attacker, -50),
    fail(120, attacker, -3600),
    fail(160, attacker, -61),
  ]),
  one('backwards', { maxretry: '5' }, [
    fail(80, attacker, 0),
    fail(120, attacker, 55),
    fail(160, attacker, 10),
    fail(200, attacker, 58),
    fail(240, attacker, 0),
  ]),
  one('dateless', {}, [
    dateless(40, attacker),
    fail(80, second),
    dateless(80, attacker),
    dateless(160, attacker),
  ]),
  one('dateless-after-date', { maxretry: '2' }, [
    fail(80, second, 50),
    dateless(80, attacker),
    line(120, `${dateAt(110)} nothing to see`),
    dateless(160, attacker),
    dateless(320, attacker),
  ]),
  one('noise', {}, [
    line(40, `${dateAt(40)} good login from ${attacker}`),
    fail(40, attacker),
    line(80, ''),
    line(80, `${dateAt(80)} bad login from nobody@`),
    fail(80, attacker),
    line(120, `${dateAt(120)} bad login from 192.0.2.1 and more`),
    fail(120, attacker),
  ]),
  one('old-lines-at-start', {}, fails(attacker, 40), {
    before: [
      `${dateAt(-900)} bad login from ${attacker}`,
      `${dateAt(-500)} bad login from ${attacker}`,
      `${dateAt(-200)} bad login from ${attacker}`,
    ],
  }),
  one('ban-from-old-lines', {}, fails(attacker, 40), {
    before: [-300, -200, -100].map((atSec) => `${dateAt(atSec)} bad login from ${attacker}`),
  }),
  one('ban-over-before-start', { bantime: '61' }, waves(attacker, 40), {
    before: [-300, -200, -100].map((atSec) => `${dateAt(atSec)} bad login from ${attacker}`),
  }),
  one('future-lines-at-start', {}, fails(attacker, 40, 80), {
    before: [`${dateAt(30)} bad login from ${attacker}`],
  }),
  one('findtime-changes', { findtime: '160' }, [
    ...fails(attacker, 0, 120),
    command(120, 'set', 'findtime-changes', 'findtime', '600'),
    ...fails(attacker, 400, 480),
  ]),
  one('maxretry-changes', { maxretry: '5' }, [
    ...fails(attacker, 0, 40),
    command(40, 'set', 'maxretry-changes', 'maxretry', '2'),
    ...fails(second, 80, 120),
    ...fails(attacker, 120),
  ]),
];

/** Who is banned, by whom, and for how long. */
export const banning: readonly Scenario[] = [
  one('ignored', { ignoreip: `${marks} 192.0.2.0/31 ${six}` }, [
    ...waves(attacker, 0),
    ...waves(second, 0),
    ...waves(six, 40),
  ]),
  one('ignored-later', {}, [
    ...fails(attacker, 0, 40),
    command(40, 'set', 'ignored-later', 'addignoreip', attacker),
    ...fails(attacker, 80, 120),
    command(120, 'set', 'ignored-later', 'delignoreip', attacker),
    ...fails(attacker, 160),
  ]),
  one('by-hand', {}, [
    command(40, 'set', 'by-hand', 'banip', attacker, '198.51.100.0/28'),
    ...waves(attacker, 80),
    command(80, 'set', 'by-hand', 'banip', attacker),
  ]),
  one('unban-in-the-middle', {}, [
    ...waves(attacker, 0),
    command(80, 'set', 'unban-in-the-middle', 'unbanip', attacker),
    ...waves(attacker, 120),
    command(160, 'set', 'unban-in-the-middle', 'unbanip', '192.0.2.0/24'),
    ...fails(attacker, 200),
  ]),
  one('unban-what-is-not-banned', {}, [
    ...fails(attacker, 0, 40),
    command(80, 'set', 'unban-what-is-not-banned', 'unbanip', attacker),
    ...fails(attacker, 120),
  ]),
  one('attempts', {}, [
    command(40, 'set', 'attempts', 'attempt', attacker),
    command(80, 'set', 'attempts', 'attempt', attacker, 'one', 'two'),
    command(120, 'set', 'attempts', 'attempt', second, 'one'),
    ...fails(second, 160, 200),
  ]),
  one('ban-time-grows', {}, [
    ...waves(attacker, 0),
    command(80, 'set', 'ban-time-grows', 'bantime', '1807'),
    ...waves(second, 120),
  ]),
  one(
    'ban-time-shrinks',
    { bantime: '3607' },
    [...waves(attacker, 0), command(80, 'set', 'ban-time-shrinks', 'bantime', '127'), ...waves(second, 120)],
    { differs: endsInTime },
  ),
  {
    name: 'shared',
    jails: {
      'shared-a': {},
      'shared-b': { maxretry: '2', bantime: '127' },
      'shared-c': { ...longer, bantime: '61' },
    },
    steps: train(attacker, 24, 40),
  },
  one('rotation', {}, [
    ...fails(attacker, 0, 40),
    { kind: 'rotate', atSec: 80 },
    ...fails(attacker, 80),
    ...waves(second, 120),
    { kind: 'rotate', atSec: 160 },
    ...waves(attacker, 800),
  ]),
  one(
    'rotation-of-nothing',
    {},
    [
      ...fails(attacker, 0),
      { kind: 'rotate', atSec: 80 },
      { kind: 'rotate', atSec: 120 },
      ...waves(second, 160),
    ],
    { differs: 'fail2ban reads the first line of a log twice that came in the place of an empty one' },
  ),
  one('truncation', {}, [...train(attacker, 2, 40), { kind: 'truncate', atSec: 80 }, ...fails(attacker, 80)]),
];
