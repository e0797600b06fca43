import type { PythonValue } from '../../base/index.ts';
import type { JailApi, JailOptions } from '../server-api.ts';
import { attempt, banIp, unbanIp } from './bans.ts';
import {
  checkFile,
  checkRegexes,
  parseDatePattern,
  parseFindTime,
  parseLogEncoding,
  parseLogTimeZone,
  parsePrefRegex,
} from './filter-values.ts';
import {
  banTimeOptions,
  parseIdle,
  parseIgnoreCache,
  parseMaxLines,
  parseUseDns,
  setBanTimeExtra,
  tailWanted,
} from './jail-values.ts';
import { shown } from './shown.ts';
import { type Call, type CommandSpec, furtherHelp, type HelpEntry, help } from './types.ts';
import { argAt, intArg, isTrue, secondsArg, textArg, textArgs } from './values.ts';

type Show = (jail: JailApi) => PythonValue | Promise<PythonValue>;

/** `set JAIL NAME VALUE` for an option with one value; the answer is the value in force. */
function option<K extends keyof JailOptions>(
  name: string,
  key: K,
  parse: (call: Call) => JailOptions[K],
  show: Show,
  ...entries: HelpEntry[]
): CommandSpec {
  return optionsCommand(name, (call) => ({ [key]: parse(call) }), show, ...entries);
}

/** The same for a value that takes more than one option, or has to be looked at before it is taken. */
function optionsCommand(
  name: string,
  parse: (call: Call) => Partial<JailOptions> | Promise<Partial<JailOptions>>,
  show: Show,
  ...entries: HelpEntry[]
): CommandSpec {
  return {
    route: `set <JAIL> ${name}`,
    help: entries,
    least: 1,
    async run(call) {
      const values = await parse(call);
      await call.jail().setOptions(values);
      return undefined;
    },
    answer: (call) => show(call.jail()),
  };
}

/** `set JAIL addX …` and `set JAIL delX …`; the answer is the whole list. */
function change(
  name: string,
  least: number,
  apply: (call: Call) => Promise<void>,
  show: Show,
  ...entries: HelpEntry[]
): CommandSpec {
  return {
    route: `set <JAIL> ${name}`,
    help: entries,
    least,
    async run(call) {
      await apply(call);
      return undefined;
    },
    // A multi-set of regexes is answered with True alone.
    answer: (call) => call.multiple || show(call.jail()),
  };
}

const text = (call: Call): string => textArg(call.args, 0);
const integer = (call: Call): number => intArg(call.args, 0);
const truth = (call: Call): boolean => isTrue(argAt(call.args, 0));
/** One regex, or in a `multi-set` a list of them. */
const regexes = (call: Call): string[] => textArgs(call.args.slice(0, 1), 0);

const sources: readonly CommandSpec[] = [
  change(
    'addlogpath',
    1,
    async (call) => {
      const tail = tailWanted(call);
      const jail = call.jail();
      if (!call.quiet) checkFile(text(call));
      await jail.addLogPath(text(call), tail);
    },
    shown.logPath,
    help(
      "set <JAIL> addlogpath <FILE> ['tail']",
      "adds <FILE> to the monitoring list of <JAIL>, optionally starting at the 'tail' of the file (default 'head').",
    ),
  ),
  change(
    'dellogpath',
    1,
    (call) => call.jail().deleteLogPath(text(call)),
    shown.logPath,
    help('set <JAIL> dellogpath <FILE>', 'removes <FILE> from the monitoring list of <JAIL>'),
  ),
  optionsCommand(
    'logencoding',
    parseLogEncoding,
    shown.logEncoding,
    help('set <JAIL> logencoding <ENCODING>', 'sets the <ENCODING> of the log files for <JAIL>'),
  ),
  change(
    'addjournalmatch',
    0,
    (call) => call.jail().addJournalMatch(textArgs(call.args, 0)),
    shown.journalMatch,
    help('set <JAIL> addjournalmatch <MATCH>', 'adds <MATCH> to the journal filter of <JAIL>'),
  ),
  change(
    'deljournalmatch',
    0,
    (call) => call.jail().deleteJournalMatch(textArgs(call.args, 0)),
    shown.journalMatch,
    help('set <JAIL> deljournalmatch <MATCH>', 'removes <MATCH> from the journal filter of <JAIL>'),
  ),
];

const rules: readonly CommandSpec[] = [
  optionsCommand(
    'prefregex',
    parsePrefRegex,
    shown.prefRegex,
    furtherHelp(
      'set <JAIL> prefregex <REGEX>',
      'sets the regular expression that a line must match first for <JAIL>; empty: none',
    ),
  ),
  change(
    'addfailregex',
    1,
    async (call) => {
      await checkRegexes(call, 'failRegex', regexes(call));
      await call.jail().addFailRegex(regexes(call));
    },
    shown.failRegex,
    help(
      'set <JAIL> addfailregex <REGEX>',
      'adds the regular expression <REGEX> which must match failures for <JAIL>',
    ),
  ),
  change(
    'delfailregex',
    1,
    (call) => call.jail().deleteFailRegex(integer(call)),
    shown.failRegex,
    help('set <JAIL> delfailregex <INDEX>', 'removes the regular expression at <INDEX> for failregex'),
  ),
  change(
    'addignoreregex',
    1,
    async (call) => {
      await checkRegexes(call, 'ignoreRegex', regexes(call));
      await call.jail().addIgnoreRegex(regexes(call));
    },
    shown.ignoreRegex,
    help(
      'set <JAIL> addignoreregex <REGEX>',
      'adds the regular expression <REGEX> which should match pattern to exclude for <JAIL>',
    ),
  ),
  change(
    'delignoreregex',
    1,
    (call) => call.jail().deleteIgnoreRegex(integer(call)),
    shown.ignoreRegex,
    help('set <JAIL> delignoreregex <INDEX>', 'removes the regular expression at <INDEX> for ignoreregex'),
  ),
];

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
  ...sources,
  ...rules,
  ...times,
  ...bans,
  ...counting,
];
