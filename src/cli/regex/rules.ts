import { basename, dirname, join, resolve } from 'node:path';
import { describeError, type PythonValue, pythonRepr, pythonStr } from '../../base/index.ts';
import { type FilterConfig, type OptionList, parseOptionList, readFilter } from '../../config/index.ts';
import { isFile } from './is-file.ts';
import { type JailRules, readJailRules } from './jail-rules.ts';
import { journalAlternatives } from './journal-argument.ts';
import { shorten } from './shorten.ts';

/** What is to be tried, collected from the command line, from filters and jails. */
export interface TestedRules {
  prefRegex: string | undefined;
  failRegex: string[];
  ignoreRegex: string[];
  maxLines: number | undefined;
  datePattern: string | undefined;
  /** `json[…]`, where the log holds objects. */
  logFormat: string | undefined;
  useDns: string | undefined;
  timeZone: string | undefined;
  encoding: string | undefined;
  /** Alternatives of terms. */
  journalMatch: string[][];
}

/** Nothing to be tried yet. */
export function noRules(): TestedRules {
  return {
    prefRegex: undefined,
    failRegex: [],
    ignoreRegex: [],
    maxLines: undefined,
    datePattern: undefined,
    logFormat: undefined,
    useDns: undefined,
    timeZone: undefined,
    encoding: undefined,
    journalMatch: [],
  };
}

/** How REGEX and IGNOREREGEX are read. */
export interface RulesRequest {
  /** The directory of the administrator's configuration, as the report names it. */
  readonly config: string;
  /** Directories of configuration, the lowest layer first; `config` is the last one. */
  readonly layers: readonly string[];
  /** The lines come from the journal, which decides on the `logtype` of a filter. */
  readonly isJournal: boolean;
  /** Which option has been given on the command line, and is not to be taken from a filter. */
  isGiven(
    option: 'datepattern' | 'maxlines' | 'usedns' | 'logtimezone' | 'logencoding' | 'journalmatch',
  ): boolean;
  /** The options of a filter are said as they are after substitution. */
  readonly showsRealOptions: boolean;
}

/** Where the collecting says what it found. */
export interface RulesReport {
  /** What the report begins with. */
  say(line: string): void;
  /** What is wrong. */
  fail(line: string): void;
  /** Called for the date pattern, whose name the report shows. */
  sayDatePattern(pattern: string): void;
}

type Kind = 'fail' | 'ignore';

const filterShape = /^\/{0,3}[\p{L}\p{N}_/\-.]+(?:\[[\s\S]*\])?$/mu;
/** A name that can be a jail's: no path, and no name of a file. */
const notJail = /\/|\.(?:conf|local)$/;

/**
 * Takes an argument for what it is: the name of a jail, a filter's name or file, or a regular expression. Returns
 * whether it could be used; what is wrong with it was said.
 */
export function readRules(
  argument: string,
  kind: Kind,
  rules: TestedRules,
  request: RulesRequest,
  report: RulesReport,
): boolean {
  if (kind === 'ignore' || !filterShape.test(argument)) return takeExpression(argument, kind, rules, report);
  let list: OptionList;
  try {
    list = parseOptionList(argument);
  } catch (error) {
    report.fail(`ERROR: Wrong filter name or options: ${describeError(error)}`);
    report.fail(`       while parsing: ${argument}`);
    return false;
  }
  const used = notJail.test(list.name) ? undefined : takeJail(argument, list, rules, request, report);
  if (used !== undefined) return used;
  const file = findFilter(list.name, request.layers);
  if (file === undefined) return takeExpression(argument, kind, rules, report);
  return takeFilter(argument, list, file, rules, request, report);
}

function takeExpression(argument: string, kind: Kind, rules: TestedRules, report: RulesReport): boolean {
  report.say(`Use ${`${kind}regex`.padStart(11)} line : ${shorten(argument)}`);
  (kind === 'fail' ? rules.failRegex : rules.ignoreRegex).push(argument);
  return true;
}

/** Undefined when there is no such jail. */
function takeJail(
  argument: string,
  { name, options }: OptionList,
  rules: TestedRules,
  request: RulesRequest,
  report: RulesReport,
): boolean | undefined {
  let jail: JailRules | undefined;
  try {
    jail = readJailRules({ name, options, layers: request.layers, isJournal: request.isJournal });
  } catch (error) {
    report.fail(`ERROR: Failed to get jail for ${pythonRepr(argument)}: ${describeError(error)}`);
    return false;
  }
  if (jail === undefined) return undefined;
  report.say(`Use ${''.padStart(11)} jail : ${name}`);
  if (options.size > 0) report.say(`Use jail/flt options : ${pythonRepr(new Map(options))}`);
  for (const { args } of jail.commands) takeCommand(args, rules, request, report);
  return true;
}

interface FoundFile {
  readonly path: string;
  /** Not in a `filter.d`: read alone, with its includes. */
  readonly isForeign: boolean;
  /** The directory of configuration that its path names; it goes before all layers. */
  readonly own: readonly string[];
}

function findFilter(name: string, layers: readonly string[]): FoundFile | undefined {
  const names = basename(name).slice(-6).includes('.') ? [name] : [name, `${name}.conf`, `${name}.local`];
  const inLayers = layers.toReversed();
  const folders = name.includes('/')
    ? ['', ...(name.startsWith('filter.d/') ? inLayers : [])]
    : inLayers.map(filterFolder);
  const path = names.flatMap((each) => folders.map((folder) => join(folder, each))).find(isFile);
  if (path === undefined) return undefined;
  const folder = dirname(resolve(path));
  const isForeign = name.includes('/') && basename(folder) !== 'filter.d';
  const own = name.includes('/') && !isForeign ? [dirname(folder)] : [];
  return { path: resolve(path), isForeign, own };
}

function takeFilter(
  argument: string,
  { name, options }: OptionList,
  file: FoundFile,
  rules: TestedRules,
  request: RulesRequest,
  report: RulesReport,
): boolean {
  if (file.isForeign) report.say(`Use   failregex file : ${name}`);
  else {
    const folder = baseFolder(name, request.config);
    report.say(`Use   failregex filter file : ${plainName(name)}, basedir: ${folder}`);
  }
  if (options.size > 0) report.say(`Use   filter options : ${pythonRepr(new Map(options))}`);
  // In a `filter.d` a file goes by its name; the options stay behind it.
  const text = file.isForeign ? argument : plainName(name) + argument.slice(name.length);
  try {
    const read = readFilter(text, {
      layers: [...request.layers.filter((layer) => !file.own.includes(layer)), ...file.own],
      backend: request.isJournal ? 'systemd' : 'auto',
      ...(file.isForeign ? { file: file.path } : {}),
    });
    if (request.showsRealOptions) report.say(realOptions(read, options));
    for (const { args } of read.commands) takeCommand(args, rules, request, report);
    return true;
  } catch (error) {
    report.fail(`Wrong config file: ${describeError(error)}`);
    report.fail(`ERROR: failed to load filter ${argument}`);
    return false;
  }
}

/** As the command line names it: the folder of the configuration, or the one that the path of the filter begins with. */
function baseFolder(name: string, config: string): string {
  if (name.includes('/') && !name.startsWith('filter.d/')) return dirname(dirname(name));
  return basename(config) === 'filter.d' ? dirname(config) : config;
}

function realOptions({ options }: FilterConfig, given: ReadonlyMap<string, string>): string {
  const shown = new Map<PythonValue, PythonValue>();
  for (const name of ['logtype', 'datepattern', ...given.keys()]) {
    const option = options.get(name);
    if (option !== undefined) shown.set(name, option.value);
  }
  return `Real  filter options : ${pythonRepr(shown)}`;
}

function plainName(name: string): string {
  return basename(name).replace(/\.\w+$/, '');
}

/** `-c` may name the folder of filters itself. */
function filterFolder(layer: string): string {
  return basename(layer) === 'filter.d' ? layer : join(layer, 'filter.d');
}

/** The commands that a filter or jail would send. What the command line said goes before. */
function takeCommand(
  args: readonly PythonValue[],
  rules: TestedRules,
  request: RulesRequest,
  report: RulesReport,
): void {
  const [, , name, value = ''] = args;
  const texts = Array.isArray(value) ? value.map(pythonStr) : [pythonStr(value)];
  const text = texts[0] as string;
  switch (name) {
    case 'prefregex':
      rules.prefRegex = text;
      break;
    case 'addfailregex':
      rules.failRegex.push(...texts);
      break;
    case 'addignoreregex':
      rules.ignoreRegex.push(...texts);
      break;
    case 'addjournalmatch':
      if (request.isGiven('journalmatch')) break;
      rules.journalMatch.push(...journalAlternatives(args.slice(3).map(pythonStr)));
      break;
    case 'maxlines':
      if (rules.maxLines !== undefined) break;
      rules.maxLines = Number(text);
      report.say(`Use         maxlines : ${text}`);
      break;
    case 'logformat':
      rules.logFormat = text;
      report.say(`Use        logformat : ${shorten(text)}`);
      break;
    case 'datepattern':
      if (request.isGiven('datepattern')) break;
      rules.datePattern = text;
      report.sayDatePattern(text);
      break;
    case 'usedns':
      if (!request.isGiven('usedns')) rules.useDns = text;
      break;
    case 'logtimezone':
      if (!request.isGiven('logtimezone')) rules.timeZone = text;
      break;
    case 'logencoding':
      if (!request.isGiven('logencoding')) rules.encoding = text;
      break;
    default:
  }
}
