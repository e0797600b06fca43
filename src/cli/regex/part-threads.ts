import { Worker } from 'node:worker_threads';
import type { PartRequest, PartResult } from './part.ts';

/** A part that is being tried. */
export interface StartedPart {
  /** Never rejects: trouble is `unsure`. */
  readonly result: Promise<PartResult>;
  stop(): Promise<void>;
}

export type StartPart = (request: PartRequest) => StartedPart;

/** Where the code of a thread is: beside this file while running from source, else beside the bundle. */
export function partUrl(moduleUrl: string = import.meta.url): URL {
  return new URL(moduleUrl.endsWith('.ts') ? './part-thread.ts' : './log-part.js', moduleUrl);
}

/** Starts a thread that tries a part of a log. */
export const startPartThread: StartPart = (request) => {
  const worker = new Worker(partUrl(), { workerData: request });
  const result = new Promise<PartResult>((resolve) => {
    worker.once('message', resolve);
    worker.once('error', () => resolve({ kind: 'unsure' }));
    worker.once('exit', () => resolve({ kind: 'unsure' }));
  });
  return { result, stop: async () => void (await worker.terminate()) };
};
