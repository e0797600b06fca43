import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { requireTool } from './tools.ts';

const repository = join(import.meta.dirname, '..', '..');
const inputs = [
  'config',
  'dashboard',
  'docs',
  'packaging',
  'scripts',
  'src',
  'package-lock.json',
  'CHANGELOG.md',
];
const prefix = 'warder-test-package-';

/** Whether a package can be built here. */
export function requirePackaging(context: TestContext): boolean {
  return requireTool(context, 'dpkg-deb', 'dpkg-shlibdeps', 'strip', 'objdump');
}

/**
 * The path of a package of this checkout, hardly compressed. It is built once, and again when a source has changed; test files
 * that run at the same time may build it twice, and one of them wins.
 */
export function debianPackage(): string {
  const key = createHash('sha256').update(inputs.map(stamps).join('')).digest('hex').slice(0, 16);
  const folder = join(tmpdir(), `${prefix}${key}`);
  if (!existsSync(folder)) {
    removeOlder(`${prefix}${key}`);
    const building = `${folder}.${process.pid}`;
    mkdirSync(building);
    const args = [join(repository, 'scripts', 'package-deb.ts'), '--quick', '--out', building];
    execFileSync(process.execPath, args, { cwd: repository, stdio: ['ignore', 'ignore', 'pipe'] });
    try {
      renameSync(building, folder);
    } catch {
      rmSync(building, { recursive: true });
    }
  }
  const [name] = readdirSync(folder);
  return join(folder, name!);
}

/** Name, size and time of everything beneath a path. */
function stamps(path: string): string {
  const full = join(repository, path);
  const stat = statSync(full, { throwIfNoEntry: false });
  if (stat === undefined) return '';
  if (!stat.isDirectory()) return `${path} ${stat.size} ${stat.mtimeMs}\n`;
  return readdirSync(full)
    .sort()
    .map((name) => stamps(join(path, name)))
    .join('');
}

/** 50 MB each. Those that are being built have a dot in their names. */
function removeOlder(current: string): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    if (name !== current && !name.includes('.'))
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}
