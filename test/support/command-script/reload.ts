import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandLine, untilBanned } from './types.ts';

/** A configuration of one jail, which the client reads and sends; the database is that of the server. */
export function writeConfiguration(folder: string, database: string, logs: string): void {
  for (const name of ['', 'filter.d', 'action.d']) mkdirSync(join(folder, name));
  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
  write('fail2ban.conf', [
    '[Definition]',
    ...['loglevel = INFO', 'logtarget = STDERR', 'syslogsocket = auto', 'allowipv6 = auto'],
    ...[`dbfile = ${database}`, 'dbmaxmatches = 7', 'dbpurgeage = 1mo'],
    ...['[Thread]', 'stacksize = 0'],
  ]);
  write('filter.d/app.conf', [
    '[Definition]',
    'prefregex = ^app: <F-CONTENT>.+</F-CONTENT>$',
    'failregex = ^bad login of <F-USER>\\S+</F-USER> from <ADDR>$',
    '            ^no such user from <HOST>$',
    'ignoreregex = ^from the monitor',
    'datepattern = {^LN-BEG}%%Y-%%m-%%d %%H:%%M:%%S',
  ]);
  write('action.d/note.conf', [
    '[Definition]',
    'actionstart = true start <name>',
    'actionban = true <ip> <F-USER> "<port>"',
    'actionunban = true',
    '[Init]',
    ...['name = default', 'port = 0:65535', 'timeout = 20'],
  ]);
  write('jail.conf', [
    '[DEFAULT]',
    ...['bantime = 1h', 'findtime = 1.5h', 'maxretry = 4', 'maxmatches = 6', 'usedns = no'],
    ...['ignoreip = 198.51.100.0/24', 'ignorecommand =', 'logencoding = utf-8', 'enabled = false'],
    '[app]',
    ...['enabled = true', 'backend = polling', 'filter = app', `logpath = ${logs}/a.log`],
    `          ${logs}/b.log tail`,
    ...['action = note[name=app, port="80,443"]', 'bantime.increment = true', 'bantime.maxtime = 1mo'],
  ]);
}

const settings = [
  ...[
    'logpath',
    'logencoding',
    'ignoreself',
    'ignoreip',
    'ignorecommand',
    'ignorecache',
    'prefregex',
    'failregex',
  ],
  ...[
    'ignoreregex',
    'findtime',
    'bantime',
    'datepattern',
    'usedns',
    'maxretry',
    'maxmatches',
    'maxlines',
    'actions',
  ],
  ...['bantime.increment', 'bantime.maxtime', 'banip'],
];

/** What the client's reading of it makes of a server, and what reloads keep. */
export const reloadCommands: readonly CommandLine[] = [
  ['reload'],
  ['status'],
  ['status', 'app'],
  ['get', 'dbfile'],
  ['get', 'dbmaxmatches'],
  ['get', 'dbpurgeage'],
  ...settings.map((name) => ['get', 'app', name]),
  ...['actionstart', 'actionban', 'actionunban', 'timeout', 'name', 'port'].map((name) => [
    'get',
    'app',
    'action',
    'note',
    name,
  ]),
  ['get', 'app', 'actionproperties', 'note'],
  ['set', 'app', 'banip', '192.0.2.1', '192.0.2.2'],
  ['set', 'app', 'maxretry', '9'],
  ['reload'],
  ['get', 'app', 'maxretry'],
  ['get', 'app', 'banned'],
  ['set', 'app', 'addfailregex', '^more <ADDR>$'],
  ['reload', 'app'],
  ['get', 'app', 'failregex'],
  ['get', 'app', 'banned'],
  ['reload', '--unban', 'app'],
  ['get', 'app', 'banned'],
  ['set', 'app', 'banip', '192.0.2.3'],
  ['reload', '--restart', 'app'],
  untilBanned('app', 1),
  ['status', 'app', 'short'],
  ['restart', 'app'],
  untilBanned('app', 1),
  ['restart', '--unban', 'app'],
  ['status', 'app', 'basic'],
  ['add', 'gone', 'polling'],
  ['start', 'gone'],
  ['reload', '--all'],
  ['status'],
  ['reload', '--restart'],
  ['reload', '--restart', '--unban', '--all'],
  ['reload', 'nojail'],
  ['reload', '--if-exists', 'nojail'],
  ['restart', '--if-exists', 'nojail'],
  ['reload', '--bogus'],
  ['reload', 'a', 'b'],
  ['status', 'app'],
];
