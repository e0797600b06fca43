import { WarderError } from '../base/index.ts';
import type { Action } from './action.ts';
import { ActionProperties } from './action-properties.ts';
import { DryRunAction } from './dry-run-action.ts';
import { EngineAction, type EngineServices, servedBy } from './engines/index.ts';
import { isSmtpAction, smtpProperties } from './notify/index.ts';
import { createScriptAction, isScriptFile } from './script-action/index.ts';
import { ShellAction, type ShellActionParts } from './shell-action.ts';
import type { ActionSettings, Outcome } from './types.ts';

/** Makes an action from its settings. Throws a WarderError for one that cannot run here. */
export type CreateAction = (
  settings: ActionSettings,
  parts: Omit<ShellActionParts, 'name' | 'properties'> & {
    /** Where there are none every action runs its commands. */
    readonly engines?: EngineServices | undefined;
    /** Told of what an action does by itself, between the calls. */
    readonly onLate?: (outcome: Outcome) => void;
  },
) => Action;

/**
 * An action that an engine carries out where one serves it, else a shell action; the log says which, and why. Throws what
 * `createShellAction` and `createScriptAction` throw.
 */
export const createUsualAction: CreateAction = (settings, parts) => {
  if (settings.dryRun) {
    const action = createUsualAction({ ...settings, dryRun: false }, parts);
    return new DryRunAction({ jail: parts.jail, logger: parts.logger, action });
  }
  if (isScriptFile(settings.pythonFile)) return createScriptAction(settings, parts);
  const { engines: services, jail } = parts;
  const { name } = settings;
  const properties = new ActionProperties(settings.properties);
  const served = servedBy(settings, services);
  if (served === undefined || services === undefined) return createShellAction(settings, parts);
  const how =
    'engine' in served
      ? `served by the ${served.engine} engine`
      : `runs as written, since ${served.asWritten}`;
  services.announce(`[${jail}] ${name}`, how);
  if (!('engine' in served)) return createShellAction(settings, parts);
  return new EngineAction({
    jail,
    name,
    properties,
    services,
    engine: served.engine,
    batchLimit: served.batchLimit,
    createEngine: () => served.create(properties, jail),
    report: parts.onLate ?? (() => undefined),
  });
};

/** The one Python file that has a built-in equal, described by commands; all other settings as they are. */
export function asCommands(settings: ActionSettings, jail: string): ActionSettings {
  const { pythonFile, ...others } = settings;
  if (pythonFile === undefined || !isSmtpAction(pythonFile)) return settings;
  return { ...others, properties: smtpProperties(jail, settings.properties) };
}

/** Every action that is described by commands. Throws `ACTION_PYTHON` or `ACTION_TIMEOUT`. */
export const createShellAction: CreateAction = (settings, parts) => {
  const { name, pythonFile, properties } = asCommands(settings, parts.jail);
  if (pythonFile !== undefined) throw pythonError(name, pythonFile, parts.jail);
  return new ShellAction({ ...parts, name, properties: new ActionProperties(properties) });
};

function pythonError(name: string, file: string, jail: string): WarderError {
  return new WarderError(
    'ACTION_PYTHON',
    `the action ${name} is the Python file ${file}, which cannot run here`,
    {
      jail,
      hint: 'write it as an action.d/*.conf file with commands; the jail bans without it',
    },
  );
}
