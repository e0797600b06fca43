import { getopt, type OptionGrammar } from './getopt.ts';

/** What the command line of fail2ban-client and fail2ban-server says. */
export interface CliOptions {
  /** Configuration folder; undefined is the usual one. */
  readonly conf: string | undefined;
  readonly socket: string | undefined;
  readonly pidfile: string | undefined;
  readonly processName: string | undefined;
  readonly logLevel: string | undefined;
  readonly logTarget: string | undefined;
  readonly syslogSocket: string | undefined;
  readonly dump: 'no' | 'lines' | 'pretty';
  readonly test: boolean;
  readonly interactive: boolean;
  /** 1 is normal; each -v adds one, each -q takes one. */
  readonly verbosity: number;
  readonly force: boolean;
  readonly background: boolean;
  readonly async: boolean;
  /** Time span, as given. */
  readonly timeout: string | undefined;
  /** Our extension: answers as JSON. */
  readonly json: boolean;
  /** Internal: the descriptor on which a server in the background says that it is ready. */
  readonly readyFd: number | undefined;
  /** The command. */
  readonly words: readonly string[];
}

/** A wish that is fulfilled at once, whatever else the line says. */
export type Immediate =
  | { readonly kind: 'help' }
  | { readonly kind: 'version'; readonly short: boolean }
  | { readonly kind: 'str2sec'; readonly text: string };

export type CommandLine =
  | { readonly kind: 'run'; readonly options: CliOptions }
  | { readonly kind: 'usage-error' }
  | Immediate;

const grammar: OptionGrammar = {
  short: 'hc:s:p:xfbdtviqV',
  long: [
    'loglevel=',
    'logtarget=',
    'syslogsocket=',
    'test',
    'async',
    'conf=',
    'pidfile=',
    'pname=',
    'socket=',
    'timeout=',
    'str2sec=',
    'help',
    'version',
    'dp',
    'dump-pretty',
    'json',
    'ready-fd=',
  ],
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const setters: Readonly<Record<string, (options: Mutable<CliOptions>, value: string) => void>> = {
  '-c': setConf,
  '--conf': setConf,
  '-s': setSocket,
  '--socket': setSocket,
  '-p': setPidfile,
  '--pidfile': setPidfile,
  '--pname': (options, value) => {
    options.processName = value;
  },
  '--loglevel': (options, value) => {
    options.logLevel = value;
  },
  '--logtarget': (options, value) => {
    options.logTarget = value;
  },
  '--syslogsocket': (options, value) => {
    options.syslogSocket = value;
  },
  '-d': (options) => {
    options.dump = 'lines';
  },
  '--dp': setPretty,
  '--dump-pretty': setPretty,
  '-t': setTest,
  '--test': setTest,
  '-i': (options) => {
    options.interactive = true;
  },
  '-v': (options) => {
    options.verbosity += 1;
  },
  '-q': (options) => {
    options.verbosity -= 1;
  },
  '-x': (options) => {
    options.force = true;
  },
  '-b': (options) => {
    options.background = true;
  },
  '-f': (options) => {
    options.background = false;
  },
  '--async': (options) => {
    options.async = true;
  },
  '--timeout': (options, value) => {
    options.timeout = value;
  },
  '--json': (options) => {
    options.json = true;
  },
  '--ready-fd': (options, value) => {
    options.readyFd = Number(value);
  },
};

/** Reads the arguments behind the program's name. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const parsed = getopt(args, grammar);
  if (typeof parsed === 'string') return { kind: 'usage-error' };
  // Our own option may stand at the end too, where people write it; no command ends so.
  const json = parsed.rest.at(-1) === '--json';
  const options: Mutable<CliOptions> = {
    ...defaultOptions,
    json,
    words: json ? parsed.rest.slice(0, -1) : parsed.rest,
  };
  for (const [name, value] of parsed.options) {
    if (name === '-h' || name === '--help') return { kind: 'help' };
    if (name === '-V' || name === '--version') return { kind: 'version', short: name === '-V' };
    if (name === '--str2sec') return { kind: 'str2sec', text: value };
    setters[name]?.(options, value);
  }
  return { kind: 'run', options };
}

/** The options of an empty command line. */
export const defaultOptions: CliOptions = {
  conf: undefined,
  socket: undefined,
  pidfile: undefined,
  processName: undefined,
  logLevel: undefined,
  logTarget: undefined,
  syslogSocket: undefined,
  dump: 'no',
  test: false,
  interactive: false,
  verbosity: 1,
  force: false,
  background: true,
  async: false,
  timeout: undefined,
  json: false,
  readyFd: undefined,
  words: [],
};

function setConf(options: Mutable<CliOptions>, value: string): void {
  options.conf = value;
}

function setSocket(options: Mutable<CliOptions>, value: string): void {
  options.socket = value;
}

function setPidfile(options: Mutable<CliOptions>, value: string): void {
  options.pidfile = value;
}

function setPretty(options: Mutable<CliOptions>): void {
  options.dump = 'pretty';
}

function setTest(options: Mutable<CliOptions>): void {
  options.test = true;
}
