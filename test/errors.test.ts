import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findLines, repositoryFiles } from './support/sources.ts';

// docs/errors.md and the code agree: a code that a person reads in a log can be looked up, and is still in use.

const sources = repositoryFiles('src/').filter((file) => file.path.endsWith('.ts'));
const entry = /^- `([A-Z][A-Z0-9_]*)`: \S/;

test('every error code in src is described in docs/errors.md, and every described code is in src', () => {
  assert.deepEqual(
    describedCodes().filter((code) => !usedCodes().includes(code)),
    [],
    'described but not used',
  );
  assert.deepEqual(
    usedCodes().filter((code) => !describedCodes().includes(code)),
    [],
    'used but not described',
  );
});

test('codes stand in the source as they are, so that they can be searched for', () => {
  const calls = sources.flatMap((file) =>
    [...file.text.matchAll(/new WarderError\(\s*([^\s,)]+)/g)].map((match) => `${file.path}: ${match[1]}`),
  );
  assert.deepEqual(
    calls.filter((call) => !/: (?:'[A-Z][A-Z0-9_]*'|(?:error\.)?code)$/.test(call)),
    [],
  );
});

test('a code is described once, in the order of the alphabet within its section', () => {
  const codes = describedCodes();
  assert.equal(new Set(codes).size, codes.length);
  for (const section of sections()) assert.deepEqual(section, [...section].sort());
});

test('each entry says what the code means and what to do', () => {
  const lines = findLines(pages(), /^- /).filter(
    (line) => !entry.test(line.replace(/^\S+: /, '')) || !/[;.] \S/.test(line.replace(/^\S+: - \S+ /, '')),
  );
  assert.deepEqual(lines, []);
});

function usedCodes(): string[] {
  const pattern = /new WarderError\(\s*'([A-Z][A-Z0-9_]*)'/g;
  return [
    ...new Set(sources.flatMap((file) => [...file.text.matchAll(pattern)].map((match) => match[1]!))),
  ].sort();
}

function pages(): ReturnType<typeof repositoryFiles> {
  return repositoryFiles('docs/errors.md');
}

function sections(): string[][] {
  return pages()
    .flatMap((page) => page.text.split(/^## /m))
    .map((section) => section.split('\n').flatMap((line) => entry.exec(line)?.[1] ?? []));
}

function describedCodes(): string[] {
  return sections().flat();
}
