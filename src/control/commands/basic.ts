import { type PythonValue, WarderError } from '../../base/index.ts';
import { statistics } from './status.ts';
import { tarpitCommand } from './tarpit.ts';
import { type Call, type CommandSpec, furtherHelp, help, type Section } from './types.ts';
import { floatArg, incomplete, textArg, textArgs } from './values.ts';
import { healthCommand, webCommand, whyCommand } from './why.ts';

const longestSleepSec = 600;

async function sleep(call: Call): Promise<null> {
  const durationSec = floatArg(call.args, 0);
  if (!(durationSec >= 0 && durationSec <= longestSleepSec)) {
    throw new WarderError('COMMAND_VALUE', `sleep takes 0 to ${longestSleepSec} seconds`);
  }
  await new Promise((resolve) => setTimeout(resolve, durationSec * 1000));
  return null;
}

/** Ours: `stop --keep-bans`, which comes before a start. */
const keepBans = '--keep-bans';

/** `stop`, `stop --all` and `stop JAIL` in one: the argument decides. */
async function stop(call: Call): Promise<null> {
  if (call.args.length === 0) await call.api.shutdown();
  else if (call.args[0] === keepBans) await call.api.shutdown({ keepBans: true });
  else if (call.args[0] === '--all') await call.api.stopAllJails();
  else await call.api.stopJail(textArg(call.args, 0));
  return null;
}

async function unban(call: Call): Promise<number> {
  if (call.args.length === 0) throw new WarderError('COMMAND_UNKNOWN', 'Invalid command');
  const ids = textArgs(call.args, 0);
  return call.api.unban(ids.length === 1 && ids[0] === '--all' ? undefined : ids);
}

async function ban(call: Call): Promise<number> {
  const ids = textArgs(call.args, 0);
  if (ids.length === 0) throw incomplete();
  return call.api.ban(ids);
}

/** Without addresses every jail with its bans; with them, for each the jails that hold it. */
function banned(call: Call): PythonValue {
  const jails = call.api.jailNames().map((name) => call.api.jail(name));
  const ids = textArgs(call.args, 0);
  if (ids.length > 0) {
    return ids.map((id) => jails.filter((jail) => jail.isBanned(id)).map((jail) => jail.name));
  }
  return jails.map((jail) => new Map([[jail.name, [...jail.bannedIds()]]]));
}

/** `echo WORD…`: the words come back. */
function echo(call: Call): PythonValue {
  return [...call.args];
}

const statisticsNames = ['stats', 'statistic', 'statistics'];

/** Commands that fail2ban's help does not name: for programs, of later releases, and our own. */
const further: readonly CommandSpec[] = [
  {
    route: 'sleep',
    help: [furtherHelp('sleep <SECONDS>', 'answers after so many seconds')],
    least: 1,
    run: sleep,
  },
  { route: 'server-status', help: [], run: () => 'Server ready' },
  {
    route: 'config-error',
    help: [],
    least: 1,
    run(call) {
      call.api.reportConfigError(textArg(call.args, 0));
      return null;
    },
  },
  // Our client asks it before a reload: a server that reads the same folders can do so itself.
  {
    route: 'own-configuration',
    help: [],
    run: (call) => [...(call.api.ownConfiguration?.layers ?? [])],
  },
  // Later releases of fail2ban have it under three names.
  ...statisticsNames.map((route) => ({
    route,
    help: [furtherHelp(route, 'shows backend, failures and bans of each jail as a table')],
    run: (call: Call) => statistics(call.api),
  })),
  // Our extension: no release of fail2ban has it.
  {
    route: 'ban',
    help: [furtherHelp('ban <IP> ... <IP>', 'bans <IP> by hand, on all ports, in the built-in jail manual')],
    run: ban,
  },
  tarpitCommand,
  whyCommand,
  webCommand,
  healthCommand,
];

/** Commands for the server as a whole. */
export const basicSection: Section = {
  title: 'BASIC',
  commands: [
    { route: 'start', help: [help('start', 'starts the server and the jails')] },
    {
      route: 'restart',
      help: [
        help('restart', 'restarts the server'),
        help(
          'restart [--unban] [--if-exists] <JAIL>',
          "restarts the jail <JAIL> (alias for 'reload --restart ... <JAIL>')",
        ),
      ],
    },
    {
      route: 'reload',
      help: [
        help(
          'reload [--restart] [--unban] [--all]',
          "reloads the configuration without restarting of the server, the option '--restart' activates completely " +
            "restarting of affected jails, thereby can unban IP addresses (if option '--unban' specified)",
        ),
        help(
          'reload [--restart] [--unban] [--if-exists] <JAIL>',
          "reloads the jail <JAIL>, or restarts it (if option '--restart' specified)",
        ),
      ],
    },
    {
      route: 'stop',
      help: [
        help('stop', 'stops all jails and terminate the server'),
        furtherHelp('stop --all', 'stops and removes all jails; the server goes on'),
      ],
      // Ending the server must not wait for a reload that hangs.
      exclusive: (args) => args.length > 0 && args[0] !== keepBans,
      run: stop,
    },
    {
      route: 'unban',
      help: [
        help('unban --all', 'unbans all IP addresses (in all jails and database)'),
        help('unban <IP> ... <IP>', 'unbans <IP> (in all jails and database)'),
      ],
      run: unban,
    },
    {
      route: 'banned',
      help: [
        help('banned', 'return jails with banned IPs as dictionary'),
        help('banned <IP> ... <IP>]', 'return list(s) of jails where given IP(s) are banned'),
      ],
      run: banned,
    },
    { route: 'status', help: [help('status', 'gets the current status of the server')] },
    { route: 'ping', help: [help('ping', 'tests if the server is alive')], run: () => 'pong' },
    {
      route: 'echo',
      help: [help('echo', 'for internal usage, returns back and outputs a given string')],
      run: echo,
    },
    { route: 'help', help: [help('help', 'return this output')] },
    {
      route: 'version',
      help: [help('version', 'return the server version')],
      run: (call) => call.api.version(),
    },
    ...further,
  ],
};
