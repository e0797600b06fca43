/** What the command line of fail2ban-regex says. */
export interface RegexOptions {
  readonly config: string;
  readonly datePattern: string | undefined;
  readonly timeZone: string | undefined;
  readonly encoding: string | undefined;
  readonly rawHosts: boolean;
  readonly useDns: string | undefined;
  /** 0: as the filter says, else 1. */
  readonly maxLines: number;
  readonly logLevel: string;
  readonly verbosity: number;
  readonly verboseDate: boolean;
  /** Matches for the journal, in the place of those of the filter. */
  readonly journalMatch: string | undefined;
  /** Links to debuggex.com in the place of lines. */
  readonly debuggex: boolean;
  /** What is printed of failures, instead of the report. */
  readonly out: string | undefined;
  /** With `out`: the lines without a failure. */
  readonly invert: boolean;
  /** One JSON object for each line, instead of the report. */
  readonly json: boolean;
  /** Messages tell where they come from. */
  readonly traceback: 'no' | 'compressed' | 'full';
  readonly checkAll: boolean;
  readonly printMatched: boolean;
  /** Lines without an attack: none, those that fit, or all of them. */
  readonly printMissed: 'no' | 'some' | 'all';
  readonly printIgnored: 'no' | 'some' | 'all';
}

export type RegexCommandLine =
  | { readonly kind: 'run'; readonly options: RegexOptions; readonly words: readonly string[] }
  | { readonly kind: 'help' }
  | { readonly kind: 'version'; readonly short: boolean }
  /** A wrong option: the usage and one sentence. */
  | { readonly kind: 'error'; readonly message: string }
  /** Wrong as a whole: the help and these sentences. */
  | { readonly kind: 'misuse'; readonly messages: readonly string[] };

/** One option, for parser and help alike. */
export interface RegexOptionSpec {
  /** Spellings; the value's name stands behind them in the help. */
  readonly names: readonly string[];
  readonly value?: string;
  readonly isInteger?: boolean;
  readonly help: string;
}

export const optionSpecs: readonly RegexOptionSpec[] = [
  { names: ['--version'], help: "show program's version number and exit" },
  { names: ['-h', '--help'], help: 'show this help message and exit' },
  { names: ['-c', '--config'], value: 'CONFIG', help: 'set alternate config directory' },
  {
    names: ['-d', '--datepattern'],
    value: 'DATEPATTERN',
    help: 'set custom pattern used to match date/times',
  },
  { names: ['--timezone', '--TZ'], value: 'TIMEZONE', help: 'set time-zone used by convert time format' },
  { names: ['-e', '--encoding'], value: 'ENCODING', help: 'File encoding. Default: system locale' },
  { names: ['-r', '--raw'], help: "Raw hosts, don't resolve dns" },
  {
    names: ['--usedns'],
    value: 'USEDNS',
    help: "DNS specified replacement of tags <HOST> in regexp ('yes' - matches all form of hosts, 'no' - IP addresses only)",
  },
  { names: ['-L', '--maxlines'], value: 'MAXLINES', isInteger: true, help: 'maxlines for multi-line regex.' },
  {
    names: ['-m', '--journalmatch'],
    value: 'JOURNALMATCH',
    help: 'journalctl style matches overriding filter file. "systemd-journal" only',
  },
  { names: ['-l', '--log-level'], value: 'LOG_LEVEL', help: 'Log level for the Fail2Ban logger to use' },
  { names: ['-V'], help: 'get version in machine-readable short format' },
  { names: ['-v', '--verbose'], help: 'Increase verbosity' },
  {
    names: ['--verbosity'],
    value: 'VERBOSE',
    isInteger: true,
    help: 'Set numerical level of verbosity (0..4)',
  },
  { names: ['--verbose-date', '--VD'], help: 'Verbose date patterns/regex in output' },
  { names: ['-D', '--debuggex'], help: 'Produce debuggex.com urls for debugging there' },
  { names: ['--no-check-all'], help: "Disable check for all regex's" },
  {
    names: ['-o', '--out'],
    value: 'OUT',
    help: 'Set token to print failure information only (row, id, ip, msg, host, ip4, ip6, dns, matches, ...)',
  },
  { names: ['-i', '--invert'], help: 'With --out, print the lines without a failure instead' },
  { names: ['--json'], help: 'Print one JSON object for each line, and a summary' },
  { names: ['--print-no-missed'], help: 'Do not print any missed lines' },
  { names: ['--print-no-ignored'], help: 'Do not print any ignored lines' },
  { names: ['--print-all-matched'], help: 'Print all matched lines' },
  { names: ['--print-all-missed'], help: 'Print all missed lines, no matter how many' },
  { names: ['--print-all-ignored'], help: 'Print all ignored lines, no matter how many' },
  { names: ['-t', '--log-traceback'], help: 'Enrich log-messages with compressed tracebacks' },
  {
    names: ['--full-traceback'],
    help: 'Either to make the tracebacks full, not compressed (as by default)',
  },
];

/** Reads the arguments behind the program's name. Options may stand anywhere, as Python's `optparse` has it. */
export function parseRegexCommandLine(args: readonly string[]): RegexCommandLine {
  const given = new Map<string, string>();
  const words: string[] = [];
  let verbosity = 0;
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      words.push(...rest.splice(0));
    } else if (!word.startsWith('-') || word === '-') {
      words.push(word);
    } else {
      const taken = takeOption(word, rest);
      if ('error' in taken) return { kind: 'error', message: taken.error };
      const name = taken.spec.names.at(-1) as string;
      if (name === '--help') return { kind: 'help' };
      if (name === '--version' || name === '-V') return { kind: 'version', short: name === '-V' };
      if (name === '--verbose') verbosity += 1;
      else if (name === '--verbosity') verbosity = parseInteger(taken.value) ?? 0;
      else given.set(name, taken.value);
    }
  }
  const messages = misuse(given, words);
  return messages.length > 0
    ? { kind: 'misuse', messages }
    : { kind: 'run', options: makeOptions(given, verbosity), words };
}

type Taken = { readonly spec: RegexOptionSpec; readonly value: string } | { readonly error: string };

function takeOption(word: string, rest: string[]): Taken {
  return word.startsWith('--') ? takeLong(word, rest) : takeShort(word, rest);
}

function takeLong(word: string, rest: string[]): Taken {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word : word.slice(0, equals);
  const all = optionSpecs.flatMap(({ names }) => names.filter((each) => each.startsWith('--')));
  const exact = all.filter((each) => each === name);
  const found = exact.length > 0 ? exact : all.filter((each) => each.startsWith(name));
  if (found.length > 1) return { error: `ambiguous option: ${name} (${found.toSorted().join(', ')}?)` };
  const spec = optionSpecs.find(({ names }) => names.includes(found[0] ?? ''));
  if (spec === undefined) return { error: `no such option: ${name}` };
  if (spec.value === undefined) {
    return equals < 0 ? { spec, value: '' } : { error: `${found[0]} option does not take a value` };
  }
  return withValue(spec, found[0] as string, equals < 0 ? rest.shift() : word.slice(equals + 1));
}

/** Letters may be joined: what remains behind a letter without a value is looked at next. */
function takeShort(word: string, rest: string[]): Taken {
  const name = word.slice(0, 2);
  const spec = optionSpecs.find(({ names }) => names.includes(name));
  if (spec === undefined) return { error: `no such option: ${name}` };
  const more = word.slice(2);
  if (spec.value !== undefined) return withValue(spec, name, more === '' ? rest.shift() : more);
  if (more !== '') rest.unshift(`-${more}`);
  return { spec, value: '' };
}

function withValue(spec: RegexOptionSpec, name: string, value: string | undefined): Taken {
  if (value === undefined) return { error: `${name} option requires 1 argument` };
  if (spec.isInteger === true && parseInteger(value) === undefined) {
    return { error: `option ${name}: invalid integer value: '${value}'` };
  }
  return { spec, value };
}

/** As Python's `optparse` reads them: `0x10`, `0b11`, and octal with a zero in front. */
function parseInteger(text: string): number | undefined {
  const match = /^\s*([+-]?)\s*(?:0x([\da-f]+)|0b([01]*)|0([0-7]*)|([1-9]\d*))\s*$/i.exec(text);
  if (match === null) return undefined;
  const [, sign, hex, binary, octal, decimal] = match;
  const value =
    hex !== undefined
      ? Number.parseInt(hex, 16)
      : binary !== undefined
        ? Number.parseInt(binary || '0', 2)
        : octal !== undefined
          ? Number.parseInt(octal || '0', 8)
          : Number(decimal);
  return sign === '-' ? -value : value;
}

function misuse(given: ReadonlyMap<string, string>, words: readonly string[]): string[] {
  const messages = ['missed', 'ignored']
    .filter((kind) => given.has(`--print-no-${kind}`) && given.has(`--print-all-${kind}`))
    .map((kind) => `ERROR: --print-no-${kind} and --print-all-${kind} are mutually exclusive.`);
  return words.length === 2 || words.length === 3
    ? messages
    : [...messages, 'ERROR: provide both <LOG> and <REGEX>.'];
}

function makeOptions(given: ReadonlyMap<string, string>, verbosity: number): RegexOptions {
  const print = (kind: string): 'no' | 'some' | 'all' => {
    if (given.has(`--print-no-${kind}`)) return 'no';
    return given.has(`--print-all-${kind}`) ? 'all' : 'some';
  };
  return {
    config: given.get('--config') ?? '/etc/fail2ban',
    datePattern: given.get('--datepattern'),
    timeZone: given.get('--TZ'),
    encoding: given.get('--encoding'),
    rawHosts: given.has('--raw'),
    useDns: given.get('--usedns'),
    maxLines: parseInteger(given.get('--maxlines') ?? '0') ?? 0,
    logLevel: given.get('--log-level') ?? 'critical',
    verbosity,
    verboseDate: given.has('--VD'),
    journalMatch: given.get('--journalmatch'),
    debuggex: given.has('--debuggex'),
    // An empty word is none, as for fail2ban.
    out: given.get('--out') || undefined,
    invert: given.has('--invert'),
    json: given.has('--json'),
    traceback: traceback(given),
    checkAll: !given.has('--no-check-all'),
    printMatched: given.has('--print-all-matched'),
    printMissed: print('missed'),
    printIgnored: print('ignored'),
  };
}

function traceback(given: ReadonlyMap<string, string>): RegexOptions['traceback'] {
  if (!given.has('--log-traceback')) return 'no';
  return given.has('--full-traceback') ? 'full' : 'compressed';
}
