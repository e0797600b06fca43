import {
  actionListCommands,
  commandActionInformation,
  commandActionSettings,
  generalActionInformation,
  generalActionSettings,
} from './actions.ts';
import { basicSection } from './basic.ts';
import { jailInformationCommands } from './jail-information.ts';
import { jailSettingsCommands } from './jail-settings.ts';
import { databaseSection, loggingSection } from './server-options.ts';
import { jailControlSection } from './status.ts';
import type { Section } from './types.ts';

/**
 * Every command, in the order of the help. Dispatch, checks of arguments, help, manual page and completion all come from
 * here.
 */
export const commandTable: readonly Section[] = [
  basicSection,
  loggingSection,
  databaseSection,
  jailControlSection,
  { title: 'JAIL CONFIGURATION', commands: [...jailSettingsCommands, ...actionListCommands] },
  { title: 'COMMAND ACTION CONFIGURATION', commands: [commandActionSettings] },
  { title: 'GENERAL ACTION CONFIGURATION', commands: [generalActionSettings] },
  { title: 'JAIL INFORMATION', commands: jailInformationCommands },
  { title: 'COMMAND ACTION INFORMATION', commands: [commandActionInformation] },
  { title: 'GENERAL ACTION INFORMATION', commands: generalActionInformation },
];
