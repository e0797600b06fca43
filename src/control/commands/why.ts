import type { PythonValue } from '../../base/index.ts';
import { type CommandSpec, furtherHelp } from './types.ts';
import { textArg } from './values.ts';

/** `why ID`: our own, as a dict whose keys are those of the JSON answer. */
export const whyCommand: CommandSpec = {
  route: 'why',
  help: [furtherHelp('why <IP>', 'tells for each jail why <IP> is banned there, or why it is not')],
  least: 1,
  run: async (call) => asPython(await call.api.why(textArg(call.args, 0))),
};

/** `web`: where the page of figures can be seen. */
export const webCommand: CommandSpec = {
  route: 'web',
  help: [furtherHelp('web', 'shows where the web page is, and the file with its token')],
  run: (call) => asPython(call.api.web()),
};

/** `health`: how the daemon, its jails, logs, rules and actions are. */
export const healthCommand: CommandSpec = {
  route: 'health',
  help: [furtherHelp('health', 'tells how the server, its logs, rules and actions are')],
  run: (call) => asPython(call.api.health()),
};

/** A report of plain data; what is absent stays absent. */
function asPython(value: unknown): PythonValue {
  if (Array.isArray(value)) return value.map(asPython);
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return new Map(entries.map(([key, item]): [string, PythonValue] => [key, asPython(item)]));
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return null;
}
