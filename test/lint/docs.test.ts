import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lintCodes } from '../../src/lint/index.ts';
import { repositoryFiles } from '../support/sources.ts';

test('every code of the linter is described in docs/filters.md, in the order of the alphabet, and no other', () => {
  const [page] = repositoryFiles('docs/filters.md');
  const described = [...(page?.text ?? '').matchAll(/^- `(LINT_\w+)`: \S/gm)].map((match) => match[1]);
  assert.deepEqual(described, Object.keys(lintCodes).sort());
});
