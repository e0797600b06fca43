import { readlinkSync } from 'node:fs';

/** The kernel's number of this thread; 0 where /proc does not tell. */
export function kernelThread(): number {
  try {
    return Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  } catch {
    return 0;
  }
}
