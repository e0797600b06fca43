import { setTimeout as delay } from 'node:timers/promises';
import { appendLog } from './expected.ts';
import { isRunning, processorSec } from './processes.ts';
import type { BenchServer, JailCounts } from './server.ts';

const windowMs = 250;
const looksPerWindow = 5;
/** When a server looks at a file that has grown at the latest: the reference polls. */
const looksWithinMs = { warder: 300, fail2ban: 1200 } as const;
/** Of a core: less than this is what a server does anyway. */
const idlePart = 0.15;

/**
 * Processor time in seconds that a server's process spends on the lines of a log, from the moment they are in the file that
 * it follows until it has counted what it should (`goals`), and has nothing more to do. Other work on the machine hardly
 * disturbs that, and it can be taken where no line counts. What a server starts besides (ours has its rules judged a
 * while after the start) has nothing to do with lines.
 */
export async function costOfLines(
  server: BenchServer,
  from: string,
  to: string,
  goals: ReadonlyMap<string, JailCounts> = new Map(),
): Promise<number> {
  const before = await idleSec(server);
  appendLog(from, to);
  if (goals.size > 0) await server.untilCounted(goals, performance.now());
  else await delay(looksWithinMs[server.kind]);
  const after = await idleSec(server);
  return after - before;
}

/** Waits until the server is idle, and returns what it has used until then. */
async function idleSec(server: BenchServer): Promise<number> {
  let last = processorSec([server.pid]);
  for (;;) {
    const startedMs = performance.now();
    let running = false;
    for (let look = 0; look < looksPerWindow; look += 1) {
      await delay(windowMs / looksPerWindow);
      // On a busy machine it may have to wait for a processor all the time: then it uses none, and is not idle.
      running ||= isRunning(server.pid);
    }
    const now = processorSec([server.pid]);
    const elapsedSec = (performance.now() - startedMs) / 1000;
    if (!running && now - last < idlePart * elapsedSec) return now;
    last = now;
  }
}
