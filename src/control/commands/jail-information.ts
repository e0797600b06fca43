import type { PythonValue } from '../../base/index.ts';
import type { JailApi } from '../server-api.ts';
import { banList, isBanned } from './bans.ts';
import { banTimeOptions } from './jail-values.ts';
import { shown } from './shown.ts';
import { type CommandSpec, furtherHelp, type HelpEntry, help } from './types.ts';

function get(
  name: string,
  show: (jail: JailApi) => PythonValue | Promise<PythonValue>,
  entry: HelpEntry,
): CommandSpec {
  return { route: `get <JAIL> ${name}`, help: [entry], run: (call) => show(call.jail()) };
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
  get(
    'logpath',
    shown.logPath,
    help('get <JAIL> logpath', 'gets the list of the monitored files for <JAIL>'),
  ),
  get(
    'logencoding',
    shown.logEncoding,
    help('get <JAIL> logencoding', 'gets the encoding of the log files for <JAIL>'),
  ),
  get(
    'journalmatch',
    shown.journalMatch,
    help('get <JAIL> journalmatch', 'gets the journal filter match for <JAIL>'),
  ),
  get(
    'ignoreself',
    shown.ignoreSelf,
    help('get <JAIL> ignoreself', 'gets the current value of the ignoring the own IP addresses'),
  ),
  get(
    'ignoreip',
    shown.ignoreIp,
    help('get <JAIL> ignoreip', 'gets the list of ignored IP addresses for <JAIL>'),
  ),
  get('ignorecommand', shown.ignoreCommand, help('get <JAIL> ignorecommand', 'gets ignorecommand of <JAIL>')),
  get(
    'ignorecache',
    shown.ignoreCache,
    furtherHelp(
      'get <JAIL> ignorecache',
      'gets key, number and time of the answers of ignorecommand that <JAIL> keeps',
    ),
  ),
  get(
    'prefregex',
    shown.prefRegex,
    furtherHelp(
      'get <JAIL> prefregex',
      'gets the regular expression that a line must match first for <JAIL>',
    ),
  ),
  get(
    'failregex',
    shown.failRegex,
    help(
      'get <JAIL> failregex',
      'gets the list of regular expressions which matches the failures for <JAIL>',
    ),
  ),
  get(
    'ignoreregex',
    shown.ignoreRegex,
    help(
      'get <JAIL> ignoreregex',
      'gets the list of regular expressions which matches patterns to ignore for <JAIL>',
    ),
  ),
  get(
    'findtime',
    shown.findTime,
    help('get <JAIL> findtime', 'gets the time for which the filter will look back for failures for <JAIL>'),
  ),
  get('bantime', shown.banTime, help('get <JAIL> bantime', 'gets the time a host is banned for <JAIL>')),
  get(
    'datepattern',
    shown.datePattern,
    help('get <JAIL> datepattern', 'gets the pattern used to match date/times for <JAIL>'),
  ),
  get(
    'logtimezone',
    shown.logTimeZone,
    furtherHelp('get <JAIL> logtimezone', 'gets the time zone of dates that name none for <JAIL>'),
  ),
  get(
    'dryrun',
    shown.dryRun,
    furtherHelp('get <JAIL> dryrun', 'tells whether the actions of <JAIL> only say what they would do'),
  ),
  get(
    'banprefix4',
    shown.banPrefix4,
    furtherHelp('get <JAIL> banprefix4', 'gets the prefix length of what <JAIL> counts and bans in IPv4'),
  ),
  get(
    'banprefix6',
    shown.banPrefix6,
    furtherHelp('get <JAIL> banprefix6', 'gets the prefix length of what <JAIL> counts and bans in IPv6'),
  ),
  get(
    'banprefix.escalate',
    shown.escalateAfter,
    furtherHelp(
      'get <JAIL> banprefix.escalate',
      'gets the number of banned addresses of a network for which <JAIL> bans the network',
    ),
  ),
  get(
    'logformat',
    shown.logFormat,
    furtherHelp(
      'get <JAIL> logformat',
      'gets the format of the lines of <JAIL>: text, or json with its fields',
    ),
  ),
  get('usedns', shown.useDns, help('get <JAIL> usedns', 'gets the usedns setting for <JAIL>')),
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
  get(
    'maxretry',
    shown.maxRetry,
    help('get <JAIL> maxretry', 'gets the number of failures allowed for <JAIL>'),
  ),
  get(
    'maxmatches',
    shown.maxMatches,
    help('get <JAIL> maxmatches', 'gets the max number of matches stored in memory per ticket in <JAIL>'),
  ),
  get(
    'maxlines',
    shown.maxLines,
    help('get <JAIL> maxlines', 'gets the number of lines to buffer for <JAIL>'),
  ),
  get(
    'actions',
    (jail) => [...jail.actionNames()],
    help('get <JAIL> actions', 'gets a list of actions for <JAIL>'),
  ),
  {
    route: 'get <JAIL> bantime.',
    help: banTimeOptions.map((name) =>
      furtherHelp(`get <JAIL> bantime.${name}`, `gets bantime.${name} of <JAIL>, as in jail.conf(5)`),
    ),
    run: (call) => call.jail().banTimeExtra(call.option) ?? null,
  },
];
