import { fileURLToPath } from 'node:url';
import { type HelperEvents, type RunningHelper, startHelperProcess } from '../base/index.ts';
import { longestMessage, parseWebMessage, type WebMessage, type WebRequest } from './protocol.ts';

export type WebHelper = RunningHelper<WebRequest>;

export type StartWeb = (events: HelperEvents<WebMessage>) => WebHelper;

/** Where the process's code is: beside this file while running from source, else beside the bundle. */
export function webUrl(moduleUrl: string = import.meta.url): URL {
  return new URL(moduleUrl.endsWith('.ts') ? './helper.ts' : './web.js', moduleUrl);
}

/** What starts the real process; it throws if there can be none. `environment`: a test tells where the page's files are. */
export function webStarter(environment: Readonly<Record<string, string>> = {}): StartWeb {
  return (events) =>
    startHelperProcess<WebRequest, WebMessage>(
      { path: fileURLToPath(webUrl()), heapMiB: 96, environment, longestMessage, parse: parseWebMessage },
      events,
    );
}
