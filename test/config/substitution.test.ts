import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIni } from '../../src/config/ini.ts';
import { resolveOption } from '../../src/config/interpolate.ts';
import { ConfigStore } from '../../src/config/store.ts';
import { substituteTags, type TagValues } from '../../src/config/tags.ts';

/** Files laid over each other. */
function store(...texts: string[]): ConfigStore {
  const merged = new ConfigStore();
  for (const [index, text] of texts.entries()) merged.merge(parseIni(text, `${index}.conf`));
  return merged;
}

const value = (text: string, option = 'x', section = 's'): string | undefined =>
  resolveOption(store(text), section, option)?.text;

test('a name is looked for in the section, then in [DEFAULT], whatever its case', () => {
  assert.equal(value('[DEFAULT]\na = 1\nb = 2\n[s]\nb = 3\nx = %(A)s-%(b)s-%(default/b)s'), '1-3-2');
});

test('what a default stands for is replaced in the terms of the section', () => {
  assert.equal(value('[DEFAULT]\nx = %(__name__)s:%(port)s\n[s]\nport = ssh'), 's:ssh');
});

test('an option of another section is found, and one of [DEFAULT] where that section has none', () => {
  assert.equal(
    value('[DEFAULT]\nd = 1\n[my-set]\na = %(b)s\n[s]\nb = 2\nx = %(my-set/a)s%(my-set/d)s'),
    '21',
  );
});

test('a doubled percent sign is a plain one', () => {
  assert.equal(value('[s]\nx = %%Y-%%(a)s %%%%'), '%Y-%(a)s %%');
});

test('the known value is the one of the files before, else the default', () => {
  const files = store('[s]\nx = 1\n[DEFAULT]\ny = d\n', '[s]\nx = %(known/x)s 2\n[t]\ny = %(known/y)s');
  assert.equal(resolveOption(files, 's', 'x')?.text, '1 2');
  assert.equal(resolveOption(files, 't', 'y')?.text, 'd');
});

test('variables go before options, and one without value hides them', () => {
  const files = store('[s]\na = 1\nx = %(a)s');
  assert.equal(resolveOption(files, 's', 'x', new Map([['a', '2']]))?.text, '2');
  assert.throws(() => resolveOption(files, 's', 'x', new Map([['a', null]])), {
    code: 'CONFIG_UNDEFINED_NAME',
  });
});

test('an option comes with the place where it is written', () => {
  const found = resolveOption(store('[s]\nx = 1', '\n[s]\nx = 2'), 's', 'x');
  assert.deepEqual(found, { text: '2', origin: { file: '1.conf', line: 3 } });
  assert.equal(resolveOption(store('[DEFAULT]\nx = 1'), 's', 'x'), undefined);
});

for (const [what, text, code, line] of [
  ['an undefined name', '[s]\nx = a\n  %(no)s', 'CONFIG_UNDEFINED_NAME', 3],
  [
    'an undefined name in what another stands for',
    '[s]\nx = %(y)s\n\ny = %(no)s',
    'CONFIG_UNDEFINED_NAME',
    4,
  ],
  ['a circle', '[s]\nx = %(y)s\ny = %(x)s', 'CONFIG_CIRCULAR_INTERPOLATION', 3],
  ['a known value that refers to itself', '[s]\nx = %(known/x)s', 'CONFIG_UNDEFINED_NAME', 2],
  ['a lone percent sign', '[s]\nx = 5 %', 'CONFIG_INTERPOLATION_SYNTAX', 2],
  ['an open reference', '[s]\nx = %(y', 'CONFIG_INTERPOLATION_SYNTAX', 2],
] as const) {
  test(`${what} is an error with file and line`, () => {
    assert.throws(() => value(text), { code, file: '0.conf', line });
  });
}

test('references that multiply end in an error', () => {
  const lines = Array.from({ length: 9 }, (_, index) => `v${index + 1} = ${`%(v${index})s`.repeat(500)}`);
  const text = (first: string): string => `[s]\nv0 = ${first}\n${lines.join('\n')}\nx = %(v9)s`;
  assert.throws(() => value(text('long')), { code: 'CONFIG_VALUE_TOO_LONG' });
  assert.throws(() => value(text('')), { code: 'CONFIG_VALUE_TOO_LONG' });
});

test('options of a conditional section get its condition', () => {
  const files = store('[Init]\na = 1\n[Init?family=inet6]\na = 2', '[Init?family=inet6]\na = 3');
  assert.deepEqual(
    [...files.sections.get('Init')!].map(([name, raw]) => [name, raw.text]),
    [
      ['a', '1'],
      ['a?family=inet6', '3'],
    ],
  );
});

function tagged(values: Record<string, string>, ignored: string[] = [], more: Record<string, string> = {}) {
  const context = { lookUp: (tag: string) => more[tag] };
  return Object.fromEntries(
    substituteTags(new Map(Object.entries(values)) as TagValues, new Set(ignored), context),
  );
}

test('tags are replaced by values, again and again, and may be made of tags', () => {
  assert.deepEqual(tagged({ ban: 'x <cmd-<kind>> <unknown>', kind: 'a', 'cmd-a': 'run <kind>' }), {
    ban: 'x run a <unknown>',
    kind: 'a',
    'cmd-a': 'run a',
  });
});

test('tags that nobody gave are looked up elsewhere', () => {
  assert.deepEqual(tagged({ ban: '<known/x> <y>' }, [], { 'known/x': '<z>', z: '1' }), { ban: '1 <y>' });
});

test('ignored tags stay, here and as values', () => {
  assert.deepEqual(tagged({ ban: '<a> <b>', a: '1', b: '<a>' }, ['b']), { ban: '1 <b>', a: '1', b: '<a>' });
});

test('a tag that leads in a circle is an error', () => {
  assert.throws(() => tagged({ a: '<b>', b: '<c>', c: '<b>' }), { code: 'CONFIG_CIRCULAR_TAG' });
  assert.throws(() => tagged({ a: '<x>' }, [], { x: 'y<x>' }), { code: 'CONFIG_CIRCULAR_TAG' });
});

test('tags that multiply end in an error', () => {
  const values = Object.fromEntries(
    Array.from({ length: 9 }, (_, index) => [`t${index + 1}`, `<t${index}>`.repeat(100)]),
  );
  assert.throws(() => tagged({ t0: 'some text', ...values }), { code: 'CONFIG_VALUE_TOO_LONG' });
});
