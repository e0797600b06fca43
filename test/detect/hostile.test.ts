import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseIp } from '../../src/base/index.ts';
import { newLog, testDetector, testNowSec } from '../support/detector.ts';
import { ownFilter } from '../support/own-filter.ts';

/** Pieces that mean something to dates, tags or rules, and anything else. */
const piece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    ' from ',
    '192.0.2.1',
    '2001:db8::1',
    '::',
    '/0',
    '%',
    '[',
    ']',
    '\u0000',
    '\ud800',
    ' port 22 ssh2',
    ': ',
    '2026-11-22 16:28:49',
    'Nov 22 16:28:49',
    '1795361329',
    ' srv sshd[1]: ',
    'Failed password for invalid user ',
    'Invalid user ',
    'Connection closed by ',
    '[preauth]',
  ),
);
const line = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''));

test('no line makes a detector throw, and every address is canonical and of bounded width', () => {
  const rules = ['user (?P<user>.*) from <SUBNET>', 'from <HOST>', 'id <F-ID/>', '<ADDR>'];
  const { detector } = testDetector({ failRegex: rules, findTimeSec: 1e10 });
  fc.assert(
    fc.property(line, fc.boolean(), (text, inOperation) => {
      for (const failure of detector.feed(text, undefined, newLog(inOperation))) {
        assert.ok(Number.isFinite(failure.timeSec) && failure.timeSec <= testNowSec);
        const ip = parseIp(failure.id);
        if (ip === undefined) continue;
        assert.equal(ip.text, failure.id);
        assert.ok(ip.prefix >= (ip.family === 4 ? 8 : 16));
      }
      detector.dateOf?.(text);
    }),
    { numRuns: 2000 },
  );
});

test('a name that an attacker chooses never makes sshd rules count another address', () => {
  const bystander = fc.constantFrom(
    '198.51.100.7',
    '[198.51.100.7]',
    '::ffff:198.51.100.7',
    'victim.example',
  );
  const phrase = fc.constantFrom(
    ' from ',
    ' port 22',
    ' ssh2',
    ': ',
    ' [preauth]',
    'RSA SHA256:x',
    ' not allowed because listed in DenyUsers',
    'invalid user ',
    ' 14: No supported authentication methods available',
    "'",
    ' ',
    'x',
  );
  // sshd cuts names to a hundred characters.
  const name = fc
    .array(fc.oneof(phrase, bystander), { minLength: 1, maxLength: 12 })
    .map((parts) => parts.join('').slice(0, 100));
  const messages: readonly ((user: string) => string)[] = [
    (user) => `Invalid user ${user} from 192.0.2.1 port 4000`,
    (user) => `Failed password for invalid user ${user} from 192.0.2.1 port 4000 ssh2`,
    (user) => `Failed publickey for invalid user ${user} from 192.0.2.1 port 4000 ssh2: RSA SHA256:abc`,
    (user) =>
      `error: maximum authentication attempts exceeded for invalid user ${user} from 192.0.2.1 port 4000 ssh2 [preauth]`,
    (user) => `Connection closed by invalid user ${user} 192.0.2.1 port 4000 [preauth]`,
    (user) => `Disconnected from invalid user ${user} 192.0.2.1 port 4000 [preauth]`,
    (user) =>
      `Disconnecting invalid user ${user} 192.0.2.1 port 4000: Change of username or service not allowed: (${user},ssh-connection) -> (x,ssh-connection) [preauth]`,
    (user) => `Received disconnect from 192.0.2.1 port 4000:11: ${user} [preauth]`,
    (user) => `error: Received disconnect from 192.0.2.1 port 4000:3: ${user}: Auth fail [preauth]`,
    (user) => `Bad protocol version identification '${user}' from 192.0.2.1 port 4000`,
    (user) => `error: kex_exchange_identification: client sent invalid protocol identifier "${user}"`,
  ];
  for (const mode of ['normal', 'aggressive']) {
    const { detector, log } = testDetector(ownFilter(`sshd[mode=${mode}]`));
    let pid = 0;
    fc.assert(
      fc.property(name, fc.constantFrom(...messages), fc.boolean(), (user, message, again) => {
        if (!again) pid += 1;
        const failures = detector.feed(`Nov 22 16:28:49 srv sshd[${pid}]: ${message(user)}`, undefined, log);
        for (const { id } of failures) assert.equal(id, '192.0.2.1');
      }),
      { numRuns: 2500 },
    );
  }
});

test('no rule of our filters takes long on a hostile line', () => {
  const heads = [
    'Failed password for invalid user ',
    'Invalid user ',
    'User ',
    'Connection closed by invalid user ',
    'Disconnecting invalid user ',
  ];
  const repeats = [
    ' from 192.0.2.1 port 22 ssh2',
    ' from ',
    ' port 22:',
    ' 1.2.3.4',
    ':',
    '[',
    ' ',
    'a',
    '::',
    '1.',
  ];
  for (const filter of ['sshd[mode=aggressive]', 'sshd[mode=aggressive, logtype=rfc5424]', 'recidive']) {
    const { detector, log } = testDetector(ownFilter(filter));
    for (const head of [
      '',
      ' srv sshd[1]: ',
      '<38>1 x srv sshd 1 - [a b="',
      ' fail2ban.actions [1]: NOTICE  [',
    ].flatMap((start) => ['', ...heads].map((rest) => start + rest))) {
      for (const repeat of repeats) {
        const text = head + repeat.repeat(Math.ceil(4000 / repeat.length));
        const startMs = performance.now();
        detector.feed(text, undefined, log);
        const tookMs = performance.now() - startMs;
        assert.ok(tookMs < 250, `${filter}: ${Math.round(tookMs)} ms for ${text.slice(0, 80)}…`);
      }
    }
  }
});
