import type { PythonValue } from '../../base/index.ts';
import type { JailApi, JailOptions } from '../server-api.ts';
import type { Call, CommandSpec, HelpEntry } from './types.ts';
import { intArg, textArg } from './values.ts';

/** What the answer shows of the jail. */
export type Show = (jail: JailApi) => PythonValue | Promise<PythonValue>;

/** `set JAIL NAME VALUE` for an option with one value; the answer is the value in force. */
export function option<K extends keyof JailOptions>(
  name: string,
  key: K,
  parse: (call: Call) => JailOptions[K],
  show: Show,
  ...entries: HelpEntry[]
): CommandSpec {
  return optionsCommand(name, (call) => ({ [key]: parse(call) }), show, ...entries);
}

/** The same for a value that takes more than one option, or has to be looked at before it is taken. */
export function optionsCommand(
  name: string,
  parse: (call: Call) => Partial<JailOptions> | Promise<Partial<JailOptions>>,
  show: Show,
  ...entries: HelpEntry[]
): CommandSpec {
  return {
    route: `set <JAIL> ${name}`,
    help: entries,
    least: 1,
    async run(call) {
      const values = await parse(call);
      await call.jail().setOptions(values);
      return undefined;
    },
    answer: (call) => show(call.jail()),
  };
}

/** `set JAIL addX …` and `set JAIL delX …`; the answer is the whole list. */
export function change(
  name: string,
  least: number,
  apply: (call: Call) => Promise<void>,
  show: Show,
  ...entries: HelpEntry[]
): CommandSpec {
  return {
    route: `set <JAIL> ${name}`,
    help: entries,
    least,
    async run(call) {
      await apply(call);
      return undefined;
    },
    // A multi-set of regexes is answered with True alone.
    answer: (call) => call.multiple || show(call.jail()),
  };
}

/** The first argument as a text. */
export const text = (call: Call): string => textArg(call.args, 0);
/** The first argument as a whole number. */
export const integer = (call: Call): number => intArg(call.args, 0);
