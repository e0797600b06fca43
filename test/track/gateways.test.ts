import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIp } from '../../src/base/index.ts';
import { gateways6Of, gatewaysOf, kernelGateways } from '../../src/track/gateways.ts';

const routes = [
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
  'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
  'eth0\t0000000A\t010200C0\t0003\t0\t0\t0\t000000FF\t0\t0\t0',
  'eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
  'cut off',
].join('\n');

test('gateways are read in the order of the bytes of the machine, each once', () => {
  assert.deepEqual(gatewaysOf(routes, 'LE'), ['192.0.2.1']);
  assert.deepEqual(gatewaysOf(routes, 'BE'), ['1.2.0.192']);
});

test('IPv6 gateways are those of routes that lead over another machine', () => {
  const zero = '0'.repeat(32);
  const line = (gateway: string, flags: string): string =>
    `${zero} 00 ${zero} 00 ${gateway} 00000400 00000001 00000000 ${flags}     eth0`;
  const text = [
    line('20010db8000000000000000000000001', '00000003'),
    line(zero, '00000001'),
    'no route',
    '',
  ].join('\n');
  assert.deepEqual(
    gateways6Of(text).map((gateway) => parseIp(gateway)?.text),
    ['2001:db8::1'],
  );
});

test("this machine's gateways are addresses", () => {
  for (const gateway of kernelGateways()) assert.ok(parseIp(gateway), gateway);
});
