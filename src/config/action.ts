import { posix } from 'node:path';
import { pythonRepr, WarderError } from '../base/index.ts';
import { Definition } from './definition.ts';
import { resourceName, withoutKnown } from './filter.ts';
import type { ConfigLoader, LoadedResource } from './loader.ts';
import { type OptionList, parseOptionList, splitOptionLists } from './option-list.ts';
import { actionOptions } from './options.ts';
import { jsonObject, strip } from './python-text.ts';
import type { ActionConfig, EffectiveOption, Origin, StreamCommand } from './types.ts';

/** Tags that the daemon fills when it bans; they stay as they are. */
const lateTags = ['matches', 'ipmatches', 'ipjailmatches', 'timeout', 'bantime'];

const programFile = /\.(?:py|m?js)$/;

/** An action as a jail names it, its file read. */
export interface OpenAction {
  /** Missing for a program (`.py`, `.js`, `.mjs`), which is not read. */
  readonly resource?: LoadedResource;
  /** The action and the commands that create it. Throws the errors of substitution; told to `onError` is what costs one option only. */
  finish(onError: (error: WarderError) => void): { action: ActionConfig; commands: StreamCommand[] };
}

/** One action in the value of a jail's `action`. */
export interface ActionText {
  readonly text: string;
  /** Where in the value it begins. */
  readonly index: number;
}

/** The actions that the value of `action` lists, without empty ones. */
export function actionTexts(value: string): ActionText[] {
  return splitOptionLists(value).map(({ text, index }) => ({ text: strip(text), index }));
}

/**
 * Reads an action that a jail names with its arguments, such as `iptables[port=ssh]`, or prepares a program. Throws
 * `CONFIG_BAD_ACTION_NAME`, `CONFIG_NO_ACTION`, or the errors of substitution.
 */
export function openAction(
  loader: ConfigLoader,
  jail: string,
  text: string,
  jailOptions: ReadonlyMap<string, EffectiveOption>,
  origin: Origin | undefined,
): OpenAction {
  const { name, options } = parseActionText(text, origin);
  if (programFile.test(name)) return openProgramAction(loader, jail, name, options, origin);
  const resource = loader.load(resourceName('action.d', name));
  const script = resource.found ? undefined : scriptOf(loader, name);
  if (script !== undefined) return openProgramAction(loader, jail, script, options, origin);
  if (!resource.found) {
    throw new WarderError('CONFIG_NO_ACTION', `Unable to read action ${pythonRepr(name)}`, {
      ...origin,
      hint: `there is no action.d/${name}.conf that can be read`,
      cause: resource.errors[0],
    });
  }
  const given = new Map(options);
  if (!given.has('name')) given.set('name', jail);
  if (!given.has('actname')) given.set('actname', actionName(name, jail, given.get('name')!));
  const definition = new Definition(resource, actionOptions, given, origin);
  definition.select(jailOptions);
  const unique = given.get('actname')!;
  return {
    resource,
    finish(onError) {
      const combined = definition.combine(lateTags, onError);
      return {
        action: {
          name: unique,
          file: name,
          isPython: false,
          arguments: options,
          options: withoutKnown(combined),
        },
        commands: actionCommands(jail, unique, combined, definition, origin),
      };
    },
  };
}

function parseActionText(text: string, origin: Origin | undefined): OptionList {
  try {
    return parseOptionList(text);
  } catch (error) {
    if (!(error instanceof WarderError)) throw error;
    const message = `Invalid action definition ${pythonRepr(text)}: ${error.message}`;
    throw new WarderError('CONFIG_BAD_ACTION_NAME', message, { ...origin, cause: error });
  }
}

/** Unique in the jail also where one action is used twice under different `name`s. */
function actionName(file: string, jail: string, name: string): string {
  if (name === jail) return file;
  return file + (name.startsWith(jail) ? name.slice(jail.length) : `-${name}`);
}

/** `addaction`, then one command with all options: the file's commands with tags replaced, and the properties as given. */
function actionCommands(
  jail: string,
  name: string,
  combined: ReadonlyMap<string, EffectiveOption>,
  definition: Definition,
  origin: Origin | undefined,
): StreamCommand[] {
  const isCommand = new Set(actionOptions.map((spec) => spec.name));
  const pairs: StreamCommand['args'] = [];
  for (const option of combined.values()) {
    if (isCommand.has(option.name)) pairs.push([option.name, option.value]);
  }
  for (const option of definition.initial) {
    if (!isCommand.has(option.name)) pairs.push([option.name, option.value]);
  }
  const place = origin === undefined ? {} : { origin };
  return [
    { args: ['set', jail, 'addaction', name], ...place },
    { args: ['multi-set', jail, 'action', name, pairs], ...place },
  ];
}

/** The module that an action without a `.conf` file stands for. */
function scriptOf(loader: ConfigLoader, name: string): string | undefined {
  return [`${name}.js`, `${name}.mjs`].find((file) => loader.layers.shared(`action.d/${file}`) !== undefined);
}

/** An action that is a program: a Python file, which cannot run here, or a JavaScript module, which the daemon looks at and runs. */
function openProgramAction(
  loader: ConfigLoader,
  jail: string,
  file: string,
  options: Map<string, string>,
  origin: Origin | undefined,
): OpenAction {
  const given = new Map(options);
  const name = given.get('actname') ?? file.replace(programFile, '');
  const isPython = file.endsWith('.py');
  given.delete('actname');
  return {
    finish(onError) {
      if (isPython && posix.basename(file) !== 'smtp.py') {
        const hint = 'use an action of action.d/*.conf; only smtp.py has a built-in equal';
        const message = `action ${file} is written in Python, which cannot run here`;
        onError(new WarderError('CONFIG_PYTHON_ACTION', message, { ...origin, hint }));
      }
      const path = loader.layers.pathOf(posix.isAbsolute(file) ? file : `action.d/${file}`);
      if (!isPython && loader.files.kind(path) !== 'file') {
        const hint = `there is no file ${path}; the jail bans without it`;
        onError(
          new WarderError('CONFIG_NO_ACTION', `Unable to read action ${pythonRepr(file)}`, {
            ...origin,
            hint,
          }),
        );
      }
      const args = ['set', jail, 'addaction', name, path, jsonObject(given)];
      const optionMap = new Map(
        [...given].map(([key, value]) => [key, { name: key, value, ...(origin && { origin }) }]),
      );
      return {
        action: { name, file, isPython, arguments: options, options: optionMap },
        commands: [{ args, ...(origin && { origin }) }],
      };
    },
  };
}
