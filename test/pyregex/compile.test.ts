import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePythonRegex, parsePythonRegex } from '../../src/pyregex/index.ts';

const engines = ['v8', 'backtrack'] as const;

test('a match gives its place, its groups by number and name, and their spans', () => {
  for (const engine of engines) {
    const regex = compilePythonRegex('(?P<user>\\w+)@(?P<host>\\w+)(:\\d+)?', { engine });
    assert.equal(regex.groupCount, 3);
    assert.deepEqual(
      [...regex.groupNames],
      [
        ['user', 1],
        ['host', 2],
      ],
    );
    const match = regex.search('mail root@srv now')!;
    assert.deepEqual([match.index, match.end], [5, 13]);
    assert.deepEqual(match.groups, ['root@srv', 'root', 'srv', undefined]);
    assert.equal(match.group('host'), 'srv');
    assert.equal(match.group(3), undefined);
    assert.deepEqual(match.span('user'), [5, 9]);
    assert.deepEqual(match.span(0), [5, 13]);
    assert.equal(match.span(3), undefined);
    assert.equal(match.group('nobody'), undefined);
    assert.equal(match.span(9), undefined);
  }
});

test('search goes on from an index, match begins there, and both see what stands before it', () => {
  for (const engine of engines) {
    const regex = compilePythonRegex('(?<=a)b|^a', { engine });
    assert.equal(regex.search('abab', 2)!.index, 3);
    assert.equal(regex.match('abab', 1)!.end, 2);
    assert.equal(regex.match('abab', 2), null);
    assert.equal(regex.search('abab', 4), null);
  }
});

test('an index outside of the text means its nearest end', () => {
  for (const engine of engines) {
    const regex = compilePythonRegex('$', { engine });
    assert.equal(regex.search('ab', 99)!.index, 2);
    assert.equal(regex.match('ab', -5), null);
  }
});

test('spans are in UTF-16 units, and a character beyond plane 0 is one character', () => {
  for (const engine of engines) {
    const regex = compilePythonRegex('^.(.)(.)$', { engine });
    const match = regex.search('😀é😁')!;
    assert.deepEqual(match.groups, ['😀é😁', 'é', '😁']);
    assert.deepEqual(match.span(2), [3, 5]);
  }
});

test('a search never finds a place inside of a surrogate pair', () => {
  for (const engine of engines) {
    assert.equal(compilePythonRegex('(?!.)', { engine }).search('😀')!.index, 2);
    assert.equal(compilePythonRegex('\\W\\Z', { engine }).search('a😀')!.index, 1);
  }
});

test('a text with half a surrogate pair is matched too', () => {
  const regex = compilePythonRegex('[^a]{2}$');
  assert.equal(regex.engine, 'v8');
  assert.deepEqual(regex.search('x\ud83d😀\ude00')!.groups, ['😀\ude00']);
});

test('flags beside the pattern are those of re.compile', () => {
  for (const engine of engines) {
    assert.equal(compilePythonRegex('^b.c$', { engine, flags: 'ims' }).search('a\nB\nC\n')!.group(0), 'B\nC');
    assert.equal(compilePythonRegex(' b # c', { engine, flags: 'x' }).search('ab')!.index, 1);
    assert.equal(compilePythonRegex('\\w', { engine, flags: 'a' }).search('é'), null);
    assert.equal(compilePythonRegex('\\w', { engine, flags: 'u' }).search('é')!.index, 0);
  }
  assert.throws(() => compilePythonRegex('a', { flags: 'g' }), { code: 'REGEX_FLAGS' });
});

test('the engine and the reason for it are told', () => {
  assert.equal(compilePythonRegex('a').engine, 'v8');
  const regex = compilePythonRegex('(a)?\\1?(?i:\\1)');
  assert.equal(regex.engine, 'backtrack');
  assert.match(regex.engineReason!, /group 1/);
  assert.throws(() => compilePythonRegex('(a|)*', { engine: 'v8' }), { code: 'REGEX_NOT_NATIVE' });
});

test('the same regex serves several texts at once', () => {
  for (const engine of engines) {
    const regex = compilePythonRegex('(a+)(b*)', { engine });
    const [one, other] = [regex.search('xaab')!, regex.search('abbb')!];
    assert.deepEqual([one.span(2), other.span(2), one.group(1), other.group(1)], [[3, 4], [1, 4], 'aa', 'a']);
  }
});

test('a pattern is parsed into a tree, with its groups', () => {
  const tree = parsePythonRegex('(?P<a>x)|y*', 'i');
  assert.equal(tree.groupCount, 1);
  assert.deepEqual([...tree.groupNames], [['a', 1]]);
  assert.equal(tree.root.kind, 'alternation');
});
