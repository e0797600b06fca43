import { closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A file of our own program that is started or loaded later, as it was when we were. */
export interface OwnFile {
  /** Where it can be read now: its own path, or a name of the kernel for what an upgrade has replaced. */
  path(): string;
  /** The same for a worker thread. */
  url(): URL;
}

/**
 * Keeps a file at hand. A package that is upgraded while we run replaces or removes our files; what we start then must still be
 * what fits to us, so the file is held open. Sources, which nobody replaces as a whole, are not.
 */
export function holdOwnFile(place: URL): OwnFile {
  const own = fileURLToPath(place);
  const held = own.endsWith('.ts') ? undefined : hold(own);
  const path = (): string => (held === undefined || isStill(own, held) ? own : held.path);
  return {
    path,
    url() {
      const now = path();
      return now === own ? pathToFileURL(own) : asData(now);
    },
  };
}

/** The program that runs us, for starting another of it. */
export function ownRuntime(): string {
  const running = `/proc/${process.pid}/exe`;
  return isSameFile(process.execPath, running) ? process.execPath : running;
}

interface Held {
  /** For our children too, while we live. */
  readonly path: string;
  readonly device: bigint;
  readonly inode: bigint;
  readonly changedNs: bigint;
}

/** Undefined where it is not there: starting it says so. */
function hold(path: string): Held | undefined {
  try {
    const fd = openSync(path, 'r');
    try {
      const { dev, ino, mtimeNs } = fstatSync(fd, { bigint: true });
      return { path: `/proc/${process.pid}/fd/${fd}`, device: dev, inode: ino, changedNs: mtimeNs };
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  } catch {
    return undefined;
  }
}

function isStill(path: string, { device, inode, changedNs }: Held): boolean {
  const now = statSync(path, { bigint: true, throwIfNoEntry: false });
  return now?.dev === device && now.ino === inode && now.mtimeNs === changedNs;
}

function isSameFile(left: string, right: string): boolean {
  try {
    const [a, b] = [statSync(left, { bigint: true }), statSync(right, { bigint: true })];
    return a.dev === b.dev && a.ino === b.ino;
  } catch {
    return false;
  }
}

/** A thread is loaded by address, and its loader would follow the kernel's name to a path that is gone. */
function asData(path: string): URL {
  return new URL(`data:text/javascript;base64,${readFileSync(path, 'base64')}`);
}
