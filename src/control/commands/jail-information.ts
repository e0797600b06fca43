import type { PythonValue } from '../../base/index.ts';
import type { JailApi } from '../server-api.ts';
import { banList, isBanned } from './bans.ts';
import { shown } from './shown.ts';
import { type CommandSpec, type HelpEntry, help } from './types.ts';

function get(
  name: string,
  show: (jail: JailApi) => PythonValue | Promise<PythonValue>,
  ...texts: string[]
): CommandSpec {
  const entries: HelpEntry[] = texts.map((text) => help(`get <JAIL> ${name}`, text));
  return { route: `get <JAIL> ${name}`, help: entries, run: (call) => show(call.jail()) };
}

/** What a jail is set to and whom it holds, in the order of the help. */
export const jailInformationCommands: readonly CommandSpec[] = [
  {
    route: 'get <JAIL> banned',
    help: [
      help('get <JAIL> banned', 'return banned IPs of <JAIL>'),
      help(
        'get <JAIL> banned <IP> ... <IP>]',
        'return 1 if IP is banned in <JAIL> otherwise 0, or a list of 1/0 for multiple IPs',
      ),
    ],
    run: isBanned,
  },
  get('logpath', shown.logPath, 'gets the list of the monitored files for <JAIL>'),
  get('logencoding', shown.logEncoding, 'gets the encoding of the log files for <JAIL>'),
  get('journalmatch', shown.journalMatch, 'gets the journal filter match for <JAIL>'),
  get('ignoreself', shown.ignoreSelf, 'gets the current value of the ignoring the own IP addresses'),
  get('ignoreip', shown.ignoreIp, 'gets the list of ignored IP addresses for <JAIL>'),
  get('ignorecommand', shown.ignoreCommand, 'gets ignorecommand of <JAIL>'),
  get('ignorecache', shown.ignoreCache),
  get('prefregex', shown.prefRegex),
  get(
    'failregex',
    shown.failRegex,
    'gets the list of regular expressions which matches the failures for <JAIL>',
  ),
  get(
    'ignoreregex',
    shown.ignoreRegex,
    'gets the list of regular expressions which matches patterns to ignore for <JAIL>',
  ),
  get(
    'findtime',
    shown.findTime,
    'gets the time for which the filter will look back for failures for <JAIL>',
  ),
  get('bantime', shown.banTime, 'gets the time a host is banned for <JAIL>'),
  get('datepattern', shown.datePattern, 'gets the pattern used to match date/times for <JAIL>'),
  get('logtimezone', shown.logTimeZone),
  get('logformat', shown.logFormat),
  get('usedns', shown.useDns, 'gets the usedns setting for <JAIL>'),
  {
    route: 'get <JAIL> banip',
    help: [
      help(
        'get <JAIL> banip [<SEP>|--with-time]',
        'gets the list of of banned IP addresses for <JAIL>. Optionally the separator character ' +
          "('<SEP>', default is space) or the option '--with-time' (printing the times of ban) may be specified. " +
          'The IPs are ordered by end of ban.',
      ),
    ],
    run: banList,
  },
  get('maxretry', shown.maxRetry, 'gets the number of failures allowed for <JAIL>'),
  get('maxmatches', shown.maxMatches, 'gets the max number of matches stored in memory per ticket in <JAIL>'),
  get('maxlines', shown.maxLines, 'gets the number of lines to buffer for <JAIL>'),
  get('actions', (jail) => [...jail.actionNames()], 'gets a list of actions for <JAIL>'),
  {
    route: 'get <JAIL> bantime.',
    help: [],
    run: (call) => call.jail().banTimeExtra(call.option) ?? null,
  },
];
