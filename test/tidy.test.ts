import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { test } from 'node:test';
import packageJson from '../package.json' with { type: 'json' };
import { findLines, repositoryFiles, repositoryRoot, type SourceFile } from './support/sources.ts';

// Holds what a linter cannot: the shape of the house. What style means here is in CONTRIBUTING.md.

const maxFileLines = 300;
const sources = repositoryFiles('src/').filter((file) => file.path.endsWith('.ts'));
const tests = repositoryFiles('test/').filter((file) => file.path.endsWith('.ts'));
const scripts = repositoryFiles('scripts/', 'bench/').filter((file) => file.path.endsWith('.ts'));
const folders = [...new Set(sources.map((file) => folderOf(file.path)))].sort();

interface Import {
  readonly file: string;
  readonly specifier: string;
}

test('imports between folders run down the list in docs/architecture.md, never back up', () => {
  const layers = readLayers();
  assert.deepEqual([...layers.keys()].sort(), folders, 'every folder in src/ stands in the list');
  assert.ok(crossImports().length > folders.length, 'imports are found at all');
  const wrong = crossImports().filter(({ from, to }) => !mayImport(layers, from, to));
  assert.deepEqual(wrong.map(describeImport), []);
});

test('a folder is imported through its index.ts only', () => {
  const wrong = crossImports().filter(({ target, to }) => target !== `src/${to}/index.ts`);
  assert.deepEqual(wrong.map(describeImport), []);
});

test('src imports nothing but itself, Node and the declared dependencies', () => {
  const declared = new Set(Object.keys(packageJson.dependencies));
  const wrong = sources.flatMap(importsOf).filter(({ specifier }) => {
    if (specifier.startsWith('.')) return !/\.(?:ts|json)$/.test(specifier);
    return specifier.startsWith('node:') ? !isBuiltin(specifier) : !declared.has(packageOf(specifier));
  });
  assert.deepEqual(wrong, []);
});

test('every index.ts opens with what its folder owns, receives and emits', () => {
  const openings = [/^\/\/ Owns: \S/, /^\/\/ Receives: \S/, /^\/\/ Emits: \S/];
  const wrong = folders.filter((folder) => {
    const lines = sources.find((file) => file.path === `src/${folder}/index.ts`)?.text.split('\n') ?? [];
    return openings.some((opening, index) => !opening.test(lines[index] ?? '')) || lines[3]?.startsWith('//');
  });
  assert.deepEqual(wrong, []);
});

test('no module keeps mutable state', () => {
  const variable = /^(?:export )?(?:let|var) /;
  // An empty collection is there to be filled, unless its type forbids it.
  const mutableType = '(?:: (?:Map|Set|WeakMap|WeakSet|Array|Record)<[^=]*|: \\w+\\[\\])?';
  const empty = '(?:new (?:Map|Set|WeakMap|WeakSet|Array)(?:<.*>)?\\(\\)|\\[\\]|\\{\\});';
  const emptyCollection = new RegExp(`^(?:export )?const \\w+${mutableType} = ${empty}`);
  assert.deepEqual(findLines(sources, variable), []);
  assert.deepEqual(findLines(sources, emptyCollection), []);
});

test('a file is about one thing, and so has few lines', () => {
  const long = [...sources, ...tests, ...scripts]
    .map((file) => ({ path: file.path, lines: file.text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > maxFileLines);
  assert.deepEqual(long, []);
});

test('nothing is left for later, and no test is singled out or left out', () => {
  // Put together so that this file does not name them.
  const later = new RegExp(`\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b`);
  const all = repositoryFiles().filter(
    (file) => /\.(?:ts|sh|md|conf|json)$/.test(file.path) && !isLock(file.path),
  );
  assert.deepEqual(findLines(all, later), []);
  assert.deepEqual(
    findLines(tests, /\b(?:test|it|describe|suite|t|context)\.(?:only|todo|skip)\(\s*['"`]/),
    [],
  );
});

test('no file names a path of the machine it was written on', () => {
  const own = new RegExp(
    ['/wor', '/roo', '/home/[a-z]+'].map((start, index) => start + ['k/', 't/', '/'][index]).join('|'),
  );
  // Where services log is no path of ours: some are installed under the home of a user of their own.
  const services = /^(?:test\/fixtures|config)\//;
  const files = repositoryFiles().filter((file) => !services.test(file.path));
  assert.deepEqual(findLines(files, own), []);
});

test('src and test mirror each other', () => {
  const besides = ['compat', 'docs', 'e2e', 'fixtures', 'fuzz', 'house', 'packaging', 'support'];
  const tested = readdirSync(join(repositoryRoot, 'test'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const withTests = folders.filter((folder) => tests.some((file) => file.path.startsWith(`test/${folder}/`)));
  assert.deepEqual(withTests, folders, 'every folder has tests');
  assert.deepEqual(
    tested.filter((name) => !folders.includes(name) && !besides.includes(name)),
    [],
  );
});

/** Folder → its place in the list; folders that share a line share a place, and do not import each other. */
function readLayers(): Map<string, number> {
  const text = repositoryFiles('docs/architecture.md')[0]?.text ?? '';
  const layers = new Map<string, number>();
  for (const line of text.split('\n')) {
    const match = /^ {4}((?:[a-z]+ {1,3})*[a-z]+)(?: {2,}.*)?$/.exec(line);
    const names = match?.[1]?.trim().split(/\s+/) ?? [];
    if (names.length > 0 && names.every((name) => folders.includes(name))) {
      const place = new Set(layers.values()).size;
      for (const name of names) layers.set(name, place);
    }
  }
  return layers;
}

function mayImport(layers: ReadonlyMap<string, number>, from: string, to: string): boolean {
  return (layers.get(to) ?? Number.POSITIVE_INFINITY) < (layers.get(from) ?? -1);
}

interface CrossImport extends Import {
  readonly from: string;
  readonly to: string;
  readonly target: string;
}

function crossImports(): CrossImport[] {
  return sources.flatMap(importsOf).flatMap(({ file, specifier }) => {
    if (!specifier.startsWith('.')) return [];
    const target = posix.join(dirname(file), specifier);
    const from = folderOf(file);
    const to = folderOf(target);
    return from === to ? [] : [{ file, specifier, from, to, target }];
  });
}

/** Static and dynamic imports, exports from elsewhere, and `import('…')` types. */
function importsOf(file: SourceFile): Import[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^'";]*?\bfrom\s*'([^']+)'|(?:^|\n)\s*import\s*'([^']+)'|\bimport\(\s*'([^']+)'/g;
  return [...file.text.matchAll(pattern)].map((match) => ({
    file: file.path,
    specifier: match[1] ?? match[2] ?? match[3] ?? '',
  }));
}

function describeImport(found: CrossImport): string {
  return `${found.file} imports ${found.specifier}`;
}

function folderOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function isLock(path: string): boolean {
  return path === 'package-lock.json';
}
