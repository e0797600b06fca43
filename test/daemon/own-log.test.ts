import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnLogMemory } from '../../src/daemon/own-log.ts';
import type { Failure } from '../../src/detect/index.ts';

const failure = (line: string, timeSec: number): Failure => ({
  jail: 'recidive',
  id: '192.0.2.1',
  unresolved: false,
  timeSec,
  attempts: 1,
  lines: [line],
  fields: {},
});
const line = '2026-11-22 15:28:49,875 fail2ban.actions        [32409]: NOTICE  [sshd] Ban 192.0.2.1';

test('a ban that was fed from inside is not counted again from the file', () => {
  const memory = new OwnLogMemory();
  assert.equal(memory.admits(failure(line, 1000)), true);
  assert.equal(memory.admits(failure(line, 1400)), false);
});

test('the next ban of the same address counts', () => {
  const memory = new OwnLogMemory();
  assert.equal(memory.admits(failure(line, 1000)), true);
  assert.equal(memory.admits(failure(line.replace('15:28:49', '15:48:49'), 1600)), true);
});

test('a ban that was fed from the database, whose time is rounded, is not counted again from the file', () => {
  const memory = new OwnLogMemory();
  const timeSec = new Date(2026, 10, 22, 15, 28, 49).getTime() / 1000;
  memory.expectRounded({ jail: 'sshd', id: '192.0.2.1', timeSec });
  assert.equal(memory.admits(failure(line.replace(',875', ',000'), timeSec)), true);
  assert.equal(memory.admits(failure(line, timeSec)), false);
});

test('an address that is let in and banned again a second later counts again', () => {
  const memory = new OwnLogMemory();
  assert.equal(memory.admits(failure(line, 1000)), true);
  assert.equal(memory.admits(failure(line.replace('15:28:49', '15:28:50'), 1001)), true);
});

test('a ban by hand, noted beforehand, never counts', () => {
  const memory = new OwnLogMemory();
  const loggedSec = new Date(2026, 10, 22, 15, 28, 49).getTime() / 1000;
  memory.note({ jail: 'sshd', id: '192.0.2.1', timeSec: loggedSec + 0.875 });
  assert.equal(memory.admits(failure(line, 1000)), false);
});

test('a failure that is about no ban is left alone', () => {
  const memory = new OwnLogMemory();
  assert.equal(memory.admits(failure('something else', 1000)), true);
  assert.equal(memory.admits(failure('something else', 1000)), true);
});

test('memory is bounded, the eldest is forgotten first', () => {
  const memory = new OwnLogMemory(2);
  for (const id of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) memory.note({ jail: 'a', id, timeSec: 1 });
  assert.equal(memory.note({ jail: 'a', id: '192.0.2.3', timeSec: 1 }), false);
  assert.equal(memory.note({ jail: 'a', id: '192.0.2.1', timeSec: 1 }), true);
});
