import { silentLogger, systemClock } from '../base/index.ts';
import type { JailConfig } from '../config/index.ts';
import { createDetector } from '../detect/index.ts';
import { filterSettingsOf } from './check-rules.ts';

/** How a jail reads the dates of its lines: seconds since the epoch, or undefined. Throws where its rules cannot be used. */
export function lineDates(jail: JailConfig): (line: string) => number | undefined {
  const pulse = { begin: () => undefined, end: () => undefined };
  const detector = createDetector(filterSettingsOf(jail), {
    clock: systemClock,
    logger: silentLogger,
    pulse,
  });
  return (line) => detector.dateOf?.(line);
}
