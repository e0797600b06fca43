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

test('the lock file names no registry, carries checksums, and asks for no install script', () => {
  const lock = JSON.parse(readFileSync(join(repositoryRoot, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { resolved?: string; integrity?: string }>;
  };
  const packages = Object.entries(lock.packages).filter(([name]) => name !== '');
  assert.ok(packages.length > 5);
  assert.deepEqual(
    packages.filter(([, entry]) => entry.resolved !== undefined).map(([name]) => name),
    [],
  );
  assert.deepEqual(
    packages.filter(([, entry]) => entry.integrity === undefined).map(([name]) => name),
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
