import { type PythonValue, WarderError } from '../../base/index.ts';
import type { DatabaseOptions } from '../server-api.ts';
import { type Call, furtherHelp, help, type Section } from './types.ts';
import { argAt, intArg, isTrue, textArg, timeSpanValue } from './values.ts';

/** fail2ban's clients know only that it failed; the reason is kept as the cause and goes to the server's log. */
async function orFail(what: string, attempt: Promise<void>): Promise<void> {
  try {
    await attempt;
  } catch (cause) {
    // Options in brackets that cannot be read are a mistake of the person, not of the target.
    if (cause instanceof WarderError && cause.code === 'CONFIG_OPTION_LIST') throw cause;
    throw new WarderError('COMMAND_FAILED', `Failed to change ${what}`, { cause });
  }
}

/** Database options have no effect without one; fail2ban answers None then. */
function databaseOption(call: Call, change: (database: DatabaseOptions) => void): undefined {
  const database = call.api.database();
  if (database !== undefined) change(database);
  return undefined;
}

function setThread(call: Call): PythonValue {
  const options = argAt(call.args, 0);
  if (options instanceof Map) return null;
  throw new WarderError('COMMAND_VALUE', 'thread options are a dictionary', {
    hint: 'set them in fail2ban.conf: they have no effect here',
  });
}

/** Log level, target and syslog socket. */
export const loggingSection: Section = {
  title: 'LOGGING',
  commands: [
    {
      route: 'set loglevel',
      help: [
        help(
          'set loglevel <LEVEL>',
          'sets logging level to <LEVEL>. Levels: CRITICAL, ERROR, WARNING, NOTICE, INFO, ' +
            'DEBUG, TRACEDEBUG, HEAVYDEBUG or corresponding numeric value (50-5)',
        ),
      ],
      least: 1,
      run(call) {
        call.api.options.setLogLevel(textArg(call.args, 0));
        return undefined;
      },
      answer: (call) => call.api.options.logLevel(),
    },
    {
      route: 'get loglevel',
      help: [help('get loglevel', 'gets the logging level')],
      run: (call) => call.api.options.logLevel(),
    },
    {
      route: 'set logtarget',
      help: [
        help(
          'set logtarget <TARGET>',
          'sets logging target to <TARGET>. Can be STDOUT, STDERR, SYSLOG, SYSTEMD-JOURNAL or a file',
        ),
      ],
      least: 1,
      async run(call) {
        await orFail('log target', call.api.options.setLogTarget(textArg(call.args, 0)));
        return undefined;
      },
      answer: (call) => call.api.options.logTarget(),
    },
    {
      route: 'get logtarget',
      help: [help('get logtarget', 'gets logging target')],
      run: (call) => call.api.options.logTarget(),
    },
    {
      route: 'set syslogsocket',
      help: [
        help(
          'set syslogsocket auto|<SOCKET>',
          'sets the syslog socket path to auto or <SOCKET>. Only used if logtarget is SYSLOG',
        ),
      ],
      least: 1,
      async run(call) {
        await orFail('syslog socket', call.api.options.setSyslogSocket(textArg(call.args, 0)));
        return undefined;
      },
      answer: (call) => call.api.options.syslogSocket(),
    },
    {
      route: 'get syslogsocket',
      help: [help('get syslogsocket', 'gets syslog socket path')],
      run: (call) => call.api.options.syslogSocket(),
    },
    {
      route: 'flushlogs',
      help: [help('flushlogs', 'flushes the logtarget if a file and reopens it. For log rotation.')],
      run: (call) => call.api.flushLogs(),
    },
    {
      route: 'set allowipv6',
      help: [furtherHelp('set allowipv6 auto|yes|no', 'sets whether IPv6 addresses are banned')],
      least: 1,
      run(call) {
        const value = argAt(call.args, 0);
        call.api.options.setAllowIpv6(value === 'auto' ? 'auto' : isTrue(value));
        return undefined;
      },
      answer: (call) => argAt(call.args, 0),
    },
    // Python's thread stack size: nothing here has one, but configurations set it.
    { route: 'set thread', help: [], least: 1, run: setThread },
    { route: 'get thread', help: [], run: (): PythonValue => new Map([['stacksize', 0]]) },
  ],
};

/** The database file and what is kept in it. */
export const databaseSection: Section = {
  title: 'DATABASE',
  commands: [
    {
      route: 'set dbfile',
      help: [
        help(
          'set dbfile <FILE>',
          'set the location of fail2ban persistent datastore. Set to "None" to disable',
        ),
      ],
      least: 1,
      exclusive: true,
      async run(call) {
        await call.api.setDatabase(textArg(call.args, 0));
        return undefined;
      },
      answer: (call) => call.api.database()?.file ?? null,
    },
    {
      route: 'get dbfile',
      help: [help('get dbfile', 'get the location of fail2ban persistent datastore')],
      run: (call) => call.api.database()?.file ?? null,
    },
    {
      route: 'set dbmaxmatches',
      help: [help('set dbmaxmatches <INT>', 'sets the max number of matches stored in database per ticket')],
      run: (call) => databaseOption(call, (database) => database.setMaxMatches(intArg(call.args, 0))),
      answer: (call) => call.api.database()?.maxMatches() ?? null,
    },
    {
      route: 'get dbmaxmatches',
      help: [help('get dbmaxmatches', 'gets the max number of matches stored in database per ticket')],
      run: (call) => call.api.database()?.maxMatches() ?? null,
    },
    {
      route: 'set dbpurgeage',
      help: [
        help('set dbpurgeage <SECONDS>', 'sets the max age in <SECONDS> that history of bans will be kept'),
      ],
      run: (call) =>
        databaseOption(call, (database) => database.setPurgeAgeSec(timeSpanValue(argAt(call.args, 0)))),
      answer: (call) => call.api.database()?.purgeAgeSec() ?? null,
    },
    {
      route: 'get dbpurgeage',
      help: [help('get dbpurgeage', 'gets the max age in seconds that history of bans will be kept')],
      run: (call) => call.api.database()?.purgeAgeSec() ?? null,
    },
  ],
};
