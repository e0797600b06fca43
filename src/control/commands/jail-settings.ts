import { attempt, banIp, unbanIp } from './bans.ts';
import { ruleCommands, sourceCommands } from './filter-settings.ts';
import { parseDatePattern, parseFindTime, parseLogTimeZone } from './filter-values.ts';
import {
  banTimeOptions,
  parseBanPrefix,
  parseIdle,
  parseIgnoreCache,
  parseMaxLines,
  parseUseDns,
  setBanTimeExtra,
} from './jail-values.ts';
import { change, integer, option, optionsCommand, text } from './option-command.ts';
import { shown } from './shown.ts';
import { type Call, type CommandSpec, furtherHelp, help } from './types.ts';
import { argAt, isTrue, secondsArg, textArgs } from './values.ts';

const truth = (call: Call): boolean => isTrue(argAt(call.args, 0));

const ignoring: readonly CommandSpec[] = [
  option(
    'ignoreself',
    'ignoreSelf',
    truth,
    shown.ignoreSelf,
    help('set <JAIL> ignoreself true|false', 'allows the ignoring of own IP addresses'),
  ),
  option(
    'dryrun',
    'dryRun',
    truth,
    shown.dryRun,
    furtherHelp(
      'set <JAIL> dryrun true|false',
      'makes the actions of <JAIL> say what they would do, and do nothing',
    ),
  ),
  change(
    'addignoreip',
    0,
    async (call) => {
      for (const entry of textArgs(call.args, 0)) await call.jail().addIgnoreIp(entry);
    },
    shown.ignoreIp,
    help('set <JAIL> addignoreip <IP>', 'adds <IP> to the ignore list of <JAIL>'),
  ),
  change(
    'delignoreip',
    1,
    (call) => call.jail().deleteIgnoreIp(text(call)),
    shown.ignoreIp,
    help('set <JAIL> delignoreip <IP>', 'removes <IP> from the ignore list of <JAIL>'),
  ),
  option(
    'ignorecommand',
    'ignoreCommand',
    text,
    shown.ignoreCommand,
    help('set <JAIL> ignorecommand <VALUE>', 'sets ignorecommand of <JAIL>'),
  ),
  option(
    'ignorecache',
    'ignoreCache',
    parseIgnoreCache,
    shown.ignoreCache,
    help('set <JAIL> ignorecache <VALUE>', 'sets ignorecache of <JAIL>'),
  ),
];

const times: readonly CommandSpec[] = [
  optionsCommand(
    'findtime',
    parseFindTime,
    shown.findTime,
    help(
      'set <JAIL> findtime <TIME>',
      'sets the number of seconds <TIME> for which the filter will look back for <JAIL>',
    ),
  ),
  option(
    'bantime',
    'banTimeSec',
    (call) => Math.trunc(secondsArg(call.args, 0)),
    shown.banTime,
    help('set <JAIL> bantime <TIME>', 'sets the number of seconds <TIME> a host will be banned for <JAIL>'),
  ),
  optionsCommand(
    'datepattern',
    parseDatePattern,
    shown.datePattern,
    help('set <JAIL> datepattern <PATTERN>', 'sets the <PATTERN> used to match date/times for <JAIL>'),
  ),
  optionsCommand(
    'logtimezone',
    parseLogTimeZone,
    shown.logTimeZone,
    furtherHelp('set <JAIL> logtimezone <ZONE>', 'sets the time zone of dates that name none for <JAIL>'),
  ),
  option(
    'logformat',
    'logFormat',
    text,
    shown.logFormat,
    furtherHelp(
      'set <JAIL> logformat <FORMAT>',
      'sets the format of the lines of <JAIL>: text, or json with its fields',
    ),
  ),
  {
    route: 'set <JAIL> bantime.',
    help: banTimeOptions.map((name) =>
      furtherHelp(
        `set <JAIL> bantime.${name} <VALUE>`,
        `sets bantime.${name} of <JAIL>, as in jail.conf(5); empty: takes it back`,
      ),
    ),
    least: 1,
    run: setBanTimeExtra,
    answer: (call) => call.jail().banTimeExtra(call.option) ?? null,
  },
];

const counting: readonly CommandSpec[] = [
  option(
    'maxretry',
    'maxRetry',
    integer,
    shown.maxRetry,
    help(
      'set <JAIL> maxretry <RETRY>',
      'sets the number of failures <RETRY> before banning the host for <JAIL>',
    ),
  ),
  option(
    'maxmatches',
    'maxMatches',
    integer,
    shown.maxMatches,
    help(
      'set <JAIL> maxmatches <INT>',
      'sets the max number of matches stored in memory per ticket in <JAIL>',
    ),
  ),
  option(
    'maxlines',
    'maxLines',
    parseMaxLines,
    shown.maxLines,
    help('set <JAIL> maxlines <LINES>', 'sets the number of <LINES> to buffer for regex search for <JAIL>'),
  ),
];

const widths: readonly CommandSpec[] = [
  option(
    'banprefix4',
    'banPrefix4',
    parseBanPrefix('banprefix4'),
    shown.banPrefix4,
    furtherHelp(
      'set <JAIL> banprefix4 <LENGTH>',
      'makes <JAIL> count and ban IPv4 networks of this prefix length; 32 for single addresses',
    ),
  ),
  option(
    'banprefix6',
    'banPrefix6',
    parseBanPrefix('banprefix6'),
    shown.banPrefix6,
    furtherHelp(
      'set <JAIL> banprefix6 <LENGTH>',
      'makes <JAIL> count and ban IPv6 networks of this prefix length; 128 for single addresses',
    ),
  ),
  option(
    'banprefix.escalate',
    'escalateAfter',
    parseBanPrefix('banprefix.escalate'),
    shown.escalateAfter,
    furtherHelp(
      'set <JAIL> banprefix.escalate <NUMBER>',
      'makes <JAIL> ban a network once so many of its addresses were banned within findtime; 0 for never',
    ),
  ),
];

const bans: readonly CommandSpec[] = [
  option(
    'usedns',
    'useDns',
    parseUseDns,
    shown.useDns,
    help('set <JAIL> usedns <VALUE>', 'sets the usedns mode for <JAIL>'),
  ),
  {
    route: 'set <JAIL> attempt',
    help: [help('set <JAIL> attempt <IP> [<failure1> ... <failureN>]', 'manually notify about <IP> failure')],
    run: attempt,
  },
  {
    route: 'set <JAIL> banip',
    help: [help('set <JAIL> banip <IP> ... <IP>', 'manually Ban <IP> for <JAIL>')],
    run: banIp,
  },
  {
    route: 'set <JAIL> unbanip',
    help: [help('set <JAIL> unbanip [--report-absent] <IP> ... <IP>', 'manually Unban <IP> in <JAIL>')],
    least: 1,
    run: unbanIp,
  },
];

const idle = option(
  'idle',
  'idle',
  parseIdle,
  shown.idle,
  help('set <JAIL> idle on|off', 'sets the idle state of <JAIL>'),
);

/** Settings of one jail. */
export const jailSettingsCommands: readonly CommandSpec[] = [
  idle,
  ...ignoring,
  ...sourceCommands,
  ...ruleCommands,
  ...times,
  ...widths,
  ...bans,
  ...counting,
];
