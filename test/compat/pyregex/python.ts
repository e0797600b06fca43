import { spawnSync } from 'node:child_process';
import type { TestContext } from 'node:test';
import { requireThat, requireTool } from '../../support/tools.ts';

/** Whether the machine's Python is the one that our engine follows; its Unicode data and messages differ by version. */
export function requirePython(context: TestContext): boolean {
  if (!requireTool(context, 'python3')) return false;
  const { stdout } = spawnSync('/usr/bin/python3', ['--version'], { encoding: 'utf8' });
  return requireThat(
    context,
    stdout.startsWith('Python 3.11.'),
    `OTHER PYTHON: 3.11 is needed, not ${stdout}`,
  );
}

/** The number in an environment variable, or the default. */
export function numberFromEnv(name: string, otherwise: number): number {
  const text = process.env[name];
  return text === undefined || text === '' ? otherwise : Number(text);
}
