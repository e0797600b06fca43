import { parentPort, workerData } from 'node:worker_threads';
import { MemoryRest, systemClock } from '../base/index.ts';
import { nodeFileSystem } from '../source/index.ts';
import type { CreateDetector } from './detector.ts';
import { kernelThread } from './kernel-thread.ts';
import type { Request } from './protocol.ts';
import { RegexCache } from './regex-cache.ts';
import { WatchdogMemory } from './watchdog-memory.ts';
import { WorkerLoop } from './worker-loop.ts';

/** What the host gives a worker at its start. */
export interface WorkerStart {
  readonly memory: SharedArrayBuffer;
}

/** Runs detection in this worker thread, for the host that started it, until it is told to stop. */
export function runDetectionWorker(createDetector: CreateDetector): void {
  const port = parentPort;
  if (port === null) throw new Error('this module runs in a worker thread');
  const watch = new WatchdogMemory((workerData as WorkerStart).memory);
  watch.setThread(kernelThread());
  const rest = new MemoryRest(systemClock);
  const loop = new WorkerLoop({
    clock: systemClock,
    fs: nodeFileSystem,
    watch,
    createDetector,
    regexes: new RegexCache({ isWary: true }),
    send(answer) {
      rest.noteWork();
      port.postMessage(answer);
    },
    defer: (callback) => void setImmediate(callback),
  });
  port.on('message', (request: Request) => loop.handle(request));
  port.postMessage({ kind: 'ready' });
}
