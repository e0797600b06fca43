import { type HelperEvents, holdOwnFile, type RunningHelper, startHelperProcess } from '../base/index.ts';
import { longestMessage, parseWebMessage, type WebMessage, type WebRequest } from './protocol.ts';
import { pageFolder } from './serve/page.ts';

export type WebHelper = RunningHelper<WebRequest>;

export type StartWeb = (events: HelperEvents<WebMessage>) => WebHelper;

/** Where the process's code is: beside this file while running from source, else beside the bundle. */
export function webUrl(moduleUrl: string = import.meta.url): URL {
  return new URL(moduleUrl.endsWith('.ts') ? './helper.ts' : './web.js', moduleUrl);
}

const code = holdOwnFile(webUrl());

/** What starts the real process; it throws if there can be none. `environment`: a test tells where the page's files are. */
export function webStarter(environment: Readonly<Record<string, string>> = {}): StartWeb {
  return (events) =>
    startHelperProcess<WebRequest, WebMessage>(
      {
        code,
        heapMiB: 96,
        environment: { WARDER_PAGE: pageFolder(), ...environment },
        longestMessage,
        parse: parseWebMessage,
      },
      events,
    );
}
