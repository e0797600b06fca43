import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import test from 'node:test';
import { anchorsOf, inlineCode } from '../support/doc-pages.ts';
import { repositoryFiles, repositoryRoot, type SourceFile } from '../support/sources.ts';

const pages = repositoryFiles('README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'docs/').filter(({ path }) =>
  path.endsWith('.md'),
);
const byPath = new Map(pages.map((page) => [page.path, page]));

test('links between pages lead to pages, headings and pictures that exist', () => {
  assert.deepEqual(
    pages.flatMap((page) => linksOf(page).flatMap((link) => faultOf(page, link) ?? [])),
    [],
  );
});

test('a link that leads nowhere is noticed', () => {
  const page = byPath.get('README.md')!;
  assert.match(faultOf(page, 'docs/nothing.md') ?? '', /no such file/);
  assert.match(faultOf(page, 'docs/install.md#nothing') ?? '', /no such heading/);
  assert.equal(faultOf(page, 'docs/install.md#the-sandbox'), undefined);
});

test('every page in docs/ stands in the index', () => {
  const listed = new Set(linksOf(byPath.get('docs/README.md')!));
  const missing = pages
    .map(({ path }) => relative('docs', path))
    .filter((path) => !path.startsWith('..') && path !== 'README.md' && !listed.has(path));
  assert.deepEqual(missing, []);
});

test('files of the repository that a text names exist', () => {
  const faults = pages.flatMap((page) =>
    inlineCode(page)
      .filter((code) =>
        /^(?:src|docs|test|packaging|bench|config|scripts|bin|dashboard)\/[\w./-]+$/.test(code),
      )
      .filter((code) => !existsSync(join(repositoryRoot, code)))
      .map((code) => `${page.path}: ${code}`),
  );
  assert.deepEqual(faults, []);
});

test('docs/architecture.md names files of src as they are, and every folder', () => {
  const page = byPath.get('docs/architecture.md')!;
  const named = inlineCode(page).filter(
    (code) => /^[a-z-]+(?:\/[\w-]+)*(?:\.ts|\/)$/.test(code) && code.includes('/'),
  );
  assert.ok(named.length > 10);
  const lost = named.filter((code) =>
    ['', 'src', 'src/detect', 'src/enforce', 'src/daemon'].every(
      (folder) => !existsSync(join(repositoryRoot, folder, code)),
    ),
  );
  assert.deepEqual(lost, []);
  const folders = new Set(repositoryFiles('src/').map(({ path }) => path.split('/')[1]!));
  for (const folder of folders) assert.match(page.text, new RegExp(`^ {4}(?:.* )?${folder}\\b`, 'm'), folder);
});

test('docs/security.md and docs/architecture.md tell of every process that is named', () => {
  const titles = repositoryFiles('src/').flatMap(({ text }) =>
    [...text.matchAll(/^process\.title = '([\w-]+)'/gm)].map((match) => match[1]!),
  );
  assert.ok(titles.length >= 6, titles.join(' '));
  for (const path of ['docs/security.md', 'docs/architecture.md']) {
    for (const title of titles)
      assert.ok(byPath.get(path)!.text.includes(`\`${title}\``), `${path}: ${title}`);
  }
});

/** Targets in the repository: of Markdown, and of pictures in HTML. */
function linksOf({ text }: SourceFile): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '');
  const markdown = [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map((match) => match[1]!);
  const html = [...prose.matchAll(/\b(?:src|srcset|href)="([^"]+)"/g)].map((match) => match[1]!);
  return [...markdown, ...html].filter((link) => !/^https?:/.test(link));
}

function faultOf(page: SourceFile, link: string): string | undefined {
  const [file = '', anchor] = link.split('#');
  const path = file === '' ? page.path : join(dirname(page.path), file);
  if (!existsSync(join(repositoryRoot, path))) return `${page.path}: ${link}: no such file`;
  if (anchor === undefined) return undefined;
  const target = byPath.get(path);
  return target !== undefined && anchorsOf(target).has(anchor)
    ? undefined
    : `${page.path}: ${link}: no such heading`;
}
