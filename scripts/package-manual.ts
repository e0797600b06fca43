import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { operands } from '../src/cli/regex/help.ts';
import { optionSpecs } from '../src/cli/regex/options.ts';
import { programOptions } from '../src/cli/usage.ts';
import { warderCommands } from '../src/cli/warder/commands.ts';
import { commonOptions, runOptions } from '../src/cli/warder/help.ts';
import {
  actionOptions,
  jailDefaults,
  jailOptions,
  laterJailOptions,
  serverOptions,
  threadOptions,
} from '../src/config/index.ts';
import { formatManual } from '../src/control/index.ts';
import {
  actionOptionTexts,
  jailOptionTexts,
  type OptionTexts,
  serverOptionTexts,
} from './package-option-texts.ts';

const templates = join(import.meta.dirname, '..', 'packaging', 'man');

/** What a line `@NAME@` of a template in packaging/man stands for; all of it comes from the program's own tables. */
const parts: Readonly<Record<string, () => string>> = {
  COMMANDS: () =>
    formatManual()
      .replace(/^\.SH COMMANDS\n/, '')
      .trimEnd(),
  OPTIONS: () => entries([...programOptions, ['--json', 'print the answer as JSON']]),
  REGEX_OPERANDS: () =>
    operands.map(([title, forms]) => `.SS ${roff(title)}\n${entries(joinForms(forms))}`).join('\n'),
  REGEX_OPTIONS: () =>
    entries(
      optionSpecs.map(({ names, value, help }) => [
        names.map((name) => (value === undefined ? name : `${name} <${value}>`)).join(', '),
        help,
      ]),
    ),
  WARDER_COMMANDS: () => warderCommands.map(warderCommand).join('\n'),
  WARDER_OPTIONS: () => entries(commonOptions),
  JAIL_OPTIONS: () => {
    const names = [...jailOptions, ...laterJailOptions].map(({ name }) => name);
    return options([...new Set([...names, ...jailDefaults.keys()])], jailOptionTexts, jailDefaults);
  },
  ACTION_OPTIONS: () =>
    options(
      actionOptions.map(({ name }) => name),
      actionOptionTexts,
      new Map(),
    ),
  SERVER_OPTIONS: () => {
    const all = [...serverOptions, ...threadOptions];
    const defaults = new Map(all.map(({ name, fallback }) => [name, fallback ?? null]));
    return options([...defaults.keys()], serverOptionTexts, defaults);
  },
};

/** Every manual page by its file name, in the language of man(7). */
export function manualPages(version: string, epochSec: number): ReadonlyMap<string, string> {
  const date = new Date(epochSec * 1000).toISOString().slice(0, 10);
  return new Map(
    readdirSync(templates)
      .sort()
      .map((name) => [name, fill(readFileSync(join(templates, name), 'utf8'), name, version, date)]),
  );
}

function fill(template: string, name: string, version: string, date: string): string {
  const [, title, section] = /^(.*)\.(\d)$/.exec(name) ?? [];
  const head = `.TH ${roff(title?.toUpperCase() ?? name)} ${section} ${date} "Warder ${version}" "Warder"`;
  const lines = template
    .trimEnd()
    .split('\n')
    .map((line) => {
      const part = /^@(\w+)@$/.exec(line)?.[1];
      if (part === undefined) return line;
      const make = parts[part];
      if (make === undefined) throw new Error(`packaging/man/${name}: nothing is called ${line}`);
      return make();
    });
  return `${[head, ...lines].join('\n')}\n`;
}

/** Options with their texts; those without a text are told by the next ones' (`--syslogsocket`). */
function entries(list: readonly (readonly [syntax: string, text: string])[]): string {
  return list.map(([syntax, text]) => `.TP\n${bold(syntax)}\n${plain(text)}`).join('\n');
}

/** A form without a name goes on with the text of the one before it. */
function joinForms(forms: readonly (readonly [form: string, text: string])[]): [string, string][] {
  const joined: [string, string][] = [];
  for (const [form, text] of forms) {
    const last = joined.at(-1);
    if (form === '' && last !== undefined) last[1] += ` ${text}`;
    else joined.push([form, text]);
  }
  return joined;
}

function warderCommand({
  name,
  syntax,
  summary,
  examples,
  options: own = [],
}: (typeof warderCommands)[number]): string {
  const ownOptions = own.map((option): [string, string] => [
    option.value === undefined ? `--${option.name}` : `--${option.name} ${option.value}`,
    option.summary,
  ]);
  const all = name === 'run' ? [...runOptions] : ownOptions;
  return [
    '.TP',
    bold(`${name} ${syntax}`.trim()),
    `${plain(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`)}`,
    ...(all.length === 0 ? [] : ['.RS', entries(all), '.RE']),
    '.IP',
    '.EX',
    ...examples.map(plain),
    '.EE',
  ].join('\n');
}

function options(
  names: readonly string[],
  texts: OptionTexts,
  defaults: ReadonlyMap<string, unknown>,
): string {
  return names
    .map((name) => {
      const text = texts[name];
      if (text === undefined)
        throw new Error(`no text for the option ${name} in scripts/package-option-texts.ts`);
      const value = defaults.get(name);
      const isSet = value !== undefined && value !== null && value !== '';
      return `.TP\n${bold(name)}\n${plain(text)}${isSet ? `\nDefault: ${plain(String(value))}` : ''}`;
    })
    .join('\n');
}

function bold(text: string): string {
  return text
    .split(/(<[\w ]+>)/)
    .filter((part) => part !== '')
    .map((part) => (/^<.*>$/.test(part) ? `\\fI${roff(part.slice(1, -1))}\\fR` : `\\fB${roff(part)}\\fR`))
    .join('');
}

/** A line of text; one that begins with a dot or an apostrophe would be a command. */
function plain(text: string): string {
  const line = roff(text);
  return /^[.']/.test(line) ? `\\&${line}` : line === '' ? '\\&' : line;
}

function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('"', '\\(dq')
    .replaceAll('…', '...')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti');
}
