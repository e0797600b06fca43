import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const driver = fileURLToPath(new URL('config-reference.py', import.meta.url));

/** A directory of the test's own, removed after it. */
export function scratchFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'warder-config-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files by their relative paths. */
export function writeTree(folder: string, tree: Iterable<readonly [string, string | Uint8Array]>): void {
  for (const [path, content] of tree) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** A few logs for log paths to lead to. */
export function writeLogs(folder: string): void {
  const names = ['a.log', 'b.log', 'zz.log', '.hidden.log', 'sub1/x.log', 'sub2/x.log'];
  writeTree(
    folder,
    names.map((name) => [name, ''] as const),
  );
  symlinkSync('/nonexistent', join(folder, 'dangling.log'));
}

/** One `fail2ban-client -c DIRECTORY -d` or `--dp`. */
export interface DumpJob {
  readonly directory: string;
  readonly isPretty?: boolean;
}

/**
 * What the installed fail2ban prints for each job; undefined where it refuses the whole directory. All run in one
 * process of Python, since starting it takes longer than most of them.
 */
export function referenceDumps(jobs: readonly DumpJob[]): (string | undefined)[] {
  const input = JSON.stringify(jobs.map(({ directory, isPretty }) => [directory, isPretty ?? false]));
  const run = spawnSync('/usr/bin/python3', [driver], { input, encoding: 'utf8', maxBuffer: 1 << 29 });
  if (run.status !== 0) throw new Error(`the reference failed: ${run.signal ?? run.status} ${run.stderr}`);
  const printed = JSON.parse(run.stdout) as string[];
  return printed.map((text) => (text.startsWith('ERROR') ? undefined : text));
}
