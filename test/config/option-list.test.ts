import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOptionList, splitOptionLists } from '../../src/config/index.ts';

function parsed(text: string): [string, Record<string, string>] {
  const { name, options } = parseOptionList(text);
  return [name, Object.fromEntries(options)];
}

const split = (text: string): string[] => splitOptionLists(text).map((part) => part.text);

for (const [text, name, options] of [
  ['sshd', 'sshd', {}],
  ['sshd[]', 'sshd', {}],
  ['sshd[mode=ddos]', 'sshd', { mode: 'ddos' }],
  ['a[b=c, d="e, f]", g=\'h "i"\']', 'a', { b: 'c', d: 'e, f]', g: 'h "i"' }],
  ['a[b=c][d=e] [f=g]', 'a', { b: 'c', d: 'e', f: 'g' }],
  ['a[b= c d ,\n e-f.g_h=]', 'a', { b: 'c d', 'e-f.g_h': '' }],
  ['a[b="c]', 'a', { b: '"c' }],
  ['a[b=1, b=2]', 'a', { b: '2' }],
  ['a [b=1] ', 'a ', { b: '1' }],
  ['a[x="X", x?family=inet6="Y"]', 'a', { x: 'X', 'x?family=inet6': 'Y' }],
] as const) {
  test(`${JSON.stringify(text)} is read as a name with options`, () => {
    assert.deepEqual(parsed(text), [name, options]);
  });
}

for (const [text, message] of [
  ['', 'unexpected option syntax'],
  ['[a=b]', 'unexpected option syntax'],
  ['a[b=c', 'unexpected option syntax'],
  ['a[b=c]d', 'unexpected option syntax'],
  ['a[b="c" d=e]', "unexpected syntax at 5 after option 'b':  d=e"],
  ['a[b=c, é f]', 'expected option, wrong syntax at 4:  é f'],
] as const) {
  test(`${JSON.stringify(text)} is refused in fail2ban's words`, () => {
    assert.throws(() => parseOptionList(text), { code: 'CONFIG_OPTION_LIST', message });
  });
}

test('several lists are separated by white space outside of brackets', () => {
  assert.deepEqual(split('a[b="c d",\n e=f g]  h\n\n  i.py[j=k] [l=m]'), [
    'a[b="c d",\n e=f g]',
    'h',
    'i.py[j=k] [l=m]',
  ]);
  assert.deepEqual(split(' \n'), []);
});

test('a conditional option does not break a list apart', () => {
  assert.deepEqual(split('a[x="1 2", x?family=inet6="3 4"] b'), ['a[x="1 2", x?family=inet6="3 4"]', 'b']);
});

test('a list that does not close falls apart at white space', () => {
  assert.deepEqual(split('a[b = c] d'), ['a[b', '=', 'c]', 'd']);
});

test('each part knows where it begins', () => {
  assert.deepEqual(
    splitOptionLists('a\n\n b[c=d]').map((part) => part.index),
    [0, 4],
  );
});
