import { statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { describeError, type PythonValue, pythonRepr, pythonStr } from '../../base/index.ts';
import { type OptionList, parseOptionList, readFilter } from '../../config/index.ts';
import type { RegexOptions } from './options.ts';

/** What is to be tried, collected from the command line and from filters. */
export interface TestedRules {
  prefRegex: string | undefined;
  failRegex: string[];
  ignoreRegex: string[];
  maxLines: number | undefined;
  datePattern: string | undefined;
}

/** Where the collecting says what it found. */
export interface RulesReport {
  say(line: string): void;
  /** Called for the date pattern, whose name the report shows. */
  sayDatePattern(pattern: string): void;
}

type Kind = 'fail' | 'ignore';

const longestShown = 53;
const filterShape = /^\/{0,3}[\p{L}\p{N}_/\-.]+(?:\[[\s\S]*\])?$/mu;

/** A text cut to what fits on a line of the report. */
export function shorten(text: string): string {
  return text.length > longestShown ? `${text.slice(0, longestShown - 3)}...` : text;
}

/**
 * Takes an argument for what it is: a filter's name or file, or a regular expression. Returns whether it could be used;
 * what is wrong with it was said.
 */
export function readRules(
  argument: string,
  kind: Kind,
  rules: TestedRules,
  options: RegexOptions & { readonly layers: readonly string[] },
  report: RulesReport,
): boolean {
  const label = `${kind}regex`.padStart(11);
  const filter = kind === 'fail' ? findFilter(argument, options) : undefined;
  if (filter === 'wrong') {
    report.say(`ERROR: Wrong filter name or options: ${argument}`);
    return false;
  }
  if (filter === undefined) {
    report.say(`Use ${label} line : ${shorten(argument)}`);
    (kind === 'fail' ? rules.failRegex : rules.ignoreRegex).push(argument);
    return true;
  }
  sayFilter(filter, label, options.config, report);
  try {
    const read = readFilter(nameForReader(argument, filter), {
      layers: filter.layers,
      backend: 'auto',
      ...(filter.isForeign ? { file: filter.file } : {}),
    });
    for (const { args } of read.commands) takeCommand(args, rules, options, report);
    return true;
  } catch (error) {
    report.say(`Wrong config file: ${describeError(error)}`);
    report.say(`ERROR: failed to load filter ${argument}`);
    return false;
  }
}

interface FoundFilter {
  readonly list: OptionList;
  readonly file: string;
  /** Not in a `filter.d`: read alone, with its includes. */
  readonly isForeign: boolean;
  readonly layers: readonly string[];
}

function findFilter(
  argument: string,
  options: RegexOptions & { readonly layers: readonly string[] },
): FoundFilter | 'wrong' | undefined {
  if (!filterShape.test(argument)) return undefined;
  let list: OptionList;
  try {
    list = parseOptionList(argument);
  } catch {
    return 'wrong';
  }
  const { name } = list;
  const names = name.slice(-6).includes('.') ? [name] : [name, `${name}.conf`, `${name}.local`];
  const folders = name.includes('/') ? [''] : options.layers.toReversed().map(filterFolder);
  const files = names.flatMap((each) => folders.map((folder) => join(folder, each)));
  const file = files.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
  if (file === undefined) return undefined;
  const parent = dirname(resolve(file));
  const isForeign = name.includes('/') && basename(parent) !== 'filter.d';
  const own = name.includes('/') && !isForeign ? [dirname(parent)] : [];
  return { list, file: resolve(file), isForeign, layers: [...options.layers, ...own] };
}

/** In a `filter.d` a file goes by its name; the options stay behind it. */
function nameForReader(argument: string, { list, isForeign }: FoundFilter): string {
  return isForeign ? argument : plainName(list.name) + argument.slice(list.name.length);
}

function plainName(name: string): string {
  return basename(name).replace(/\.\w+$/, '');
}

/** `-c` may name the folder of filters itself. */
function filterFolder(layer: string): string {
  return basename(layer) === 'filter.d' ? layer : join(layer, 'filter.d');
}

function sayFilter(
  { list, isForeign }: FoundFilter,
  label: string,
  config: string,
  report: RulesReport,
): void {
  if (isForeign) report.say(`Use ${label} file : ${list.name}`);
  else {
    const folder = basename(config) === 'filter.d' ? dirname(config) : config;
    report.say(`Use ${label} filter file : ${plainName(list.name)}, basedir: ${folder}`);
  }
  if (list.options.size > 0) report.say(`Use   filter options : ${pythonRepr(new Map(list.options))}`);
}

/** The commands that a filter would send to its jail. What the command line said goes before. */
function takeCommand(
  args: readonly PythonValue[],
  rules: TestedRules,
  options: RegexOptions,
  report: RulesReport,
): void {
  const [, , name, value = ''] = args;
  const texts = Array.isArray(value) ? value.map(pythonStr) : [pythonStr(value)];
  if (name === 'prefregex') rules.prefRegex = texts[0];
  else if (name === 'addfailregex') rules.failRegex.push(...texts);
  else if (name === 'addignoreregex') rules.ignoreRegex.push(...texts);
  else if (name === 'maxlines' && rules.maxLines === undefined) {
    rules.maxLines = Number(texts[0]);
    report.say(`Use         maxlines : ${rules.maxLines}`);
  } else if (name === 'datepattern' && options.datePattern === undefined) {
    rules.datePattern = texts[0];
    report.sayDatePattern(texts[0]!);
  }
}
