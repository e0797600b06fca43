import { WarderError } from '../base/index.ts';
import type { Action } from './action.ts';
import { ActionProperties } from './action-properties.ts';
import { ShellAction, type ShellActionParts } from './shell-action.ts';
import type { ActionSettings } from './types.ts';

/** Makes an action from its settings. Throws a WarderError for one that cannot run here. */
export type CreateAction = (
  settings: ActionSettings,
  parts: Omit<ShellActionParts, 'name' | 'properties'>,
) => Action;

/** Every action that is described by commands. Throws `ACTION_PYTHON`, `ACTION_SMTP` or `ACTION_TIMEOUT`. */
export const createShellAction: CreateAction = (settings, parts) => {
  if (settings.pythonFile !== undefined) throw pythonError(settings.name, settings.pythonFile, parts.jail);
  const properties = new ActionProperties(settings.properties);
  return new ShellAction({ ...parts, name: settings.name, properties });
};

function pythonError(name: string, file: string, jail: string): WarderError {
  if (/(?:^|\/)smtp\.py$/.test(file)) {
    return new WarderError(
      'ACTION_SMTP',
      `the action ${name} (smtp.py) has no built-in equal in this version yet`,
      {
        jail,
        hint: 'use sendmail or another mail action in its place; the jail bans without it',
      },
    );
  }
  return new WarderError(
    'ACTION_PYTHON',
    `the action ${name} is the Python file ${file}, which cannot run here`,
    {
      jail,
      hint: 'write it as an action.d/*.conf file with commands; the jail bans without it',
    },
  );
}
