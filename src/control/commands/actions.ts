import { type PythonValue, pythonRepr, pythonStr, WarderError } from '../../base/index.ts';
import type { ActionApi } from '../server-api.ts';
import { checkFile } from './filter-values.ts';
import { type Call, type CommandSpec, type HelpEntry, help } from './types.ts';
import { argAt, incomplete, jsonArgs, list, textArg, timeSpanValue } from './values.ts';

/** What an action of fail2ban can be asked to do; a property of such a name cannot be set. */
const methods: readonly string[] = [
  'ban',
  'clearAllParams',
  'consistencyCheck',
  'escapeTag',
  'executeCmd',
  'flush',
  'invalidateBanEpoch',
  'prolong',
  'reban',
  'reload',
  'replaceDynamicTags',
  'replaceTag',
  'start',
  'stop',
  'unban',
];

/** Properties that every action has, with their values before anybody sets them. */
const defaultProperties: ReadonlyMap<string, PythonValue> = new Map<string, PythonValue>([
  ['actionban', ''],
  ['actioncheck', ''],
  ['actionflush', ''],
  ['actionreban', ''],
  ['actionreload', ''],
  ['actionrepair', ''],
  ['actionstart', ''],
  ['actionstop', ''],
  ['actionunban', ''],
  ['banEpoch', 0],
  ['timeout', 60],
]);

/** Constants of fail2ban's class that its list of properties shows; they cannot be read. */
const shownConstants = ['ESCAPE_CRE', 'ESCAPE_VN_CRE'];

function readProperty(action: ActionApi, name: string): PythonValue {
  const value = action.properties().get(name) ?? defaultProperties.get(name);
  if (value !== undefined) return value;
  throw new WarderError('ACTION_PROPERTY', `'CommandAction' object has no attribute ${pythonRepr(name)}`);
}

async function setProperty(action: ActionApi, name: string, value: PythonValue): Promise<void> {
  // The length of a ban comes with each ban; fail2ban ignores it here too.
  if (name === 'bantime') return;
  await action.setProperty(name, name === 'timeout' ? timeSpanValue(value) : value);
}

/** `set JAIL action ACT PROPERTY VALUE`, or a method instead of the property, or in a `multi-set` a list of pairs. */
async function setAction(call: Call): Promise<PythonValue> {
  const action = call.jail().action(textArg(call.args, 0));
  if (call.multiple) return setMany(action, argAt(call.args, 1));
  const name = textArg(call.args, 1);
  if (methods.includes(name)) {
    return call.quiet ? null : action.call(name, jsonArgs(call.args[2]));
  }
  await setProperty(action, name, argAt(call.args, 2));
  return call.quiet ? null : readProperty(action, name);
}

async function setMany(action: ActionApi, pairs: PythonValue): Promise<PythonValue> {
  if (!Array.isArray(pairs))
    throw new WarderError('COMMAND_VALUE', 'multi-set of an action needs a list of pairs');
  for (const pair of pairs) {
    if (!Array.isArray(pair)) throw new WarderError('COMMAND_VALUE', 'multi-set of an action needs pairs');
    const name = pythonStr(argAt(pair, 0));
    if (methods.includes(name)) await action.call(name, jsonArgs(pair[1]));
    else await setProperty(action, name, argAt(pair, 1));
  }
  return true;
}

async function addAction(call: Call): Promise<PythonValue> {
  const name = textArg(call.args, 0);
  if (call.args.length === 1) await call.jail().addAction(name);
  else if (call.args.length === 2) throw incomplete();
  else {
    const python = { file: textArg(call.args, 1), args: jsonArgs(call.args[2]) };
    if (!call.quiet) checkFile(python.file);
    await call.jail().addAction(name, python);
  }
  return name;
}

/** Adding and removing actions. */
export const actionListCommands: readonly CommandSpec[] = [
  {
    route: 'set <JAIL> addaction',
    help: [
      help(
        'set <JAIL> addaction <ACT>[ <PYTHONFILE> <JSONKWARGS>]',
        'adds a new action named <ACT> for <JAIL>. Optionally for a Python based action, a <PYTHONFILE> and ' +
          '<JSONKWARGS> can be specified, else will be a Command Action',
      ),
    ],
    least: 1,
    run: addAction,
  },
  {
    route: 'set <JAIL> delaction',
    help: [help('set <JAIL> delaction <ACT>', 'removes the action <ACT> from <JAIL>')],
    least: 1,
    async run(call) {
      await call.jail().deleteAction(textArg(call.args, 0));
      return null;
    },
  },
];

const commandWords: readonly (readonly [property: string, words: string])[] = [
  ['actionstart', 'start command'],
  ['actionstop', 'stop command'],
  ['actioncheck', 'check command'],
  ['actionban', 'ban command'],
  ['actionunban', 'unban command'],
];

function commandHelp(make: (property: string, words: string) => HelpEntry, last: HelpEntry): HelpEntry[] {
  return [...commandWords.map(([property, words]) => make(property, words)), last];
}

/** Commands and properties of actions, to be set. */
export const commandActionSettings: CommandSpec = {
  route: 'set <JAIL> action',
  help: commandHelp(
    (property, words) =>
      help(
        `set <JAIL> action <ACT> ${property} <CMD>`,
        `sets the ${words} <CMD> of the action <ACT> for <JAIL>`,
      ),
    help(
      'set <JAIL> action <ACT> timeout <TIMEOUT>',
      'sets <TIMEOUT> as the command timeout in seconds for the action <ACT> for <JAIL>',
    ),
  ),
  least: 1,
  run: setAction,
};

/** Help for what the same command does besides. */
export const generalActionSettings: CommandSpec = {
  route: 'set <JAIL> action',
  help: [
    help(
      'set <JAIL> action <ACT> <PROPERTY> <VALUE>',
      'sets the <VALUE> of <PROPERTY> for the action <ACT> for <JAIL>',
    ),
    help(
      'set <JAIL> action <ACT> <METHOD>[ <JSONKWARGS>]',
      'calls the <METHOD> with <JSONKWARGS> for the action <ACT> for <JAIL>',
    ),
  ],
};

/** Commands of actions, to be read. */
export const commandActionInformation: CommandSpec = {
  route: 'get <JAIL> action',
  help: commandHelp(
    (property, words) =>
      help(`get <JAIL> action <ACT> ${property}`, `gets the ${words} for the action <ACT> for <JAIL>`),
    help(
      'get <JAIL> action <ACT> timeout',
      'gets the command timeout in seconds for the action <ACT> for <JAIL>',
    ),
  ),
  least: 2,
  run: (call) => readProperty(call.jail().action(textArg(call.args, 0)), textArg(call.args, 1)),
};

/** What an action has and can do. */
export const generalActionInformation: readonly CommandSpec[] = [
  {
    route: 'get <JAIL> actionproperties',
    help: [
      help('get <JAIL> actionproperties <ACT>', 'gets a list of properties for the action <ACT> for <JAIL>'),
    ],
    least: 1,
    run(call) {
      const action = call.jail().action(textArg(call.args, 0));
      const names = new Set([...shownConstants, ...defaultProperties.keys(), ...action.properties().keys()]);
      return [...names].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    },
  },
  {
    route: 'get <JAIL> actionmethods',
    help: [help('get <JAIL> actionmethods <ACT>', 'gets a list of methods for the action <ACT> for <JAIL>')],
    least: 1,
    run(call) {
      call.jail().action(textArg(call.args, 0));
      return list(methods);
    },
  },
  {
    route: 'get <JAIL> action',
    help: [
      help(
        'get <JAIL> action <ACT> <PROPERTY>',
        'gets the value of <PROPERTY> for the action <ACT> for <JAIL>',
      ),
    ],
  },
];
