import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ActionProperties } from '../../../src/enforce/index.ts';
import { rangesOf, type Scope, scopeOf } from '../../../src/enforce/tarpit/scope.ts';

const services = (name: string): number | undefined =>
  ({ ssh: 22, http: 80, https: 443, 'imap-s': 993 })[name];

function scope(properties: Readonly<Record<string, string>>, name = 'act'): Scope | undefined {
  return scopeOf(name, new ActionProperties(new Map(Object.entries(properties))), services);
}

test('ports are numbers, names and ranges', () => {
  assert.deepEqual(
    rangesOf(['ssh', '8080', '1000:2000', '3000-3001', 'nobody', '9:1', '70000', 'imap-s'], services),
    [
      { first: 22, last: 22 },
      { first: 8080, last: 8080 },
      { first: 1000, last: 2000 },
      { first: 3000, last: 3001 },
      { first: 993, last: 993 },
    ],
  );
});

test('what an action bans is what the tarpit takes', () => {
  const base = { blocktype: 'TARPIT', port: 'ssh,http', protocol: 'tcp', type: 'multiport' };
  const ports = [
    { first: 22, last: 22 },
    { first: 80, last: 80 },
  ];
  const plain = { tool: 'iptables', ports, input: true, forward: false, table: 'f2b-table' };
  assert.deepEqual(scope(base), plain);
  assert.deepEqual(scope({ ...base, chain: 'INPUT,FORWARD' }), { ...plain, forward: true });
  assert.deepEqual(scope({ ...base, chain: 'FORWARD' }), { ...plain, input: false, forward: true });
  assert.deepEqual(scope({ ...base, chain: 'DOCKER-USER' }), { ...plain, forward: true });
  assert.deepEqual(scope({ ...base, nftables: 'nft', chain: 'f2b-chain', table: 'mine' }), {
    ...plain,
    tool: 'nft',
    table: 'mine',
  });
  assert.deepEqual(scope({ ...base, nftables: 'nft', chain_hook: 'forward' }), {
    ...plain,
    ...{ tool: 'nft', input: false, forward: true },
  });
});

test('an action for all ports is known by its type or its name', () => {
  assert.equal(scope({ port: 'ssh', type: 'allports' })?.ports, 'all');
  assert.equal(scope({ port: 'ssh' }, 'iptables-allports')?.ports, 'all');
  assert.equal(scope({ protocol: 'all' })?.ports, 'all');
  assert.equal(scope({ port: 'ssh', actionban: 'iptables -I INPUT -s <ip> -j <blocktype>' })?.ports, 'all');
});

test('a chain that only the commands name is found there', () => {
  const start =
    'f2b_hook() { case $1 in FORWARD) x;; esac; }\nfor chain in INPUT FORWARD; do iptables -I $chain --dport 22';
  const found = scope({ port: '22', chain: '<known/chain>', actionstart: start });
  assert.deepEqual([found?.input, found?.forward], [true, true]);
  const input = scope({ port: '22', chain: '<known/chain>', actionstart: 'iptables -I INPUT --dport 22' });
  assert.deepEqual([input?.input, input?.forward], [true, false]);
});

test('there is nothing to hold without TCP, or without a known port', () => {
  assert.equal(scope({ port: 'ssh', protocol: 'udp' }), undefined);
  assert.equal(scope({ port: 'nobody', protocol: 'tcp' }), undefined);
});
