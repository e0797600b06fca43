import { type PythonValue, parseTimeSpan, pythonStr, WarderError } from '../base/index.ts';
import type { Properties } from './tags.ts';
import { withoutTarpit } from './tarpit-fallback.ts';
import type { Family } from './types.ts';

/** The commands that every action has, empty where they are not set. */
export const commandNames = [
  'actionban',
  'actioncheck',
  'actionflush',
  'actionreban',
  'actionreload',
  'actionrepair',
  'actionstart',
  'actionstop',
  'actionunban',
] as const;

/** Optional commands: `actionprolong` is fail2ban's; `actionlist`, ours, prints the ids in force, one in a line. */
export type CommandName = (typeof commandNames)[number] | 'actionprolong' | 'actionlist';

const defaultTimeoutSec = 60;
const conditionalName = /^\w+\?family=/;
const trueWords: ReadonlySet<string> = new Set(['1', 'on', 'true', 'yes']);

/**
 * The properties of one action, as set by the stream or over the socket. `timeout` is kept in seconds; `bantime` is
 * refused silently, since `<bantime>` belongs to each ban (both as in fail2ban).
 */
export class ActionProperties {
  #values = new Map<string, PythonValue>();
  #texts: { readonly properties: Properties; readonly tarpit: boolean } | undefined;

  constructor(initial: ReadonlyMap<string, PythonValue>) {
    this.replace(initial);
  }

  /** Takes new properties in place of all old ones. Throws `ACTION_TIMEOUT`, having changed nothing. */
  replace(properties: ReadonlyMap<string, PythonValue>): void {
    const values = new Map<string, PythonValue>();
    for (const [name, value] of properties) {
      if (name !== 'bantime') values.set(name, accepted(name, value));
    }
    this.#values = values;
    this.#texts = undefined;
  }

  /** Throws `ACTION_TIMEOUT` for a time that cannot be read. */
  set(name: string, value: PythonValue): void {
    if (name === 'bantime') return;
    this.#values.set(name, accepted(name, value));
    this.#texts = undefined;
  }

  /** What was set, and `timeout` in seconds. */
  all(): ReadonlyMap<string, PythonValue> {
    return new Map<string, PythonValue>([['timeout', defaultTimeoutSec], ...this.#values]);
  }

  /** Whether nothing would change with these. */
  equals(properties: ReadonlyMap<string, PythonValue>): boolean {
    const own = shown(this.all());
    return own === shown(new ActionProperties(properties).all());
  }

  /** Everything as text, for the tags; `tarpit` tells that TARPIT was asked for and stands there as DROP. */
  texts(): { readonly properties: Properties; readonly tarpit: boolean } {
    this.#texts ??= withoutTarpit(
      new Map([
        ...commandNames.map((name): [string, string] => [name, '']),
        ...Array.from(this.all(), ([name, value]): [string, string] => [name, pythonStr(value)]),
      ]),
    );
    return this.#texts;
  }

  /** Whether a command is set and not blank. */
  has(command: CommandName): boolean {
    const value = this.#values.get(command);
    return value !== undefined && value !== null && pythonStr(value).trim() !== '';
  }

  /** A boolean; undefined when it is not set. */
  flag(name: 'norestored' | 'actionstart_on_demand' | 'actionrepair_on_unban'): boolean | undefined {
    const value = this.#values.get(name);
    if (value === undefined || value === null) return undefined;
    return typeof value === 'string'
      ? trueWords.has(value.trim().toLowerCase())
      : value !== false && value !== 0;
  }

  get timeoutSec(): number {
    const value = this.#values.get('timeout');
    return typeof value === 'number' ? value : defaultTimeoutSec;
  }

  /** Whether something depends on the address family, so that each has an environment of its own. */
  get isConditional(): boolean {
    return [...this.#values.keys()].some((name) => conditionalName.test(name));
  }

  /** The families that have an environment of their own; `['']` where all share one. */
  families(allowIpv6: boolean): readonly Family[] {
    const words = pythonStr(this.#values.get('families') ?? '').split(/[ ,\n]+/);
    const named = words.filter((word): word is Family => word === 'inet4' || word === 'inet6');
    if (named.length > 0) return named;
    if (!this.isConditional) return [''];
    return allowIpv6 ? ['inet4', 'inet6'] : ['inet4'];
  }

  /** Started at the first ban of a family instead of at the start of the jail. */
  get startsOnDemand(): boolean {
    return this.flag('actionstart_on_demand') ?? this.isConditional;
  }
}

function accepted(name: string, value: PythonValue): PythonValue {
  if (name !== 'timeout' || typeof value === 'number') return value;
  try {
    return parseTimeSpan(pythonStr(value));
  } catch (cause) {
    throw new WarderError('ACTION_TIMEOUT', `the timeout of an action is not a time: ${pythonStr(value)}`, {
      hint: 'write seconds, or for example 5m',
      cause,
    });
  }
}

function shown(values: ReadonlyMap<string, PythonValue>): string {
  return JSON.stringify([...values].map(([name, value]) => [name, pythonStr(value)]).sort());
}
