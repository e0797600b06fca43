/** Options of fail2ban-client and fail2ban-server; help, manual pages and completion come from this. */
export const programOptions: readonly (readonly [syntax: string, text: string])[] = [
  ['-c, --conf <DIR>', 'configuration directory'],
  ['-s, --socket <FILE>', 'socket path'],
  ['-p, --pidfile <FILE>', 'pidfile path'],
  ['--pname <NAME>', 'name of the process (main thread) to identify instance (default fail2ban-server)'],
  ['--loglevel <LEVEL>', 'logging level'],
  ['--logtarget <TARGET>', 'logging target, use file-name or stdout, stderr, syslog or sysout.'],
  ['--syslogsocket auto|<FILE>', ''],
  ['-d', 'dump configuration. For debugging'],
  ['--dp, --dump-pretty', 'dump the configuration using more human readable representation'],
  ['-t, --test', 'test configuration (can be also specified with start parameters)'],
  ['-i', 'interactive mode'],
  ['-v', 'increase verbosity'],
  ['-q', 'decrease verbosity'],
  ['-x', 'force execution of the server (remove socket file)'],
  ['-b', 'start server in background (default)'],
  ['-f', 'start server in foreground'],
  ['--async', "start server in async mode (for internal usage only, don't read configuration)"],
  ['--timeout', "timeout to wait for the server (for internal usage only, don't read configuration)"],
  ['--str2sec <STRING>', 'convert time abbreviation format to seconds'],
  ['-h, --help', 'display this help message'],
  ['-V, --version', 'print the version (-V returns machine-readable short format)'],
];

/** Column in which the description of an option begins, counted from the option. */
const optionWidth = 24;

/** Our own option has no place in a help that programs compare; `warder -h` tells of it. */
function formatOption([syntax, text]: readonly [string, string]): string {
  return `    ${text === '' ? syntax : syntax.padEnd(optionWidth) + text}`;
}

/** What the programs are for, as their help and the interactive mode say it. */
export function banner(version: string): string {
  return (
    `Fail2Ban v${version} reads log file that contains password failure report\n` +
    'and bans the corresponding IP addresses using firewall rules.\n\n'
  );
}

/** `fail2ban-client -h` and `fail2ban-server -h`. `commands` are the lines of the commands, for the client. */
export function usage(program: string, version: string, commands: readonly string[] | undefined): string {
  const lines = programOptions.map(formatOption).join('\n');
  const head = `Usage: ${program} [OPTIONS]${program.endsWith('server') ? '' : ' <COMMAND>'}\n\n`;
  const tail = commands === undefined ? '' : `\nCommand:\n${commands.join('\n')}\n`;
  return `${head}${banner(version)}Options:\n${lines}\n${tail}\nReport bugs to https://github.com/fail2ban/fail2ban/issues\n`;
}
