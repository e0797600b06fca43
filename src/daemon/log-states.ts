import type { DetectionStatus } from '../detect/index.ts';
import type { JailSettings } from './jail-settings.ts';

/** How one of a jail's logs is; `path` is `the journal` for that. */
export interface LogStateOf {
  readonly path: string;
  readonly state: string;
  readonly reason: string;
}

/** Every log of a jail, and each of its patterns where no file at all matches any. */
export function logStates(
  { logPaths }: Pick<JailSettings, 'logPaths'>,
  detection: DetectionStatus | undefined,
): readonly LogStateOf[] {
  if (detection === undefined) return [];
  const { files, journal } = detection;
  if (journal !== undefined) return [...files, { path: 'the journal', ...journal }];
  if (files.length > 0) return files;
  return logPaths.map(({ pattern }) => ({ path: pattern, state: 'missing', reason: 'no file matches' }));
}
