import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WarderError } from '../../src/base/index.ts';
import { fillProperties, type Properties } from '../../src/enforce/tags.ts';

function fill(properties: Readonly<Record<string, string>>, family: 'inet4' | 'inet6' | '' = ''): string {
  return fillProperties('actionban', new Map(Object.entries(properties)) as Properties, family);
}

test('a property stands for its value, and values have tags of their own', () => {
  const text = fill({
    actionban: '<iptables> -I <chain>',
    iptables: 'iptables <lock>',
    lock: '-w',
    chain: 'INPUT',
  });
  assert.equal(text, 'iptables -w -I INPUT');
});

test('tags can be put together from other tags', () => {
  assert.equal(
    fill({ actionban: '<match_<type>>', type: 'all', match_all: '-p <proto>', proto: 'tcp' }),
    '-p tcp',
  );
});

test('a value for the family goes before the plain one', () => {
  const properties = {
    actionban: '<tool> <x>',
    tool: 'iptables',
    'tool?family=inet6': 'ip6tables',
    x: '<tool>',
  };
  assert.equal(fill(properties, 'inet4'), 'iptables iptables');
  assert.equal(fill(properties, 'inet6'), 'ip6tables ip6tables');
  assert.equal(fill(properties), 'iptables iptables');
});

test('tags that no property has stay for the ban, or for the shell', () => {
  assert.equal(fill({ actionban: 'ban <ip> <F-USER> cat <STDIN >OUT' }), 'ban <ip> <F-USER> cat <STDIN >OUT');
});

test('<br> and <sp> are a line break and a blank', () => {
  assert.equal(fill({ actionban: 'a<br>b<pre>c', pre: '-m<sp>' }), 'a\nb-m c');
});

test('a circle of properties is an error that names one of them, even where no command uses it', () => {
  const circles: Readonly<Record<string, string>>[] = [
    { actionban: '<actionban>' },
    { actionban: '<a>', a: '<b>', b: 'x<a>' },
    { actionban: 'fine', a: '<b>', b: '<a>' },
    { actionban: '<<b>>', b: 'actionban' },
  ];
  for (const properties of circles) {
    assert.throws(
      () => fill(properties),
      (error) => error instanceof WarderError && error.code === 'ACTION_TAG_CYCLE',
    );
  }
});

test('a value that grows beyond every command is refused before it fills the memory', () => {
  const properties: Record<string, string> = { actionban: '<a0>', a40: 'x'.repeat(100) };
  for (let level = 0; level < 40; level++) properties[`a${level}`] = `<a${level + 1}><a${level + 1}>`;
  assert.throws(() => fill(properties), WarderError);
});

test('lines of a log are never looked into for tags, and escaped where somebody sets them as a property', () => {
  const properties = { actionban: 'echo <matches>', matches: 'a <b> $(id)\n', b: 'never' };
  assert.equal(fill(properties), 'echo a \\<b\\> \\$\\(id\\)\\n');
});
