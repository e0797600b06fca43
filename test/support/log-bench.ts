import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setImmediate as endOfStep } from 'node:timers/promises';
import { ManualClock } from '../../src/base/index.ts';
import { LogTarget } from '../../src/daemon/log-target.ts';

/** When the tests of the log take place, seconds since the epoch. */
export const nowSec = 1_795_361_329.875;

/** A folder that goes with the test. */
export function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'warder-log-'));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** What is in a log once what runs now is over. */
export async function textOf(path: string): Promise<string> {
  await endOfStep();
  return readFileSync(path, 'utf8');
}

export interface Bench {
  readonly log: LogTarget;
  readonly clock: ManualClock;
  /** What went to standard error for want of a better place. */
  readonly errors: string[];
}

/** A log at that time, which is closed with the test. */
export function bench(context: TestContext, options: { journalSocket?: string } = {}): Bench {
  const clock = new ManualClock(nowSec);
  const errors: string[] = [];
  const log = new LogTarget({ clock, pid: 32409, writeError: (text) => errors.push(text), ...options });
  context.after(() => log.close());
  return { log, clock, errors };
}
