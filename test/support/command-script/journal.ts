import type { CommandLine } from './types.ts';

/** Jails that read the journal, and backends. */
export const journalCommands: readonly CommandLine[] = [
  ['add', 's', 'systemd'],
  ['status', 's'],
  ['get', 's', 'journalmatch'],
  ['set', 's', 'addjournalmatch', '_COMM=sshd'],
  ['set', 's', 'addjournalmatch', '_SYSTEMD_UNIT=a.service', '_UID=0', '+', '_COMM=x'],
  ['set', 's', 'addjournalmatch', '_COMM=a', '+', '_COMM=b'],
  ['get', 's', 'journalmatch'],
  ['status', 's'],
  ['status', 's', 'short'],
  ['set', 's', 'deljournalmatch', '_COMM=a'],
  ['set', 's', 'deljournalmatch', '_COMM=b'],
  ['set', 's', 'deljournalmatch', '_COMM=none'],
  ['set', 's', 'deljournalmatch', '_COMM=sshd'],
  ['get', 's', 'journalmatch'],
  ['set', 's', 'addjournalmatch', 'nofield'],
  ['get', 's', 'journalmatch'],
  ['set', 's', 'deljournalmatch'],
  ['set', 's', 'addjournalmatch'],
  ['get', 's', 'journalmatch'],
  ['get', 's', 'logpath'],
  ['set', 's', 'dellogpath', '{logs}/a.log'],
  ['stop', 's'],
  ['add', 's', 'systemd[bogus=1]'],
  ['add', 's', 'polling[broken'],
  ['status'],
  ['add', 'p', 'pyinotify'],
  ['set', 'p', 'addlogpath', '{logs}/a.log', 'tail'],
  ['status', 'p'],
  ['stop', 'p'],
  ['add', 'auto-one', 'auto'],
  ['stop', 'auto-one'],
  ['add', ''],
  ['status'],
  ['stop', ''],
];

/** A jail that is about to see failures in its log. */
export const liveJail: readonly CommandLine[] = [
  ['add', 'live', 'polling'],
  ['set', 'live', 'usedns', 'no'],
  ['set', 'live', 'addlogpath', '{logs}/live.log'],
  ['set', 'live', 'addfailregex', 'bad login of <F-USER>\\S+</F-USER> from <ADDR>$'],
  ['set', 'live', 'maxretry', '3'],
  ['set', 'live', 'findtime', '1h'],
  ['set', 'live', 'bantime', '2h'],
  ['set', 'live', 'addaction', 'note'],
  ['set', 'live', 'action', 'note', 'actionban', 'true <ip> <F-USER>'],
  ['start', 'live'],
];

/** What is said of it when they were counted. */
export const liveCommands: readonly CommandLine[] = [
  ['status', 'live'],
  ['status', 'live', 'short'],
  ['get', 'live', 'banned'],
  ['get', 'live', 'banip'],
  ['get', 'live', 'banip', '--with-time'],
  ['banned', '192.0.2.80', '192.0.2.81', '203.0.113.9'],
  ['set', 'live', 'idle', 'on'],
  ['status', 'live'],
  ['set', 'live', 'unbanip', '192.0.2.80'],
  ['status', 'live'],
  ['set', 'live', 'attempt', '203.0.113.9', 'one', 'two'],
  ['stop', 'live'],
];
