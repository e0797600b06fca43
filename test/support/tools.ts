import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';

/** Where a tool is installed, or undefined. Looks into sbin too, which an ordinary user's PATH lacks. */
export function findTool(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/bin', '/bin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/**
 * Says whether a test can run. A missing tool skips the test with a loud reason; where `CI=true` it fails, since
 * there the tools are part of the set-up.
 */
export function requireTool(context: TestContext, ...names: string[]): boolean {
  const missing = names.filter((name) => findTool(name) === undefined);
  return requireThat(context, missing.length === 0, `MISSING TOOL: ${missing.join(', ')} is not installed`);
}

/** As requireTool, for tests that need root. */
export function requireRoot(context: TestContext): boolean {
  return requireThat(context, process.getuid?.() === 0, 'NOT ROOT: this test needs root');
}

/** As requireTool, for any other condition. */
export function requireThat(context: TestContext, condition: boolean, reason: string): boolean {
  if (condition) return true;
  if (process.env.CI === 'true') throw new Error(reason);
  context.diagnostic(reason);
  context.skip(reason);
  return false;
}
