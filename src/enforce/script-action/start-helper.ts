import { type HelperEvents, type HelperProcess, holdOwnFile, startHelperProcess } from '../../base/index.ts';
import { longestMessage, parseScriptMessage, type ScriptMessage, type ScriptRequest } from './protocol.ts';

export type ScriptHelper = HelperProcess<ScriptRequest>;

export type StartScript = (events: HelperEvents<ScriptMessage>) => ScriptHelper;

/** Where the process's code is: beside this file while running from source, else beside the bundle. */
export function scriptHelperUrl(moduleUrl: string = import.meta.url): URL {
  return new URL(moduleUrl.endsWith('.ts') ? './helper.ts' : './script-action.js', moduleUrl);
}

const code = holdOwnFile(scriptHelperUrl());

/** Starts the real process. Throws if there can be none. */
export const startScript: StartScript = (events) =>
  startHelperProcess<ScriptRequest, ScriptMessage>(
    {
      code,
      heapMiB: 96,
      longestMessage,
      parse: parseScriptMessage,
      bounds: { residentMiB: 256, cpuSec: 300, errorBytes: 64 * 1024 },
    },
    events,
  );
