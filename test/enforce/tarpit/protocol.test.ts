import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePitMessage } from '../../../src/enforce/tarpit/protocol.ts';

const ports = { ssh: 40001, greeting: 40002, http: 40003, pop3: 40004, imap: 40005, silence: 40006 };
const figures = {
  ...{ held: 1, byVoice: { ssh: 1 }, longestSec: 2.5, accepted: 3, refused: 0, wastedSec: 9 },
  addresses: [{ address: '192.0.2.1', connections: 1, longestSec: 2.5, wastedSec: 9 }],
};

test('messages of the process are read', () => {
  const ready = { kind: 'ready', ports, mostHeld: 4096 };
  assert.deepEqual(parsePitMessage(JSON.stringify(ready)), ready);
  assert.deepEqual(parsePitMessage(JSON.stringify({ kind: 'figures', id: 1, figures })), {
    kind: 'figures',
    id: 1,
    figures,
  });
});

test('what is none of its messages is refused, so that a process that was taken over writes no rules', () => {
  const wrong = [
    'no JSON',
    '[]',
    '{"kind":"ready"}',
    JSON.stringify({ kind: 'ready', ports: { ...ports, ssh: '22; drop' }, mostHeld: 1 }),
    JSON.stringify({ kind: 'ready', ports: { ...ports, ssh: 22 }, mostHeld: 1 }),
    JSON.stringify({ kind: 'ready', ports: { ...ports, ssh: 70_000 }, mostHeld: 1 }),
    JSON.stringify({ kind: 'figures', figures: { ...figures, held: -1 } }),
    JSON.stringify({ kind: 'figures', figures: { ...figures, wastedSec: 'x' } }),
  ];
  for (const line of wrong) assert.equal(parsePitMessage(line), undefined, line);
});

test('addresses that are none are left out', () => {
  const odd = {
    ...figures,
    addresses: [...figures.addresses, { ...figures.addresses[0], address: '\x1b[2J' }],
  };
  const message = parsePitMessage(JSON.stringify({ kind: 'figures', figures: odd }));
  assert.deepEqual(message, { kind: 'figures', figures });
});
