import { type HelperEvents, type HelperProcess, holdOwnFile, startHelperProcess } from '../../base/index.ts';
import {
  type HelperMessage,
  type LookupRequest,
  longestMessage,
  mostLookups,
  parseHelperMessage,
} from './protocol.ts';

/** A helper that runs. */
export type Helper = HelperProcess<LookupRequest>;

export type StartHelper = (events: HelperEvents<HelperMessage>) => Helper;

/** Where the helper's code is: beside this file while running from source, else beside the bundle. */
export function helperUrl(moduleUrl: string = import.meta.url): URL {
  return new URL(moduleUrl.endsWith('.ts') ? './helper.ts' : './name-lookups.js', moduleUrl);
}

const code = holdOwnFile(helperUrl());

/** Starts the real helper. Throws if there can be no process. */
export const startHelper: StartHelper = (events) =>
  startHelperProcess<LookupRequest, HelperMessage>(
    {
      code,
      heapMiB: 24,
      environment: {
        // Half of the threads may look up names, so that each kind has all of its own.
        UV_THREADPOOL_SIZE: String(2 * 2 * mostLookups),
        // The C library gives up by itself before we would have to kill it.
        RES_OPTIONS: process.env.RES_OPTIONS ?? 'timeout:2 attempts:2',
      },
      longestMessage,
      parse: parseHelperMessage,
    },
    events,
  );
