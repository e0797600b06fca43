import type { LogFile } from './log-file.ts';
import type { LogReader } from './log-reader.ts';

/**
 * Where a file is to be read next: at the place of the reader that has come least far. Readers that are ahead skip what they
 * have, until all have met. Undefined when there is nothing to read for any of them.
 */
export function lowestPlace(readers: Iterable<LogReader>, file: LogFile): number | undefined {
  let lowest: number | undefined;
  for (const reader of readers) {
    const place = reader.active ? reader.placeIn(file) : undefined;
    if (place === undefined || !file.hasMore(place)) continue;
    if (lowest === undefined || place < lowest) lowest = place;
  }
  return lowest;
}
