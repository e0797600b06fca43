import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where an administrator's configuration lies. */
export const systemConfig = '/etc/fail2ban';

/** fail2ban's places for what a running server needs; only root can use them. */
export const systemPaths = {
  socket: '/var/run/fail2ban/fail2ban.sock',
  pidfile: '/var/run/fail2ban/fail2ban.pid',
  logtarget: '/var/log/fail2ban.log',
  dbfile: '/var/lib/fail2ban/fail2ban.sqlite3',
} as const;

export type PathOption = keyof typeof systemPaths;

/** What the choice of paths looks at; a test gives its own. */
export interface UserPlace {
  readonly isRoot: boolean;
  readonly home: string;
  readonly runtimeDir: string | undefined;
  readonly stateDir: string | undefined;
}

export function currentUser(): UserPlace {
  return {
    isRoot: process.getuid?.() === 0,
    home: homedir(),
    runtimeDir: absolute(process.env.XDG_RUNTIME_DIR),
    stateDir: absolute(process.env.XDG_STATE_HOME),
  };
}

/**
 * The paths of an ordinary user's own server: socket and pid file where the session keeps such things, or, without a session,
 * beside log and database in the user's state folder.
 */
export function userPaths(user: UserPlace): Readonly<Record<PathOption, string>> {
  const state = join(user.stateDir ?? join(user.home, '.local', 'state'), 'warder');
  const runtime = user.runtimeDir === undefined ? join(state, 'run') : join(user.runtimeDir, 'warder');
  return {
    socket: join(runtime, 'fail2ban.sock'),
    pidfile: join(runtime, 'fail2ban.pid'),
    logtarget: join(state, 'fail2ban.log'),
    dbfile: join(state, 'fail2ban.sqlite3'),
  };
}

/**
 * The path to use for an option: as configured, except that an ordinary user gets a place of his own instead of the
 * system's.
 */
export function resolvePath(option: PathOption, configured: string, user: UserPlace): string {
  if (user.isRoot || normal(configured) !== systemPaths[option]) return configured;
  return userPaths(user)[option];
}

/** The configuration that we ship: beside the program in a checkout, else where the package puts it. */
export function shippedConfig(programFolder: string = import.meta.dirname): string {
  const places = [join(programFolder, '..', '..', 'config'), join(programFolder, '..', 'config')];
  return places.find((place) => existsSync(join(place, 'jail.conf'))) ?? '/usr/share/warder';
}

/** /run and /var/run are the same on every system of today. */
function normal(path: string): string {
  return path.startsWith('/run/') ? `/var${path}` : path;
}

function absolute(path: string | undefined): string | undefined {
  return path?.startsWith('/') ? path : undefined;
}
