import type { DetectionHosts } from '../detect/index.ts';

/** Reading and matching for all jails: the worker's host, or a test's own. */
export type Detection = Pick<
  DetectionHosts,
  | 'start'
  | 'stop'
  | 'addJail'
  | 'updateJail'
  | 'removeJail'
  | 'injectLine'
  | 'backendOf'
  | 'filesOf'
  | 'jailStatus'
>;
