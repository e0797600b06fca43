import { posix } from 'node:path';
import { ActionProperties } from '../action-properties.ts';
import type { CreateAction } from '../create-action.ts';
import { ScriptAction } from './script-action.ts';
import { readTrustedSource } from './trusted-source.ts';

/** Whether the file that `addaction NAME FILE …` names is one that is carried out here. */
export function isScriptFile(file: string | undefined): file is string {
  return file !== undefined && /\.m?js$/.test(file);
}

/**
 * An action that a JavaScript module carries out. The module's text is read now, so that what was looked at is what runs until the next
 * reload. Throws `ACTION_SCRIPT_FILE`, `ACTION_SCRIPT_UNSAFE` or `ACTION_TIMEOUT`.
 */
export const createScriptAction: CreateAction = (settings, parts) => {
  const { name, pythonFile = '', properties } = settings;
  const file = posix.resolve(pythonFile);
  return new ScriptAction({
    jail: parts.jail,
    name,
    file,
    logger: parts.logger,
    properties: new ActionProperties(properties),
    source: readTrustedSource(file, parts.jail),
    ...(parts.runner.patience === undefined ? {} : { patience: parts.runner.patience }),
  });
};
