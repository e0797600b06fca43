import { checkFile, checkRegexes, parseLogEncoding, parsePrefRegex } from './filter-values.ts';
import { tailWanted } from './jail-values.ts';
import { change, integer, optionsCommand, text } from './option-command.ts';
import { shown } from './shown.ts';
import { type Call, type CommandSpec, furtherHelp, help } from './types.ts';
import { textArgs } from './values.ts';

/** One regex, or in a `multi-set` a list of them. */
const regexes = (call: Call): string[] => textArgs(call.args.slice(0, 1), 0);

/** Where a jail's lines come from. */
export const sourceCommands: readonly CommandSpec[] = [
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

/** What it looks for in them. */
export const ruleCommands: readonly CommandSpec[] = [
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
