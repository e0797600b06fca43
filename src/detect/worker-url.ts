import { holdOwnFile } from '../base/index.ts';

/**
 * Where the code of a worker is: beside this file while running from source, beside the bundle as `detect-worker.js`
 * after a build.
 */
export function workerUrl(moduleUrl: string = import.meta.url): URL {
  return new URL(moduleUrl.endsWith('.ts') ? './worker.ts' : './detect-worker.js', moduleUrl);
}

/** The code of a worker, which the watchdog may start anew at any time. */
export const workerCode = holdOwnFile(workerUrl());
