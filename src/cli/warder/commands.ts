import type { Program } from '../program.ts';

/** A subcommand of `warder`: its help and its work come from the same entry. */
export interface WarderCommand {
  readonly name: string;
  /** What stands behind the name. */
  readonly syntax: string;
  readonly summary: string;
  readonly examples: readonly string[];
  /** How many words it takes at least and at most. */
  readonly words: readonly [least: number, most: number];
  /** Returns the exit code. */
  run(program: Program, words: readonly string[]): Promise<number>;
}

const many = Number.POSITIVE_INFINITY;

/** All subcommands in the order of the help. Each loads its part of the program when it is called. */
export const warderCommands: readonly WarderCommand[] = [
  {
    name: 'run',
    syntax: '',
    summary: 'run the daemon in the foreground, its log on standard output',
    examples: ['warder run', 'warder run --loglevel DEBUG', 'warder run -c ./my-config'],
    words: [0, 0],
    run: async (program) => (await import('./run.ts')).runInForeground(program),
  },
  {
    name: 'status',
    syntax: '[JAIL]',
    summary: 'show which jails run and what they count, or one of them in detail',
    examples: ['warder status', 'warder status sshd', 'warder status sshd --json'],
    words: [0, 1],
    run: async (program, words) => (await import('./ask.ts')).showStatus(program, words[0]),
  },
  {
    name: 'banned',
    syntax: '[ADDRESS…]',
    summary: 'show who is banned, or which jails hold these addresses',
    examples: ['warder banned', 'warder banned 203.0.113.7'],
    words: [0, many],
    run: async (program, words) => (await import('./ask.ts')).showBanned(program, words),
  },
  {
    name: 'ban',
    syntax: 'ADDRESS…',
    summary: 'ban addresses or networks by hand, on all ports',
    examples: ['warder ban 203.0.113.7', 'warder ban 203.0.113.0/24 2001:db8::/64'],
    words: [1, many],
    run: async (program, words) => (await import('./ask.ts')).change(program, ['ban', ...words]),
  },
  {
    name: 'unban',
    syntax: 'ADDRESS… | --all',
    summary: 'end bans in all jails, and forget them',
    examples: ['warder unban 203.0.113.7', 'warder unban --all'],
    words: [0, many],
    run: async (program, words) => (await import('./ask.ts')).unban(program, words),
  },
  {
    name: 'reload',
    syntax: '[JAIL]',
    summary: 'read the configuration again; jails that did not change keep what they know',
    examples: ['warder reload', 'warder reload sshd'],
    words: [0, 1],
    run: async (program, words) => (await import('./ask.ts')).change(program, ['reload', ...words]),
  },
  {
    name: 'check',
    syntax: '',
    summary: 'check the configuration; every mistake with its file and line',
    examples: ['warder check', 'warder check -c ./my-config --json'],
    words: [0, 0],
    run: async (program) => (await import('./check.ts')).check(program),
  },
  {
    name: 'config',
    syntax: 'dump',
    summary: 'show the configuration in force, as the commands that a jail is made of',
    examples: ['warder config dump', 'warder config dump --pretty'],
    words: [1, 1],
    run: async (program, words) => (await import('./check.ts')).dump(program, words[0] as string),
  },
];
