import { type HelperEvents, type HelperProcess, holdOwnFile, startHelperProcess } from '../../base/index.ts';
import type { Pattern } from '../pattern.ts';
import { longestAnswer, parseVerdict, type Verdict } from './protocol.ts';

export type StartJudge = (events: HelperEvents<Verdict>) => HelperProcess<Pattern>;

/** Where the judge's code is: beside this file while running from source, else beside the bundle. */
export function judgeUrl(moduleUrl: string = import.meta.url): URL {
  return new URL(moduleUrl.endsWith('.ts') ? './helper.ts' : './regex-judge.js', moduleUrl);
}

const code = holdOwnFile(judgeUrl());

/** Starts the real judge. Throws if there can be no process. */
export const startJudge: StartJudge = (events) =>
  startHelperProcess<Pattern, Verdict>(
    { code, heapMiB: 256, longestMessage: longestAnswer, parse: parseVerdict },
    events,
  );
