import { type PythonValue, parseIp, WarderError } from '../base/index.ts';
import type { Action } from './action.ts';
import type { BanItem, Outcome } from './types.ts';

/** The methods that `set <JAIL> action <ACT> <METHOD>` can call, and `actionmethods` lists. */
export const actionMethods = [
  'ban',
  'consistencyCheck',
  'flush',
  'prolong',
  'reban',
  'reload',
  'start',
  'stop',
  'unban',
] as const;

type ActionMethod = (typeof actionMethods)[number];

/** What fail2ban's server calls with the keyword arguments of a method. */
export type MethodArguments = Readonly<Record<string, unknown>>;

/**
 * Calls a method by hand, outside of the book of bans. `ban`, `unban`, `reban` and `prolong` take `{"aInfo": {"ip": …}}`.
 * Answers as Python's methods do. Throws `ACTION_METHOD` for a name that is none, `ACTION_ARGUMENTS` without an
 * address, `ACTION_FAILED` when it fails.
 */
export async function callMethod(
  jail: string,
  action: Action,
  method: string,
  args: MethodArguments,
): Promise<PythonValue> {
  if (!isMethod(method)) {
    throw new WarderError('ACTION_METHOD', `an action has no method ${method}`, {
      jail,
      hint: `there are ${actionMethods.join(', ')}`,
    });
  }
  switch (method) {
    case 'start':
    case 'stop':
    case 'flush':
    case 'reload':
      return answer(jail, await action[method]());
    case 'consistencyCheck':
      return (await action.check(true)).ok;
    default: {
      const outcomes = await action[method]([banItem(jail, args)]);
      for (const outcome of outcomes) answer(jail, outcome);
      return null;
    }
  }
}

function isMethod(name: string): name is ActionMethod {
  return (actionMethods as readonly string[]).includes(name);
}

function answer(jail: string, outcome: Outcome): true {
  if (outcome.ok) return true;
  throw new WarderError('ACTION_FAILED', outcome.reason ?? `the action failed at ${outcome.step}`, {
    jail,
    ...(outcome.error === undefined ? {} : { hint: outcome.error }),
  });
}

function banItem(jail: string, args: MethodArguments): BanItem {
  const info = args.aInfo;
  if (typeof info !== 'object' || info === null || Array.isArray(info)) throw argumentsError(jail);
  const values = new Map(Object.entries(info));
  const ip = values.get('ip') ?? values.get('fid');
  if (typeof ip !== 'string' || ip === '') throw argumentsError(jail);
  const number = (name: string, fallback: number): number => {
    const value = Number(values.get(name) ?? fallback);
    return Number.isFinite(value) ? value : fallback;
  };
  const matches = values.get('matches');
  return {
    ban: {
      jail,
      id: parseIp(ip)?.text ?? ip,
      timeSec: number('time', Date.now() / 1000),
      banTimeSec: number('bantime', 600),
      banCount: number('bancount', 0),
      failures: number('failures', 0),
      matches: typeof matches === 'string' && matches !== '' ? matches.split('\n') : [],
      fields: {},
    },
    restored: Boolean(values.get('restored')),
  };
}

function argumentsError(jail: string): WarderError {
  return new WarderError('ACTION_ARGUMENTS', 'the method needs to know an address', {
    jail,
    hint: 'give it as JSON: {"aInfo": {"ip": "192.0.2.1"}}',
  });
}
