import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contains, parseIp, widen } from '../../src/base/index.ts';

const text = (input: string): string | undefined => parseIp(input)?.text;

test('an address is spelt in one way however it was written', () => {
  assert.equal(text('192.0.2.1'), '192.0.2.1');
  assert.equal(text('2001:0DB8:0:0::1'), '2001:db8::1');
  assert.equal(text('[2001:db8::1]'), '2001:db8::1');
  assert.equal(text('fe80::1%eth0'), 'fe80::1');
  assert.equal(text('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(text('::192.0.2.1'), '::c000:201');
  assert.equal(text('64:ff9b::192.0.2.1'), '64:ff9b::c000:201');
});

test('a network loses its host bits and accepts a netmask', () => {
  assert.equal(text('192.0.2.77/24'), '192.0.2.0/24');
  assert.equal(text('192.0.2.77/255.255.255.0'), '192.0.2.0/24');
  assert.equal(text('192.0.2.77/32'), '192.0.2.77');
  assert.equal(text('2001:db8:1:2:3::/64'), '2001:db8:1:2::/64');
  assert.equal(text('::ffff:192.0.2.1/120'), '192.0.2.0/24');
  assert.equal(text('0.0.0.0/0'), '0.0.0.0/0');
});

test('what is no plain address is refused, numeric look-alikes included', () => {
  for (const bad of [
    '',
    '1',
    '1.2.3',
    '01.2.3.4',
    '256.1.1.1',
    '0x7f.0.0.1',
    'host',
    '1.2.3.4/33',
    '1.2.3.4/',
    '[::1',
    ':',
    '1.2.3.4.5',
    '1.2.3.4.',
    '::ffff:1.2.3.010',
    '::1.2.3',
    '::1/129',
    '192.0.2.0/255.0.255.0',
  ]) {
    assert.equal(text(bad), undefined, bad);
  }
});

test('a network contains its own addresses and networks only', () => {
  const net = parseIp('198.51.100.0/22')!;
  assert.ok(contains(net, parseIp('198.51.103.255')!));
  assert.ok(!contains(net, parseIp('198.51.104.0')!));
  assert.ok(!contains(net, parseIp('198.51.0.0/16')!));
  assert.ok(!contains(net, parseIp('::1')!));
  assert.equal(widen(parseIp('2001:db8::dead')!, 64).text, '2001:db8::/64');
});
