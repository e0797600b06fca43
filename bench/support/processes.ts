import { readdirSync, readFileSync } from 'node:fs';

/** Of a processor second; Linux has counted so on every machine for decades. */
const ticksPerSec = 100;

/** A process and all that it started, themselves or through others, that are alive. */
export function processTree(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(processTree)];
}

/** The proportional share of memory (PSS) of these processes together, in MiB. */
export function pssMiB(pids: readonly number[]): number {
  const kib = pids.map((pid) => Number(/^Pss:\s+(\d+)/m.exec(readProc(pid, 'smaps_rollup'))?.[1] ?? 0));
  return sum(kib) / 1024;
}

/** Processor time that these processes have used so far, in seconds. */
export function processorSec(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    // The name in brackets may have anything in it, so fields are counted from behind it.
    const fields = readProc(pid, 'stat').split(') ').at(-1)?.split(' ') ?? [];
    return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  });
  return sum(ticks) / ticksPerSec;
}

/** Whether a thread of the process runs, or would if it were given a processor. */
export function isRunning(pid: number): boolean {
  return threadsOf(pid).some(
    (thread) => readProc(pid, `task/${thread}/stat`).split(') ').at(-1)?.[0] === 'R',
  );
}

/** How often a thread of these processes has gone to sleep so far: each time something had woken it. */
export function wakeups(pids: readonly number[]): number {
  const threads = pids.flatMap((pid) =>
    threadsOf(pid).map((thread) => readProc(pid, `task/${thread}/status`)),
  );
  return sum(threads.map((text) => Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(text)?.[1] ?? 0)));
}

function childrenOf(pid: number): number[] {
  return threadsOf(pid)
    .flatMap((thread) => readProc(pid, `task/${thread}/children`).trim().split(' '))
    .filter((word) => word !== '')
    .map(Number);
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Empty for a process that has ended. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
