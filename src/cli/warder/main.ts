import { parseArgs } from 'node:util';
import { ClientLog } from '../client-log.ts';
import { type CliOptions, defaultOptions } from '../options.ts';
import { success } from '../program.ts';
import type { Terminal } from '../terminal.ts';
import { type OwnOption, ownOptions, type WarderCommand, warderCommands } from './commands.ts';
import { commandHelp, warderHelp } from './help.ts';
import { nearest } from './nearest.ts';

const usageError = 2;

const optionTypes = {
  conf: { type: 'string', short: 'c' },
  socket: { type: 'string', short: 's' },
  pidfile: { type: 'string', short: 'p' },
  loglevel: { type: 'string' },
  logtarget: { type: 'string' },
  force: { type: 'boolean', short: 'x' },
  verbose: { type: 'boolean', short: 'v', multiple: true },
  all: { type: 'boolean' },
  pretty: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'V' },
  ...ownOptions,
} as const;

/** warder: the same daemon by its own name. Returns the exit code. */
export async function runWarder(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parse(args);
  if (typeof parsed === 'string') return misuse(parsed, terminal);
  const { values, positionals } = parsed;
  const [name, ...rest] = positionals;
  if (values.version === true) return showVersion(terminal);
  if (name === undefined) {
    (values.help === true ? terminal.out : terminal.err).call(terminal, warderHelp());
    return values.help === true ? success : usageError;
  }
  const command = warderCommands.find((each) => each.name === name);
  if (command === undefined) return misuse(unknownCommand(name), terminal);
  if (values.help === true) {
    terminal.out(commandHelp(command));
    return success;
  }
  const words = values.all === true ? [...rest, '--all'] : rest;
  const given = givenOptions(values);
  const wrong = wrongWords(command, words) ?? wrongOption(command, given.keys());
  if (wrong !== undefined) return misuse(`${wrong}; see 'warder ${name} -h'`, terminal);
  const options = optionsOf(values, words);
  // `run` is the daemon itself, whose messages have their time.
  const plainName = name === 'run' ? undefined : 'warder';
  const log = new ClientLog(terminal, options.verbosity, undefined, plainName);
  const program = { name: 'warder', options, terminal, log };
  return command.run(program, words, given);
}

type Parsed = ReturnType<typeof parseStrictly>;
type Values = Parsed['values'];

function parseStrictly(args: readonly string[]) {
  return parseArgs({ args: [...args], options: optionTypes, allowPositionals: true, strict: true });
}

function parse(args: readonly string[]): Parsed | string {
  try {
    return parseStrictly(args);
  } catch (error) {
    return mistakeOf(error);
  }
}

/** What is wrong with the command line, with the name that may have been meant. */
function mistakeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const typed = /^Unknown option '(--?[^']*)'/.exec(error.message)?.[1];
  if (typed === undefined) return error.message;
  const names = Object.keys(optionTypes).map((name) => `--${name}`);
  return `there is no option ${JSON.stringify(typed)}${meant(typed, names)}`;
}

function meant(typed: string, names: readonly string[]): string {
  const near = nearest(typed, names);
  return near === undefined ? '' : `; did you mean ${near}?`;
}

function unknownCommand(name: string): string {
  const names = warderCommands.map((command) => command.name);
  return `there is no command ${JSON.stringify(name)}${meant(name, names) || "; 'warder -h' lists them"}`;
}

function wrongWords(
  { name, words: [least, most], syntax }: WarderCommand,
  words: readonly string[],
): string | undefined {
  if (words.length < least) return `${name} needs ${syntax}`;
  if (words.length > most) return `${name} does not take ${JSON.stringify(words[most])}`;
  return undefined;
}

function givenOptions(values: Values): Map<OwnOption, string> {
  const names = Object.keys(ownOptions) as OwnOption[];
  return new Map(
    names.flatMap((name) => {
      const value = values[name];
      return value === undefined ? [] : [[name, value === true ? '' : String(value)] as const];
    }),
  );
}

function wrongOption({ name, options = [] }: WarderCommand, given: Iterable<OwnOption>): string | undefined {
  const unknown = [...given].find((option) => !options.some((each) => each.name === option));
  return unknown === undefined ? undefined : `${name} has no option --${unknown}`;
}

function optionsOf(values: Values, words: readonly string[]): CliOptions {
  return {
    ...defaultOptions,
    conf: values.conf,
    socket: values.socket,
    pidfile: values.pidfile,
    logLevel: values.loglevel,
    logTarget: values.logtarget,
    force: values.force ?? false,
    verbosity: 1 + (values.verbose?.length ?? 0),
    json: values.json ?? false,
    dump: values.pretty === true ? 'pretty' : 'no',
    background: false,
    words,
  };
}

function misuse(message: string, terminal: Terminal): number {
  terminal.err(`warder: ${message}\n`);
  return usageError;
}

async function showVersion(terminal: Terminal): Promise<number> {
  const { compatibleVersion, warderVersion } = await import('../../daemon/index.ts');
  terminal.out(`Warder ${warderVersion} (speaks fail2ban ${compatibleVersion})\n`);
  return success;
}
