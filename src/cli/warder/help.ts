import { type CommandOption, type WarderCommand, warderCommands } from './commands.ts';

/** Options of every subcommand. */
export const commonOptions: readonly (readonly [syntax: string, text: string])[] = [
  ['-c, --conf DIR', "the administrator's configuration (default /etc/fail2ban)"],
  ['-s, --socket FILE', 'the control socket'],
  ['-v', 'say more'],
  ['--json', 'answer as JSON'],
  ['-h, --help', 'this help; behind a command, the help of the command'],
  ['-V, --version', 'the version'],
];

/** Exit codes of every command. */
export const commonExits: readonly (readonly [codes: string, meaning: string])[] = [
  ['0', 'done'],
  ['2', 'the command line is wrong'],
  ['255', 'it failed, or no server answers'],
];

/** Those of `warder run`. */
export const runOptions: readonly (readonly [syntax: string, text: string])[] = [
  ['-p, --pidfile FILE', 'where the process id is written'],
  ['--loglevel LEVEL', 'CRITICAL, ERROR, WARNING, NOTICE, INFO or DEBUG'],
  ['--logtarget TARGET', 'a file, STDOUT, STDERR, SYSLOG or SYSTEMD-JOURNAL'],
  ['-x', 'take over from a server that does not answer'],
];

/** `warder -h`. */
export function warderHelp(): string {
  const commands = warderCommands.map(({ name, syntax, summary }) =>
    row(`${name} ${syntax}`.trim(), summary),
  );
  return [
    'Usage: warder COMMAND [OPTIONS]',
    '',
    'Reads logs, recognises attacks, and bans their sources.',
    '',
    'Commands:',
    ...commands,
    '',
    'Options:',
    ...commonOptions.map(([syntax, text]) => row(syntax, text)),
    '',
    "Run 'warder COMMAND -h' for examples. fail2ban-client, fail2ban-server and fail2ban-regex work too.",
    '',
  ].join('\n');
}

/** `warder COMMAND -h`. */
export function commandHelp(command: WarderCommand): string {
  const { name, syntax, summary, examples } = command;
  const own = name === 'run' ? runOptions : (command.options ?? []).map(ownRow);
  return [
    `Usage: warder ${`${name} ${syntax}`.trim()} [OPTIONS]`,
    '',
    `${summary[0]?.toUpperCase()}${summary.slice(1)}.`,
    '',
    'Examples:',
    ...examples.map((example) => `  ${example}`),
    '',
    'Options:',
    ...[...own, ...commonOptions].map(([syntaxOf, text]) => row(syntaxOf, text)),
    '',
    'Exit codes:',
    ...exitsOf(command).map(([codes, meaning]) => `  ${codes.padEnd(8)}${meaning}`),
    '',
  ].join('\n');
}

/** Its own take the place of the common ones of the same number. */
export function exitsOf({
  exits = [],
}: WarderCommand): readonly (readonly [codes: string, meaning: string])[] {
  const own = new Set(exits.flatMap(([codes]) => codes.split(', ')));
  return [...exits, ...commonExits.filter(([code]) => !own.has(code))];
}

function ownRow({ name, value, summary }: CommandOption): readonly [syntax: string, text: string] {
  return [value === undefined ? `    --${name}` : `    --${name} ${value}`, summary];
}

function row(left: string, right: string): string {
  // What is too long gets a line of its own, so that the texts stay below each other.
  return left.length > 22 ? `  ${left}\n${' '.repeat(26)}${right}` : `  ${left.padEnd(24)}${right}`;
}
