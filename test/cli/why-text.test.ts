import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from '../../src/cli/warder/nearest.ts';
import { whyText } from '../../src/cli/warder/why-text.ts';
import type { WhyInJail, WhyReport } from '../../src/control/index.ts';

const timeSec = new Date('2026-11-22T10:11:12').getTime() / 1000;
const plain = { colours: false, verbose: false };

function inJail(jail: string, more: Partial<WhyInJail>): WhyInJail {
  return {
    ...{ jail, verdict: 'clean', reason: 'no failure that still counts', maxRetry: 3, findTimeSec: 600 },
    ...{ banTimeSec: 600, rules: [], steps: [], holds: [] },
    ...more,
  };
}

function report(...jails: WhyInJail[]): WhyReport {
  const bannedBy = jails.filter(({ verdict }) => verdict === 'banned').map(({ jail }) => jail);
  return { id: '192.0.2.1', bannedBy, jails, history: [] };
}

test('the story of a ban has its lines, rule, actions and end, and nothing in it reaches the terminal as it is', () => {
  const banned = inJail('sshd', {
    verdict: 'banned',
    reason: 'banned after 3 failures, 8 minutes left',
    ban: {
      ...{
        id: '192.0.2.1',
        sinceSec: timeSec,
        banTimeSec: 600,
        endSec: timeSec + 600,
        banCount: 2,
        failures: 3,
      },
      ...{ cause: 'failures', matches: ['evil \x1b]0;owned\x07 line'], fields: { user: 'ro\not' } },
    },
    rules: [{ index: 1, regex: '^bad <HOST>$', failures: 3 }],
    steps: [
      {
        timeSec,
        action: 'block',
        step: 'ban',
        ok: false,
        exitCode: 4,
        durationMs: 12.3,
        error: 'no \x1b[2J',
      },
    ],
    holds: [{ action: 'block', state: 'failed', sound: false, waiting: 0, problem: 'ban failed' }],
  });
  const text = whyText(report(banned, inJail('web', {})), plain);
  assert.equal(
    text,
    `192.0.2.1 is banned by sshd.

sshd
  verdict  banned after 3 failures, 8 minutes left
  since    2026-11-22 10:11:12
  until    2026-11-22 10:21:12 (10m)
  cause    3 failures; user ro\\not
  bans     this is number 2
  log lines
    evil \\x1b]0;owned\\x07 line
  rules that matched
    failregex 1, 3 failures: ^bad <HOST>$
  what holds it now
    block  commands  FAILED  ITS RULES ARE NOT THERE; ban failed
  what the actions did
    2026-11-22 10:11:12,000  block  ban  FAILED  12 ms  exit 4  no \\x1b[2J

1 other jail knows nothing of it (-v shows them).
`,
  );
  assert.ok(whyText(report(banned), { ...plain, colours: true }).includes('\x1b[31mbanned after'));
});

test('why not: below maxretry, ignored, never seen, or a jail that does not look', () => {
  const counting = inJail('sshd', {
    verdict: 'counting',
    reason: 'not banned: 1 of 3 failures within 10 minutes, 2 more would ban it',
    count: {
      ...{ id: '192.0.2.1', firstSec: timeSec, lastSec: timeSec },
      retry: 1,
      failures: 1,
      matches: [],
    },
  });
  const spared = ['web', 'mail'].map((jail) =>
    inJail(jail, { verdict: 'ignored', reason: 'never banned: why' }),
  );
  const blind = inJail('ftp', { notes: ['/var/log/ftp.log is missing'] });
  const text = whyText(report(counting, ...spared, blind, inJail('dns', {})), plain);
  assert.match(text, /^ {2}needed +3 within 10m, then banned for 10m$/m);
  assert.match(text, /^web, mail: never banned: why$/m);
  assert.match(text, /^ {2}note +\/var\/log\/ftp\.log is missing$/m);
  assert.match(text, /^1 other jail knows nothing of it/m);
  assert.equal(
    whyText(report(inJail('dns', {}), inJail('ftp', {})), plain),
    '192.0.2.1 is not banned.\n\nNo jail knows anything of it (-v shows them).\n',
  );
});

test('the nearest name is one that may have been meant, or none', () => {
  const names = ['status', 'banned', 'ban', 'unban', 'doctor'];
  for (const [typed, name] of [
    ['statsu', 'status'],
    ['bna', 'ban'],
    ['doc', 'doctor'],
    ['baned', 'banned'],
    ['dance', undefined],
    ['x', undefined],
  ] as const) {
    assert.equal(nearest(typed, names), name, typed);
  }
});
