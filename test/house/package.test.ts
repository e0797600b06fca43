import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import packageJson from '../../package.json' with { type: 'json' };
import { repositoryFiles, repositoryRoot } from '../support/sources.ts';

test('dependencies are exact versions', () => {
  const { dependencies, devDependencies, optionalDependencies } = packageJson;
  const inexact = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
  );
  assert.deepEqual(inexact, []);
});

interface LockedPackage {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly os?: readonly string[];
  readonly libc?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

function lockedPackages(): Map<string, LockedPackage> {
  const lock = JSON.parse(readFileSync(join(repositoryRoot, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  return new Map(Object.entries(lock.packages));
}

test('the lock file is complete, so that npm ci takes it on every platform', () => {
  const locked = lockedPackages();
  const missing = [...locked.values()]
    .flatMap((entry) => Object.keys({ ...entry.dependencies, ...entry.optionalDependencies }))
    .filter((name) => !locked.has(`node_modules/${name}`));
  assert.deepEqual(missing, []);
});

test('the lock file names no registry, carries checksums, and asks for no install script', () => {
  const packages = [...lockedPackages()].filter(([name]) => name !== '');
  assert.ok(packages.length > 5);
  assert.deepEqual(
    packages.filter(([, entry]) => entry.resolved !== undefined).map(([name]) => name),
    [],
  );
  // Not every registry offers the linter's programs for systems that Warder does not run on.
  const ours = packages.filter(
    ([, { os, libc }]) => (os?.includes('linux') ?? true) && !libc?.includes('musl'),
  );
  assert.deepEqual(
    ours.filter(([, entry]) => entry.integrity === undefined).map(([name]) => name),
    [],
  );
  assert.match(readFileSync(join(repositoryRoot, '.npmrc'), 'utf8'), /^ignore-scripts=true$/m);
});

test('every program that the package offers has its launcher and its source', () => {
  for (const [name, launcher] of Object.entries(packageJson.bin)) {
    assert.equal(launcher, `bin/${name}`);
    assert.ok(existsSync(join(repositoryRoot, launcher)), launcher);
    assert.ok(existsSync(join(repositoryRoot, `src/cli/${name}.ts`)), `src/cli/${name}.ts`);
  }
});

test('both commands of README are npm scripts, and CI runs the second', () => {
  const readme = repositoryFiles('README.md')[0]?.text ?? '';
  for (const command of ['npm start', 'npm test']) assert.ok(readme.includes(command), command);
  assert.equal(packageJson.scripts.start, 'exec sh scripts/start.sh');
  assert.equal(packageJson.scripts.test, 'exec sh scripts/test.sh');
  assert.match(repositoryFiles('.ci/run')[0]?.text ?? '', /^exec npm test <\/dev\/null$/m);
});
