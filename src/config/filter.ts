import { posix } from 'node:path';
import { pythonRepr, WarderError } from '../base/index.ts';
import { Definition } from './definition.ts';
import type { ConfigLoader, LoadedResource } from './loader.ts';
import { parseOptionList } from './option-list.ts';
import { filterOptions } from './options.ts';
import { shellWords } from './python-text.ts';
import type { EffectiveOption, FilterConfig, Origin, StreamCommand } from './types.ts';

/** A filter as a jail names it, its files read. */
export interface OpenFilter {
  readonly name: string;
  readonly resource: LoadedResource;
  readonly definition: Definition;
}

/**
 * Reads the files of a filter that is named with its options (`sshd[mode=aggressive]`). `path` reads that file in the
 * place of the one from `filter.d`. Throws `CONFIG_BAD_FILTER_NAME` or `CONFIG_NO_FILTER`.
 */
export function openFilter(
  loader: ConfigLoader,
  text: string,
  origin: Origin | undefined,
  path?: string,
): OpenFilter {
  let list: ReturnType<typeof parseOptionList>;
  try {
    list = parseOptionList(text);
  } catch (error) {
    if (!(error instanceof WarderError)) throw error;
    const message = `Invalid filter definition ${pythonRepr(text)}: ${error.message}`;
    throw new WarderError('CONFIG_BAD_FILTER_NAME', message, { ...origin, cause: error });
  }
  const { name, options } = list;
  const resource = path === undefined ? loader.load(resourceName('filter.d', name)) : loader.loadFile(path);
  if (!resource.found) {
    const message = `Unable to read the filter ${pythonRepr(name)}`;
    throw new WarderError('CONFIG_NO_FILTER', message, {
      ...origin,
      hint: `there is no filter.d/${name}.conf that can be read`,
      cause: resource.errors[0],
    });
  }
  return { name, resource, definition: new Definition(resource, filterOptions, options, origin) };
}

/** Name of the resource behind a filter's or action's name, which may also be a path. */
export function resourceName(folder: string, name: string): string {
  return name.startsWith('./') || posix.isAbsolute(name) ? posix.resolve(name) : `${folder}/${name}`;
}

/** What rules depend on, so that it is sent before them. */
const earlyOptions: ReadonlySet<string> = new Set(['usedns', 'maxlines', 'prefregex', 'logformat']);

/**
 * The commands that give the options to a jail, in fail2ban's order: `usedns`, `maxlines` and `prefregex` (and our
 * `logformat`) before what depends on them. They are inserted at the beginning of `commands`, the others are added at its end. Throws
 * `CONFIG_WRONG_VALUE` for a `journalmatch` with an open quote.
 */
export function addFilterCommands(
  commands: StreamCommand[],
  options: Iterable<EffectiveOption>,
  jail: string,
): void {
  let early = 0;
  for (const option of options) {
    const { name, value, origin } = option;
    const command = (args: StreamCommand['args']): StreamCommand => ({ args, ...(origin && { origin }) });
    if (value === null) continue;
    if (name === 'failregex' || name === 'ignoreregex') {
      const rules = String(value)
        .split('\n')
        .filter((rule) => rule !== '');
      if (rules.length > 1) commands.push(command(['multi-set', jail, `add${name}`, rules]));
      else if (rules.length === 1) commands.push(command(['set', jail, `add${name}`, rules[0]!]));
    } else if (earlyOptions.has(name)) {
      commands.splice(name === 'usedns' ? 0 : early, 0, command(['set', jail, name, value]));
      early++;
    } else if (name === 'datepattern') {
      commands.push(command(['set', jail, name, value]));
    } else if (name === 'journalmatch') {
      for (const match of String(value).split('\n')) {
        if (match !== '')
          commands.push(command(['set', jail, 'addjournalmatch', ...journalWords(match, origin)]));
      }
    }
  }
}

function journalWords(match: string, origin: Origin | undefined): string[] {
  const words = shellWords(match);
  if (words === undefined) {
    throw new WarderError('CONFIG_WRONG_VALUE', `journalmatch has an open quote: ${match}`, { ...origin });
  }
  return words;
}

/** What the commands of one jail make of a filter; of single values the last one counts, as for the server. */
export function filterFromCommands(
  name: string,
  commands: readonly StreamCommand[],
  options: ReadonlyMap<string, EffectiveOption>,
): FilterConfig {
  const single = new Map<string, StreamCommand['args'][number]>();
  const failRegex: string[] = [];
  const ignoreRegex: string[] = [];
  const journalMatch: string[][] = [];
  for (const { args } of commands) {
    const values = args.slice(3).flat() as string[];
    if (args[2] === 'addfailregex') for (const rule of values) failRegex.push(rule);
    else if (args[2] === 'addignoreregex') for (const rule of values) ignoreRegex.push(rule);
    else if (args[2] === 'addjournalmatch') journalMatch.push(values);
    else single.set(String(args[2]), args[3]!);
  }
  const text = (option: string): string | undefined => {
    const value = single.get(option);
    return typeof value === 'string' ? value : undefined;
  };
  const maxLines = single.get('maxlines');
  return {
    name,
    ...withValue('prefRegex', text('prefregex')),
    failRegex,
    ignoreRegex,
    ...withValue('maxLines', typeof maxLines === 'number' ? maxLines : undefined),
    ...withValue('datePattern', text('datepattern')),
    ...withValue('logFormat', text('logformat')),
    ...withValue('useDns', text('usedns')),
    journalMatch,
    commands,
    options,
  };
}

function withValue<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { [name in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [name in Name]?: Value });
}

/** The options of a filter or action for display: without the values that `[Init]` keeps as known ones. */
export function withoutKnown(
  options: ReadonlyMap<string, EffectiveOption>,
): ReadonlyMap<string, EffectiveOption> {
  return new Map([...options].filter(([name]) => !name.startsWith('known/')));
}
