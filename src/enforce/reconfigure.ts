import type { PythonValue } from '../base/index.ts';
import { ActionProperties, type CommandName } from './action-properties.ts';
import type { Lane } from './lane.ts';
import { fillProperties } from './tags.ts';
import type { Outcome } from './types.ts';

/** Commands that decide what is in force; with the same ones a change is no more than a new timeout or text. */
const enforcing: readonly CommandName[] = [
  'actionstart',
  'actionstop',
  'actionban',
  'actionunban',
  'actionflush',
];

/**
 * Gives a running action new properties. With `actionreload` it runs that, as fail2ban does. Else, where what is in
 * force would be different and lasts, it is ended with the old commands and made again with the new ones; fail2ban
 * leaves it as it was until a restart. Throws `ACTION_TIMEOUT`, having changed nothing.
 */
export async function changeAction(
  lane: Lane,
  properties: ReadonlyMap<string, PythonValue>,
  report: (outcome: Outcome) => void,
): Promise<void> {
  const { action, held } = lane;
  if (action.properties.equals(properties)) return;
  const next = new ActionProperties(properties);
  const anew = !next.has('actionreload') && action.traits().holdsState && differ(action.properties, next);
  if (anew) {
    await held.endAll(true);
    report(await action.stop());
  }
  action.properties.replace(properties);
  if (next.has('actionreload')) report(await action.reload());
  if (!anew) return;
  report(await action.start());
  held.forget();
  lane.compare(true);
}

function differ(one: ActionProperties, other: ActionProperties): boolean {
  return enforcing.some((command) => textOf(one, command) !== textOf(other, command));
}

/** A command for both families; undefined where its tags go round in a circle. */
function textOf(properties: ActionProperties, command: CommandName): string | undefined {
  try {
    const texts = properties.texts().properties;
    return properties
      .families(true)
      .map((family) => fillProperties(command, texts, family))
      .join('\0');
  } catch {
    return undefined;
  }
}
