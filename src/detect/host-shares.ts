import { expandGlob, nodeFileSystem, type SourceSettings } from '../source/index.ts';

/** Files that one pattern is looked at for; more are read all the same. */
const mostFiles = 1000;

/**
 * What a jail reads, so that jails with something in common can share a reader: each file that is there, and
 * each pattern as written, since its files may come later. The journal has a reader for each jail, so nothing is shared.
 */
export function sharesOf(source: SourceSettings): ReadonlySet<string> {
  if (source.backend === 'systemd') return new Set();
  const shares = new Set<string>();
  for (const { pattern } of source.logPaths) {
    shares.add(pattern);
    for (const path of expandGlob(pattern, nodeFileSystem, mostFiles).paths) shares.add(path);
  }
  return shares;
}
