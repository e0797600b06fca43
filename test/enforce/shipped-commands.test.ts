import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandNames } from '../../src/enforce/action-properties.ts';
import type { Family } from '../../src/enforce/index.ts';
import { ActionProperties } from '../../src/enforce/index.ts';
import { fillValues } from '../../src/enforce/shell-command.ts';
import { fillProperties } from '../../src/enforce/tags.ts';
import { actionSettings, shippedConfig } from './shipped.ts';

const names = readdirSync(join(shippedConfig, 'action.d'))
  .filter((name) => name.endsWith('.conf') && !name.endsWith('-common.conf'))
  .map((name) => name.slice(0, -'.conf'.length));

const commands = [...commandNames, 'actionprolong', 'actionlist'];
const families: readonly Family[] = ['inet4', 'inet6', ''];
const values = ['192.0.2.1', '2001:db8::/64', `a'b"c$(d)\n;`];

test('every action that people know by name is there', () => {
  const known = [
    'dummy',
    'hostsdeny',
    'iptables',
    'iptables-allports',
    'iptables-ipset',
    'iptables-ipset-proto4',
    'iptables-ipset-proto6',
    'iptables-ipset-proto6-allports',
    'iptables-multiport',
    'iptables-multiport-log',
    'iptables-new',
    'iptables-oneport',
    'nftables',
    'nftables-allports',
    'nftables-multiport',
  ];
  assert.deepEqual(
    known.filter((name) => !names.includes(name)),
    [],
  );
});

test('every command of every shipped action is a valid shell script, with no tag left in it', () => {
  const scripts = new Set<string>();
  for (const name of names) {
    const properties = new ActionProperties(actionSettings(`${name}[name=x]`).properties).texts().properties;
    // What notices run: `ban_command` and its kin.
    const ofNotices = [...properties.keys()].filter((each) => each.endsWith('_command'));
    for (const command of [...commands, ...ofNotices].filter((each) => properties.has(each))) {
      for (const family of families) {
        const text = fillProperties(command, properties, family);
        for (const value of values) {
          const { script } = fillValues(text, { value: () => value, field: () => value });
          assert.doesNotMatch(
            script.replace(/2>\/dev\/null/g, ''),
            /<[a-z_-]+(?:\?|>)/i,
            `${name} ${command}`,
          );
          scripts.add(script);
        }
      }
    }
  }
  assert.ok(scripts.size > 100, `${scripts.size} different scripts`);
  for (const script of scripts) {
    const { status, stderr } = spawnSync('/bin/sh', ['-n', '-c', script], { encoding: 'utf8' });
    assert.equal(status, 0, `${stderr}\n${script}`);
  }
});

test('every action file says in its first line what it is for', () => {
  for (const name of readdirSync(join(shippedConfig, 'action.d'))) {
    assert.match(readFileSync(join(shippedConfig, 'action.d', name), 'utf8'), /^# [A-Z].+\n/, name);
  }
});

test('the firewall actions can find their bans again, so these stay over a restart', () => {
  for (const name of names.filter((each) => /^(?:iptables|nftables|hostsdeny)/.test(each))) {
    assert.ok(new ActionProperties(actionSettings(name).properties).has('actionlist'), name);
  }
});
