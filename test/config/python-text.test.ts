import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  compareText,
  jsonObject,
  parseBoolean,
  parseInteger,
  shellWords,
  splitWords,
  strip,
} from '../../src/config/python-text.ts';

test('white space is what Python takes for it', () => {
  assert.equal(strip(' \t\x1c\x85\xa0\u2028a\ufeff\n'), 'a\ufeff');
});

test('words are separated by commas, spaces and newlines, but not by tabs', () => {
  assert.deepEqual(splitWords(' 127.0.0.1/8, ::1\n\texample.org a\tb '), [
    '127.0.0.1/8',
    '::1',
    'example.org',
    'a\tb',
  ]);
  assert.deepEqual(splitWords(''), []);
});

test('integers are read as Python reads them', () => {
  assert.deepEqual(['5', ' -7\n', '+1_000', '007', '-0'].map(parseInteger), [5, -7, 1000, 7, 0]);
  assert.equal(parseInteger('-99999999999999999999'), -99999999999999999999n);
  for (const text of ['', 'x', '1.0', '0x10', '1__0', '_1', '9'.repeat(5000)]) {
    assert.equal(parseInteger(text), undefined, text.slice(0, 10));
  }
});

test('only 1, on, true and yes are true', () => {
  assert.deepEqual(['1', 'ON', 'True', 'yes', 'y', '2', '', ' true'].map(parseBoolean), [
    true,
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

test('shell words keep what quotes and backslashes protect', () => {
  assert.deepEqual(shellWords('_COMM=sshd + "a b"\'c\\\' d\\ e "x\\"\\y" \'\''), [
    '_COMM=sshd',
    '+',
    'a bc\\',
    'd e',
    'x"\\y',
    '',
  ]);
  assert.deepEqual(shellWords(' # no comment '), ['#', 'no', 'comment']);
  for (const open of ['"a', "a'b", 'a\\']) assert.equal(shellWords(open), undefined, open);
});

test('JSON is written as Python writes it', () => {
  assert.equal(
    jsonObject(
      new Map([
        ['dest', 'ü\x7f\n"'],
        ['n', ''],
      ]),
    ),
    '{"dest": "\\u00fc\\u007f\\n\\"", "n": ""}',
  );
});

test('texts are ordered by code point', () => {
  assert.deepEqual(['\u{1f600}', '\uffee', 'a', 'B', '10'].sort(compareText), [
    '10',
    'B',
    'a',
    '\uffee',
    '\u{1f600}',
  ]);
});
