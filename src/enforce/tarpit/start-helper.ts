import { type HelperEvents, type HelperProcess, holdOwnFile, startHelperProcess } from '../../base/index.ts';
import { longestMessage, type PitMessage, type PitRequest, parsePitMessage } from './protocol.ts';

export type PitHelper = HelperProcess<PitRequest>;

export type StartPit = (events: HelperEvents<PitMessage>) => PitHelper;

/** Where the process's code is: beside this file while running from source, else beside the bundle. */
export function pitUrl(moduleUrl: string = import.meta.url): URL {
  return new URL(moduleUrl.endsWith('.ts') ? './helper.ts' : './tarpit.js', moduleUrl);
}

const code = holdOwnFile(pitUrl());

/** Starts the real process. Throws if there can be none. */
export const startPit: StartPit = (events) =>
  startHelperProcess<PitRequest, PitMessage>(
    {
      code,
      heapMiB: 64,
      // It reads no files; four threads for nothing would only take memory.
      environment: { UV_THREADPOOL_SIZE: '1' },
      longestMessage,
      parse: parsePitMessage,
    },
    events,
  );
