import { optionSpecs, type RegexOptionSpec } from './options.ts';

const lineWidth = 78;
const textColumn = 24;

/** The line that says how the program is called. */
export function regexUsage(program: string): string {
  return `Usage: ${program} [OPTIONS] <LOG> <REGEX> [IGNOREREGEX]\n`;
}

/** What LOG, REGEX and IGNOREREGEX may be. */
/** What may stand behind the options of fail2ban-regex. */
export const operands: readonly (readonly [
  title: string,
  forms: readonly (readonly [form: string, text: string])[],
])[] = [
  [
    'LOG',
    [
      ['string', 'a string representing a log line'],
      ['filename', 'path to a log file (/var/log/auth.log)'],
      ['pattern', 'glob of log files, read in the order of their age (/var/log/auth.log*)'],
      ['systemd-journal', 'what the systemd journal holds, optionally with the parameters of'],
      ['', 'the backend (systemd-journal[journalflags=1])'],
    ],
  ],
  [
    'REGEX',
    [
      ['string', "a string representing a 'failregex'"],
      ['jail', 'name of jail, optionally with options for its filter'],
      ['filter', 'name of filter, optionally with options (sshd[mode=aggressive])'],
      ['filename', 'path to a filter file (filter.d/sshd.conf)'],
    ],
  ],
  [
    'IGNOREREGEX',
    [
      ['string', "a string representing an 'ignoreregex'"],
      ['filename', 'path to a filter file (filter.d/sshd.conf)'],
    ],
  ],
];

/** `fail2ban-regex --help`. */
export function regexHelp(program: string): string {
  const forms = operands.map(
    ([title, lines]) =>
      `\n${title}:\n${lines.map(([form, text]) => `  ${form.padEnd(textColumn - 2)}${text}\n`).join('')}`,
  );
  return [
    regexUsage(program),
    '\nTries a filter, or a single regular expression, on a log or on a single line, and says what it finds.\n',
    ...forms,
    '\nOptions:\n',
    ...optionSpecs.map(describeOption),
    '\nReport bugs to https://github.com/fail2ban/fail2ban/issues\n',
  ].join('');
}

function describeOption({ names, value, help }: RegexOptionSpec): string {
  const spellings = names.map((name) => {
    if (value === undefined) return name;
    return name.startsWith('--') ? `${name}=${value}` : `${name} ${value}`;
  });
  const head = `  ${spellings.join(', ')}`;
  const indent = ' '.repeat(textColumn);
  const lines = wrapWords(help, lineWidth - textColumn);
  if (head.length > textColumn - 2) return [head, ...lines.map((line) => indent + line), ''].join('\n');
  const [first, ...others] = lines;
  return [head.padEnd(textColumn) + first, ...others.map((line) => indent + line), ''].join('\n');
}

function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
