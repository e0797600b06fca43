import { ManualClock, MemoryLogger } from '../../src/base/index.ts';
import {
  createDetector,
  type Detector,
  type DetectorDeps,
  type Failure,
  type FilterSettings,
  type LogMemory,
  sharedCompiler,
} from '../../src/detect/index.ts';

const compile = sharedCompiler();

/** A detector under test with its clock, log and what was written. */
export interface TestDetector {
  readonly detector: Detector;
  readonly clock: ManualClock;
  readonly logger: MemoryLogger;
  /** The memory of its one log. */
  readonly log: LogMemory;
  /** Calls of the pulse in order: the rule's number at its begin, `end` at its end. */
  readonly pulses: (number | 'end')[];
  /** Feeds lines and returns their failures. */
  feed(...lines: string[]): Failure[];
}

/** 2026-11-22T15:28:49Z. */
export const testNowSec = Date.parse('2026-11-22T15:28:49Z') / 1000;

/** A log's memory before its first line. */
export function newLog(inOperation = true): LogMemory {
  return { inOperation, lastDateSec: undefined, lastDateText: undefined, lastSeenAtSec: undefined };
}

/** Makes a detector with one rule, `fail .* from <HOST>$`, unless the settings say otherwise. */
export function testDetector(
  settings: Partial<FilterSettings> = {},
  deps: Partial<DetectorDeps> = {},
): TestDetector {
  const clock = new ManualClock(testNowSec);
  const logger = new MemoryLogger();
  const log = newLog();
  const pulses: (number | 'end')[] = [];
  const pulse = { begin: (rule: number) => void pulses.push(rule), end: () => void pulses.push('end') };
  const full: FilterSettings = {
    jail: 'test',
    failRegex: ['fail (?:<F-USER>\\S+</F-USER> )?from <HOST>$'],
    ignoreRegex: [],
    useDns: 'warn',
    maxLines: 1,
    findTimeSec: 600,
    ...settings,
  };
  const detector = createDetector(full, { clock, pulse, logger, compile, ...deps });
  return {
    detector,
    clock,
    logger,
    log,
    pulses,
    feed: (...lines) => lines.flatMap((line) => [...detector.feed(line, undefined, log)]),
  };
}
