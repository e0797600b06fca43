import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIni } from '../../src/config/ini.ts';

/** Values by section and option; `[DEFAULT]` among them. */
function values(text: string): Record<string, Record<string, string>> {
  const file = parseIni(text, 'x.conf');
  const sections = [['DEFAULT', file.defaults] as const, ...file.sections];
  return Object.fromEntries(
    sections
      .filter(([name, section]) => name !== 'DEFAULT' || section.size > 0)
      .map(([name, section]) => [
        name,
        Object.fromEntries([...section].map(([option, raw]) => [option, raw.text])),
      ]),
  );
}

const problems = (text: string): string[] =>
  parseIni(text, 'x.conf').problems.map(({ code, line }) => `${code} ${line}`);

test('an option ends at the first equals sign or colon, and its name is lower-cased', () => {
  assert.deepEqual(values('[s]\nOne = 1 = x\nTwo: 2 : y\nthree=\nfour \t=4'), {
    s: { one: '1 = x', two: '2 : y', three: '', four: '4' },
  });
});

test('deeper lines continue a value, empty lines inside it stay, comment lines vanish', () => {
  assert.deepEqual(values('[s]\na = 1\n  2\n\n# no\n  3 ; said\n  ; no\n\nb = 4\n'), {
    s: { a: '1\n2\n\n3', b: '4' },
  });
});

test('a line as deep as the option is an option of its own', () => {
  assert.deepEqual(values('[s]\n  a = 1\n  b = 2\n   c = 3\nd = 4'), {
    s: { a: '1', b: '2\nc = 3', d: '4' },
  });
});

test('a semicolon begins a comment only behind white space, a number sign only at the start of a line', () => {
  assert.deepEqual(values('[s] ; c\na = 1;2 # x\nb = 1 ;2\nc = ;\t3\nd = x;y ;z'), {
    s: { a: '1;2 # x', b: '1', c: '', d: 'x;y' },
  });
});

test('a section name reaches to the last bracket, and what follows it does not count', () => {
  assert.deepEqual(values('[a]b] tail\nx = 1\n[Init?family=inet6]\ny = 2\n[]\n'), {
    'a]b': { x: '1' },
    'Init?family=inet6': { y: '2' },
  });
  assert.deepEqual(problems('[a]\n[]\n'), ['CONFIG_SYNTAX 2']);
});

test('line ends of every system are the same', () => {
  assert.deepEqual(values('[s]\r\na = 1\r\n 2\rb = 3\n'), { s: { a: '1\n2', b: '3' } });
});

test('[DEFAULT] may appear again and again, other sections once', () => {
  const text = '[DEFAULT]\na = 1\n[s]\nb = 2\n[DEFAULT]\nc = 3\n[s]\nb = 4\n';
  assert.deepEqual(values(text), { DEFAULT: { a: '1', c: '3' }, s: { b: '4' } });
  assert.deepEqual(problems(text), ['CONFIG_DUPLICATE_SECTION 7', 'CONFIG_DUPLICATE_OPTION 8']);
});

test('every mistake is told with its line, and the rest of the file is read', () => {
  const text = 'x = 0\ny = 0\n[s]\na = 1\njust words\n  that go on\n= 2\nb = 3\na = 4\n';
  assert.deepEqual(values(text), { s: { a: '4', b: '3' } });
  assert.deepEqual(problems(text), [
    'CONFIG_NO_SECTION_HEADER 1',
    'CONFIG_SYNTAX 5',
    'CONFIG_SYNTAX 7',
    'CONFIG_DUPLICATE_OPTION 9',
  ]);
});

test('mistakes in a jail file name the jail, unless they stand in [DEFAULT]', () => {
  const { problems: found } = parseIni('[DEFAULT]\nx\n[sshd]\ny\n', 'jail.local', true);
  assert.deepEqual(
    found.map(({ jail, line }) => [jail, line]),
    [
      [undefined, 2],
      ['sshd', 4],
    ],
  );
});

test('a file with a million mistakes is told a few of them', () => {
  assert.equal(parseIni(`[s]\n${'word\n'.repeat(1000)}`, 'x.conf').problems.length, 20);
});

test('a line that is too long is left out and told', () => {
  const text = `[s]\na = 1\nb = ${'x'.repeat(2_000_000)}\nc = 3\n`;
  assert.deepEqual(values(text), { s: { a: '1', c: '3' } });
  assert.deepEqual(problems(text), ['CONFIG_LINE_TOO_LONG 3']);
});

test('options know the line that they begin at, and the line of each of their lines', () => {
  const raw = parseIni('[s]\n\na = 1\n# c\n  2\n', 'x.conf').sections.get('s')?.get('a');
  assert.deepEqual(raw?.origin, { file: 'x.conf', line: 3 });
  assert.deepEqual(raw?.lineNumbers?.slice(0, 2), [3, 5]);
});
