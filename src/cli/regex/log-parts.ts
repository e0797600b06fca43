import { fstatSync, readFileSync, readSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { longestLineBytes } from '../../source/index.ts';
import { defaultChunkBytes } from './file-chunks.ts';
import type { LogFile } from './file-lines.ts';
import { type StartPart, startPartThread } from './part-threads.ts';

/** How a large log is divided among threads. */
export interface PartPlan {
  /** With the one that divides it. */
  readonly threads: number;
  /** A log shorter than this is left whole. */
  readonly leastBytes: number;
  readonly chunkBytes: number;
  readonly warmUpLines: number;
  readonly start: StartPart;
}

/** Below, a thread costs more than it brings. */
const leastBytes = 32 * 1024 * 1024;
const leastPartBytes = 8 * 1024 * 1024;
/** The first part is longer, since its thread need not start. */
const leadBytes = 6 * 1024 * 1024;
const mostThreads = 4;
/** Makes it very likely that a hundred sessions, which are remembered, have begun. */
const warmUpLines = 4000;
const lineFeed = 10;

/** The plan for this machine. */
export function machinePlan(): PartPlan {
  return {
    threads: Math.max(1, Math.min(mostThreads, availableParallelism() - othersAtWork())),
    leastBytes,
    chunkBytes: defaultChunkBytes,
    warmUpLines,
    start: startPartThread,
  };
}

/** How many others want a processor right now: where all are taken, threads only cost more. */
function othersAtWork(): number {
  try {
    const running = /(\d+)\/\d+/.exec(readFileSync('/proc/loadavg', 'latin1'))?.[1];
    return running === undefined ? 0 : Number(running) - 1;
  } catch {
    return 0;
  }
}

/** Where the parts of a log behind the first one begin, each with a line. None: it is left whole. */
export function seamsOf({ fd, startOffset }: LogFile, plan: PartPlan): readonly number[] {
  const { size } = fstatSync(fd);
  if (plan.threads < 2 || size < plan.leastBytes) return [];
  const most = Math.floor((size - startOffset) / Math.min(leastPartBytes, plan.leastBytes));
  const parts = Math.min(plan.threads, most);
  const span = size - startOffset;
  const lead = Math.min(leadBytes, span / (2 * parts));
  const seams: number[] = [];
  for (let part = 1; part < parts; part += 1) {
    const seam = lineStartBehind(fd, startOffset + Math.floor(lead + ((span - lead) * part) / parts));
    if (seam === undefined || seam >= size) break;
    if (seam > (seams.at(-1) ?? startOffset)) seams.push(seam);
  }
  return seams;
}

/** Undefined within a line that is longer than lines are. */
function lineStartBehind(fd: number, offset: number): number | undefined {
  const bytes = Buffer.allocUnsafe(longestLineBytes);
  const length = readSync(fd, bytes, 0, bytes.length, offset);
  const feed = bytes.subarray(0, length).indexOf(lineFeed);
  return feed < 0 ? undefined : offset + feed + 1;
}
