import type { Program } from '../program.ts';

/** A subcommand of `warder`: its help and its work come from the same entry. */
export interface WarderCommand {
  readonly name: string;
  /** What stands behind the name. */
  readonly syntax: string;
  readonly summary: string;
  readonly examples: readonly string[];
  /** Options of its own, by name, which no other command takes. */
  readonly options?: readonly CommandOption[];
  /** Exit codes of its own, beside those of every command. */
  readonly exits?: readonly (readonly [codes: string, meaning: string])[];
  /** How many words it takes at least and at most. */
  readonly words: readonly [least: number, most: number];
  /** Returns the exit code. */
  run(program: Program, words: readonly string[], given: GivenOptions): Promise<number>;
}

/** An option of one subcommand. */
export interface CommandOption {
  readonly name: OwnOption;
  /** What stands behind it; without one it is a switch. */
  readonly value?: string;
  readonly summary: string;
}

/** Options that only some subcommands take. */
export const ownOptions = {
  datepattern: { type: 'string' },
  encoding: { type: 'string' },
  timezone: { type: 'string' },
  usedns: { type: 'string' },
  journalmatch: { type: 'string' },
  maxlines: { type: 'string' },
  raw: { type: 'boolean' },
  type: { type: 'string' },
  strict: { type: 'boolean' },
  'rollback-check': { type: 'boolean' },
  jail: { type: 'string' },
  fast: { type: 'boolean' },
  pause: { type: 'boolean' },
  observe: { type: 'boolean' },
} as const;

export type OwnOption = keyof typeof ownOptions;

/** Of the subcommand's own options those that are on the command line; of a switch the value is empty. */
export type GivenOptions = ReadonlyMap<OwnOption, string>;

const many = Number.POSITIVE_INFINITY;

const testOptions: readonly CommandOption[] = [
  { name: 'datepattern', value: 'PATTERN', summary: 'how dates are written in this log' },
  { name: 'encoding', value: 'NAME', summary: 'the encoding of the log' },
  { name: 'timezone', value: 'ZONE', summary: 'the time zone of dates that name none' },
  { name: 'usedns', value: 'MODE', summary: 'yes, warn, no or raw: what becomes of host names' },
  { name: 'journalmatch', value: 'MATCH', summary: 'which entries of the journal to take' },
  { name: 'maxlines', value: 'NUMBER', summary: 'how many lines a rule sees together' },
  { name: 'raw', summary: 'take host names as they are' },
];

function asArguments(given: GivenOptions): string[] {
  return [...given].map(([name, value]) => (value === '' ? `--${name}` : `--${name}=${value}`));
}

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
    name: 'watch',
    syntax: '[JAIL…]',
    summary: 'show live what is found, banned and unbanned, and what goes wrong',
    examples: [
      'warder watch',
      'warder watch sshd recidive',
      'warder watch --type ban,unban',
      'warder watch --json | jq -r .id',
    ],
    options: [
      {
        name: 'type',
        value: 'TYPES',
        summary: 'only these, with commas between: found, ban, restore, increase, unban, error, …',
      },
    ],
    words: [0, many],
    run: async (program, words, given) => (await import('./watch.ts')).watch(program, words, given),
  },
  {
    name: 'ban',
    syntax: 'ADDRESS…',
    summary: 'ban addresses or networks by hand, on all ports',
    examples: ['warder ban 203.0.113.7', 'warder ban 203.0.113.0/24 2001:db8::/64'],
    words: [1, many],
    run: async (program, words) => (await import('./ask.ts')).ban(program, words),
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
    name: 'why',
    syntax: 'ADDRESS | ID',
    summary: 'tell why an address is banned, or is not: lines, rule, counts, actions, what holds it now',
    examples: [
      'warder why 203.0.113.7',
      'warder why 203.0.113.7 --jail sshd -v',
      "warder why 203.0.113.7 --json | jq '.jails[].reason'",
    ],
    options: [{ name: 'jail', value: 'JAIL', summary: 'only what this jail knows of it' }],
    words: [1, 1],
    run: async (program, words, given) => (await import('./why.ts')).showWhy(program, words, given),
  },
  {
    name: 'tarpit',
    syntax: '',
    summary: 'show whom the tarpit holds, for how long, and the time it has cost them',
    examples: ['warder tarpit', 'warder tarpit --json'],
    words: [0, 0],
    run: async (program) => (await import('./tarpit.ts')).showTarpit(program),
  },
  {
    name: 'web',
    syntax: '',
    summary: 'show where the web page is, with the token that opens it',
    examples: ['warder web', 'warder web --json'],
    words: [0, 0],
    run: async (program) => (await import('./web.ts')).showWeb(program),
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
    name: 'test',
    syntax: 'LOG FILTER [IGNOREREGEX]',
    summary: 'try a filter on a log: what matches, and what nearly does',
    examples: [
      'warder test /var/log/auth.log sshd',
      "warder test /var/log/auth.log 'sshd[mode=aggressive]' -v",
      'warder test systemd-journal sshd --json',
      "warder test 'Nov 22 15:00:01 srv app[1]: bad login from 192.0.2.1' 'bad login from <ADDR>$'",
    ],
    options: testOptions,
    exits: [
      ['0', 'at least one line is a failure'],
      ['1', 'none is'],
      ['2', 'it could not be tried'],
    ],
    words: [2, 3],
    run: async (program, words, given) =>
      (await import('../rule-test/main.ts')).testRules(program, words, asArguments(given)),
  },
  {
    name: 'check',
    syntax: '[JAIL | FILTER | FILE]… [--all]',
    summary: 'check the configuration; every mistake and every weak rule with its file and line',
    examples: ['warder check', 'warder check sshd -v', 'warder check ./my-filter.conf --strict --json'],
    options: [{ name: 'strict', summary: 'fail (255) where there are warnings, too' }],
    exits: [
      ['0', 'the configuration is good'],
      ['255', 'it has errors; with --strict, or warnings'],
    ],
    words: [0, many],
    run: async (program, words, given) => {
      const names = words.filter((word) => word !== '--all');
      const wishes = { strict: given.has('strict'), all: words.includes('--all') };
      return (await import('./check.ts')).check(program, names, wishes);
    },
  },
  {
    name: 'doctor',
    syntax: '',
    summary: 'examine firewall, logs, clock, disk, database and daemon, and say what to do; changes nothing',
    examples: ['warder doctor', 'warder doctor --json | jq .findings', 'warder doctor --rollback-check'],
    options: [
      {
        name: 'rollback-check',
        summary: 'only whether going back to fail2ban would work now, with all bans',
      },
    ],
    exits: [
      ['0', 'all is well'],
      ['1', 'there is a problem: something is not guarded, or soon will not be'],
      ['3', 'there are warnings, and no problem'],
      ['0, 255', 'with --rollback-check: going back would work, or would not'],
    ],
    words: [0, 0],
    run: async (program, _words, given) => (await import('./doctor.ts')).examine(program, given),
  },
  {
    name: 'config',
    syntax: 'show [JAIL] | dump',
    summary: 'show every value of a jail with the file and line it came from, or all as commands',
    examples: ['warder config show', 'warder config show sshd', 'warder config dump --pretty'],
    words: [1, 2],
    run: async (program, words) => (await import('./config.ts')).config(program, words),
  },
  {
    name: 'demo',
    syntax: '',
    summary: 'show a real attack, and what is done about it, on machines made of namespaces; changes nothing',
    examples: ['warder demo', 'warder demo --fast', 'warder demo --pause', 'warder demo --json'],
    options: [
      { name: 'fast', summary: 'without pauses, and with shorter bans' },
      { name: 'pause', summary: 'wait for Enter before each scene' },
      { name: 'observe', summary: 'only replay a log and observe, as is done where it is not root' },
    ],
    exits: [
      ['0', 'all went as it should'],
      ['1', 'something did not'],
      ['129, 130, 143', 'it was interrupted'],
    ],
    words: [0, 0],
    run: async (program, _words, given) => {
      const wishes = { fast: given.has('fast'), pause: given.has('pause'), observe: given.has('observe') };
      return (await import('../demo/main.ts')).demo(program, wishes);
    },
  },
];
