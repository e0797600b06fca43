import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CompileOptions } from '../../../src/pyregex/index.ts';
import { findWithBoth } from '../support.ts';

type Case = readonly [pattern: string, text: string, groups: readonly (string | undefined)[] | null];

function check(cases: readonly Case[], options: CompileOptions = {}): void {
  for (const [pattern, text, groups] of cases) {
    for (const found of findWithBoth(pattern, text, options)) {
      assert.deepEqual(found, groups, `${pattern} in ${JSON.stringify(text)}`);
    }
  }
}

test('groups, names and back-references', () => {
  check([
    ['(a)(?:b)(?P<n>c)', 'abc', ['abc', 'a', 'c']],
    ['(?P<q>["\']).*?(?P=q)', 'say "it\'s"', ['"it\'s"', '"']],
    ['(a|b)\\1', 'abb', ['bb', 'b']],
    ['(?P<été>x)(?P=été)', 'xx', ['xx', 'x']],
    ['(a)(?#comment \\) ()(b)', 'ab', ['ab', 'a', 'b']],
  ]);
});

test('sets: a bracket that comes first, negation, ranges, escapes', () => {
  check([
    ['[]a]+', 'x]a', [']a']],
    ['[^]a]+', ']ax', ['x']],
    ['[a-]+', 'x-a', ['-a']],
    ['[\\]\\\\-]+', 'x]\\-', [']\\-']],
    ['[\\x41-\\103\\u0064]+', 'xABCd', ['ABCd']],
    ['[\\b]', 'a\b', ['\b']],
    ['[\\d\\s]+', 'a1 2', ['1 2']],
    ['[^\\W\\d]+', '1aé', ['aé']],
    ['[[a]', 'x[', ['[']],
  ]);
});

test('quantifiers: greedy, lazy, possessive, and braces that are none', () => {
  check([
    ['a{,2}', 'aaa', ['aa']],
    ['a{2,}', 'aaa', ['aaa']],
    ['a{,}b', 'aab', ['aab']],
    ['a{2}?b', 'aaab', ['aab']],
    ['<.+?>', '<a><b>', ['<a>']],
    ['a*+a', 'aaa', null],
    ['^(?:ab|a)?+b', 'ab', null],
    ['a{1,2}+ab', 'aab', null],
    ['(?:a|ab){2}+', 'abab', null],
    ['x{a}', 'x{a}', ['x{a}']],
    ['x{1', 'x{1', ['x{1']],
    ['x{}', 'x{}', ['x{}']],
    ['x{,a', 'x{,a', ['x{,a']],
  ]);
});

test('atomic groups do not give back', () => {
  check([
    ['(?>a+)b', 'aab', ['aab']],
    ['(?>a+)ab', 'aab', null],
    ['(?>a|ab)c', 'abc', null],
    ['((?>a+))(b)\\1', 'aabaa', ['aabaa', 'aa', 'b']],
  ]);
});

test('lookahead and lookbehind', () => {
  check([
    ['a(?=b)', 'acab', ['a']],
    ['a(?!b)', 'abac', ['a']],
    ['(?<=\\d{2})a', '1a12a', ['a']],
    ['(?<!a|b)c', 'acbcxc', ['c']],
    ['(?=(a+))a', 'aa', ['a', 'aa']],
    ['(?!(a)b)a', 'ac', ['a', undefined]],
    ['(?<=^a)b', 'ab', ['b']],
    ['(?<=(.)x)b', 'axb', ['b', 'a']],
  ]);
});

test('conditionals by number and by name', () => {
  check([
    ['^(<)?a(?(1)>|$)', '<a>', ['<a>', '<']],
    ['^(<)?a(?(1)>|$)', '<a', null],
    ['^(<)?a(?(1)>|$)', 'a', ['a', undefined]],
    ['(?P<q>")?x(?(q)")', '"x"', ['"x"', '"']],
    ['(x)?(?(1)y)', 'ab', ['', undefined]],
    ['(?:(a)|b)(?(1)c|d)', 'bd', ['bd', undefined]],
    ['(?(1)a|b)(c)', 'bc', ['bc', 'c']],
    ['(a?)(?(1)b|c)', 'c', null],
  ]);
});

test('inline flags, for all and for a group', () => {
  check([
    ['(?i)aB', 'xAb', ['Ab']],
    ['a(?i:b)c', 'aBC', null],
    ['a(?i:b)c', 'aBc', ['aBc']],
    ['(?i)a(?-i:b)', 'Ab', ['Ab']],
    ['(?i)a(?-i:b)', 'AB', null],
    ['(?s).', '\n', ['\n']],
    ['(?s-i:.)', '\n', ['\n']],
    ['(?m)^b$', 'a\nb\nc', ['b']],
    ['(?a:\\w)', 'é', null],
    ['(?a)x(?u:\\w)', 'xé', ['xé']],
    ['(?ims)', 'a', ['']],
  ]);
});

test('a global flag that comes late holds to the end of its group', () => {
  check([
    ['a(?i)b', 'aB', ['aB']],
    ['a(?i)b', 'AB', null],
    ['(?P<x>a(?i)b)c', 'aBC', null],
    ['(?P<x>a(?i)b)c', 'aBc', ['aBc', 'aB']],
    ['a(?i)b|c', 'C', ['C']],
  ]);
});

test("a group that begins with a flag is fail2ban's group of that flag, and captures nothing", () => {
  check([
    ['((?i)ab)c', 'ABc', ['ABc']],
    ['(?:(?i)ab)(c)', 'ABc', ['ABc', 'c']],
    ['x((?s).)', 'x\n', ['x\n']],
  ]);
});

test('verbose mode skips white space and comments, not in sets', () => {
  check(
    [
      ['a b # comment (\n c', 'abc', ['abc']],
      ['a\\ [ ]b', 'a  b', ['a  b']],
      ['a +', 'aa', ['aa']],
      ['(?-x: )a', ' a', [' a']],
      ['a\\#', 'a#', ['a#']],
    ],
    { flags: 'x' },
  );
});

test('escapes: octal, hexadecimal, Unicode, controls', () => {
  check([
    ['\\0\\07\\101', '\0\x07A', ['\0\x07A']],
    ['(a)\\1011', 'aA1', ['aA1', 'a']],
    ['\\x41\\u00e9\\U0001f600', 'Aé😀', ['Aé😀']],
    ['\\a\\f\\n\\r\\t\\v', '\x07\f\n\r\t\v', ['\x07\f\n\r\t\v']],
    ['\\.\\-\\é\\ ', '.-é ', ['.-é ']],
  ]);
});

test('anchors know no newline but \\n, and $ also stands before the last one', () => {
  check([
    ['^a$', 'a\n', ['a']],
    ['^a$', 'a\n\n', null],
    ['^a$', 'a\r', null],
    ['a\\Z', 'a\n', null],
    ['\\Ab', 'a\nb', null],
    ['a.b', 'a\rb', ['a\rb']],
    ['a.b', 'a\u2028b', ['a\u2028b']],
    ['a.b', 'a\nb', null],
  ]);
  check(
    [
      ['^b', 'a\rb', null],
      ['^b', 'a\u2028b', null],
      ['^b$', 'a\nb\nc', ['b']],
      ['a$', 'a\r\n', null],
    ],
    { flags: 'm' },
  );
});

test('words, digits and spaces are those of Unicode', () => {
  check([
    ['\\w+', '-héß٣二½', ['héß٣二½']],
    ['\\d+', 'a1٣', ['1٣']],
    ['\\s+', 'a\u00a0\u2003\u001c\u0085b', ['\u00a0\u2003\u001c\u0085']],
    ['\\S', '\u001f', null],
    ['\\bfoo\\b', 'éfoo foo', ['foo']],
    ['\\bü', 'aü ü', ['ü']],
    ['o\\B', 'o o_', ['o']],
  ]);
});

test('in an empty text there is neither a boundary nor none', () => {
  check([
    ['\\b', '', null],
    ['\\B', '', null],
    ['\\B', ' ', ['']],
  ]);
});

test('case is ignored as Python does it', () => {
  check([
    ['(?i)k', '\u212a', ['\u212a']],
    ['(?i)s', 'ſ', ['ſ']],
    ['(?i)i', 'İ', ['İ']],
    ['(?i)ı', 'I', ['I']],
    ['(?i)σ', 'ς', ['ς']],
    ['(?i)ß', 'ẞ', ['ẞ']],
    ['(?i)ß', 'SS', null],
    ['(?i)𐐀', '𐐨', ['𐐨']],
    ['(?i)[a-z]', 'ſ', ['ſ']],
    ['(?i)[^k]', '\u212a', null],
    ['(?ai)k', '\u212a', null],
    ['(?i)(é)\\1', 'éÉ', ['éÉ', 'é']],
    // The pair has no case to a back-reference.
    ['(?i)(s)\\1', 'sſ', null],
  ]);
});
