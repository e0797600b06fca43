import { execFileSync } from 'node:child_process';
import { runCommand } from './command.ts';
import type { Programs } from './programs.ts';
import type { JailCounts } from './server.ts';

/** As the servers' jails have it (`server-home.ts`). */
const maxRetry = 5;

/** What a jail counts on a log: each failure that the rule tester finds, and a ban for whoever has enough of them. */
export function expectedCounts(programs: Programs, log: string, filter: string): JailCounts {
  const { stdout } = runCommand(programs.path('fail2ban-regex'), ['-o', 'id', log, filter]);
  const ids = stdout.split('\n').filter((id) => id !== '');
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  const banned = [...counts.values()].filter((count) => count >= maxRetry).length;
  return { failed: ids.length, banned };
}

/** Lets a log grow by all of another, as fast as the disk takes it. */
export function appendLog(from: string, to: string): void {
  execFileSync('sh', ['-c', 'cat "$0" >> "$1"', from, to]);
}
