import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whose server it is. */
export type ServerKind = 'warder' | 'fail2ban';

export interface JailPlan {
  readonly name: string;
  /** As `filter` in a jail: a name, with parameters or without. */
  readonly filter: string;
  readonly logPaths: readonly string[];
  /** Further options of the jail. */
  readonly options?: Readonly<Record<string, string>>;
}

export interface ServerPlan {
  readonly jails: readonly JailPlan[];
  /** Filters besides those that are installed: name → text of the file. */
  readonly filters?: Readonly<Record<string, string>>;
  /** Whose filters: those of the installed fail2ban, for both servers, or our own. */
  readonly rules?: 'installed' | 'own';
  readonly logLevel?: string;
  /** Further variables for the server. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A folder with a whole configuration: nothing of the server is outside, and its action does nothing. */
export interface ServerHome {
  readonly folder: string;
  readonly socketPath: string;
  readonly pidPath: string;
  readonly logPath: string;
}

const installedFilters = '/etc/fail2ban/filter.d';

/** Writes the configuration. Failures count for a day, bans are for longer than any run, five failures make one. */
export function writeServerHome(folder: string, plan: ServerPlan): ServerHome {
  const home = {
    folder,
    socketPath: join(folder, 'server.sock'),
    pidPath: join(folder, 'server.pid'),
    logPath: join(folder, 'server.log'),
  };
  for (const name of ['filter.d', 'action.d']) mkdirSync(join(folder, name), { recursive: true });
  if (plan.rules !== 'own') {
    for (const name of readdirSync(installedFilters)) {
      symlinkSync(join(installedFilters, name), join(folder, 'filter.d', name));
    }
  }
  for (const [name, text] of Object.entries(plan.filters ?? {})) {
    writeFileSync(join(folder, 'filter.d', `${name}.conf`), text);
  }
  writeFileSync(join(folder, 'action.d', 'nothing.conf'), '[Definition]\nactionban =\nactionunban =\n');
  writeFileSync(
    join(folder, 'fail2ban.conf'),
    `[Definition]
allowipv6 = auto
loglevel = ${plan.logLevel ?? 'INFO'}
logtarget = ${home.logPath}
syslogsocket = auto
socket = ${home.socketPath}
pidfile = ${home.pidPath}
dbfile = ${join(folder, 'server.sqlite3')}
dbpurgeage = 1d
dbmaxmatches = 10
[Thread]
stacksize = 0
`,
  );
  writeFileSync(join(folder, 'jail.conf'), `${defaults}${plan.jails.map(jailText).join('')}`);
  return home;
}

const defaults = `[DEFAULT]
enabled = true
backend = polling
usedns = no
ignoreself = false
ignoreip =
maxretry = 5
findtime = 1d
bantime = 1d
action = nothing
`;

function jailText({ name, filter, logPaths, options }: JailPlan): string {
  const others = Object.entries(options ?? {}).map(([key, value]) => `${key} = ${value}\n`);
  const paths = logPaths.join('\n  ');
  return `[${name}]\nfilter = ${filter}\nlogpath = ${paths}\n${others.join('')}`;
}
