import { WarderError } from '../base/index.ts';
import { resolveOption, type Variables } from './interpolate.ts';
import { parseBoolean, parseInteger } from './python-text.ts';
import type { ConfigStore } from './store.ts';
import type { EffectiveOption, OptionValue, Origin } from './types.ts';

/** An option that is looked for in a section. */
export interface OptionSpec {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean';
  /** Taken, and sent, where the option is not set. Without one an unset option is not sent. */
  readonly fallback?: OptionValue;
}

const text = (name: string, fallback?: string): OptionSpec => ({
  name,
  type: 'string',
  ...(fallback === undefined ? {} : { fallback }),
});
const integer = (name: string): OptionSpec => ({ name, type: 'integer' });
const boolean = (name: string, fallback?: boolean): OptionSpec => ({
  name,
  type: 'boolean',
  ...(fallback === undefined ? {} : { fallback }),
});

/** Options of `[Definition]` in a filter, in the order in which fail2ban reads and sends them. */
export const filterOptions: readonly OptionSpec[] = [
  text('usedns'),
  text('prefregex'),
  text('ignoreregex'),
  text('failregex'),
  integer('maxlines'),
  text('datepattern'),
  text('journalmatch'),
  // Ours: not among what fail2ban knows.
  text('logformat'),
];

/** Options of `[Definition]` in an action, likewise. */
export const actionOptions: readonly OptionSpec[] = [
  text('actionstart'),
  boolean('actionstart_on_demand'),
  text('actionstop'),
  text('actionflush'),
  text('actionreload'),
  text('actioncheck'),
  text('actionrepair'),
  boolean('actionrepair_on_unban'),
  text('actionban'),
  text('actionprolong'),
  text('actionreban'),
  text('actionunban'),
  boolean('norestored'),
];

/** What decides whether a jail is read at all. */
export const jailHeadOptions: readonly OptionSpec[] = [
  boolean('enabled', false),
  text('backend', 'auto'),
  text('filter', ''),
];

/** Options of a jail, likewise in fail2ban's order. */
export const jailOptions: readonly OptionSpec[] = [
  boolean('enabled', false),
  text('backend', 'auto'),
  integer('maxretry'),
  integer('maxmatches'),
  text('findtime'),
  text('bantime'),
  boolean('bantime.increment'),
  text('bantime.factor'),
  text('bantime.formula'),
  text('bantime.multipliers'),
  text('bantime.maxtime'),
  text('bantime.rndtime'),
  boolean('bantime.overalljails'),
  text('ignorecommand'),
  boolean('ignoreself'),
  text('ignoreip'),
  text('ignorecache'),
  // Ours: not among what fail2ban knows.
  boolean('dryrun'),
  integer('banprefix4'),
  integer('banprefix6'),
  integer('banprefix.escalate'),
  text('filter', ''),
  text('logtimezone'),
  text('logencoding'),
  text('logpath'),
  text('action', ''),
  ...filterOptions,
];

/** Options of a jail that fail2ban 1.0.2 does not know yet, so that they are not among those it sends. */
export const laterJailOptions: readonly OptionSpec[] = [
  boolean('skip_if_nologs', false),
  boolean('systemd_if_nologs', true),
];

/**
 * Options that decide who is banned, or whether anybody is. Without one of them a jail would do something else than it
 * was told; so it does not run. Any other option that cannot be read leaves the jail running with the default.
 */
export const essentialOptions: ReadonlySet<string> = new Set([
  'enabled',
  'backend',
  'filter',
  'action',
  'logpath',
  'ignoreip',
  'ignoreself',
  'ignorecommand',
  'prefregex',
  'failregex',
  'ignoreregex',
  'datepattern',
  'logformat',
  'journalmatch',
]);

/** Options that do not go to the server as `set JAIL OPTION VALUE`. */
export const specialOptions: ReadonlySet<string> = new Set([
  'enabled',
  'backend',
  'filter',
  'action',
  'logpath',
  'ignoreip',
  ...filterOptions.map((spec) => spec.name),
]);

/** Options whose value is a time span. */
export const timeOptions = ['findtime', 'bantime', 'bantime.maxtime', 'bantime.rndtime'];

/** What holds for a jail where nothing is configured (jail.conf(5) and the server of fail2ban 1.0.2). */
export const jailDefaults: ReadonlyMap<string, OptionValue> = new Map<string, OptionValue>([
  ['enabled', false],
  ['backend', 'auto'],
  ['maxretry', 3],
  ['maxmatches', 5],
  ['findtime', '600'],
  ['bantime', '600'],
  ['bantime.increment', false],
  ['bantime.factor', '1'],
  ['bantime.formula', 'ban.Time * (1<<(ban.Count if ban.Count<20 else 20)) * banFactor'],
  ['bantime.multipliers', null],
  ['bantime.maxtime', null],
  ['bantime.rndtime', null],
  ['bantime.overalljails', false],
  ['ignorecommand', ''],
  ['ignoreself', true],
  ['ignoreip', ''],
  ['ignorecache', null],
  ['dryrun', false],
  ['banprefix4', null],
  ['banprefix6', null],
  ['banprefix.escalate', null],
  ['filter', ''],
  ['logtimezone', null],
  ['logencoding', 'auto'],
  ['logpath', null],
  ['action', ''],
  ['banaction', null],
  ['banaction_allports', null],
  ['usedns', 'warn'],
  ['prefregex', null],
  ['ignoreregex', null],
  ['failregex', null],
  ['maxlines', 1],
  ['datepattern', null],
  ['logformat', 'text'],
  ['journalmatch', null],
  ['skip_if_nologs', false],
  ['systemd_if_nologs', true],
]);

/** Options of fail2ban.conf, `[Definition]`. */
export const serverOptions: readonly OptionSpec[] = [
  text('socket', '/var/run/fail2ban/fail2ban.sock'),
  text('pidfile', '/var/run/fail2ban/fail2ban.pid'),
  text('loglevel', 'INFO'),
  text('logtarget', '/var/log/fail2ban.log'),
  text('syslogsocket', 'auto'),
  text('allowipv6', 'auto'),
  text('dbfile', '/var/lib/fail2ban/fail2ban.sqlite3'),
  integer('dbmaxmatches'),
  text('dbpurgeage', '1d'),
  // Ours: whether untouched action files of fail2ban run their own commands.
  text('stock-actions'),
  // Ours: threads that read and match, and how long a line may hold a jail, in milliseconds; see docs/redos.md.
  text('workers'),
  text('linebudget'),
  // Ours: the web page, see docs/web.md.
  text('http'),
  text('http-hosts'),
  text('http-token-file'),
  text('http-metrics-token-file'),
];

/** Options of fail2ban.conf, `[Thread]`. */
export const threadOptions: readonly OptionSpec[] = [integer('stacksize')];

/** How options are read from a section. */
export interface ReadContext {
  readonly variables?: Variables;
  /** Names that are given elsewhere and so not read here. */
  readonly skip?: { has(name: string): boolean };
  /** Read as integers and booleans, not as text. */
  readonly isTyped: boolean;
  /** Told of every option that cannot be read; a bad value stays in the result as `null`, a bad reference not at all. */
  readonly onError: (name: string, error: WarderError) => void;
}

/** Reads the options of a section after substitution, in the order of `specs`; unset ones without fallback are left out. */
export function readOptions(
  store: ConfigStore,
  section: string,
  specs: readonly OptionSpec[],
  context: ReadContext,
): Map<string, EffectiveOption> {
  const values = new Map<string, EffectiveOption>();
  const hasSection = store.sections.has(section);
  for (const spec of specs) {
    const { name } = spec;
    if (context.skip?.has(name)) continue;
    try {
      const found = resolveOption(store, section, name, context.variables);
      if (found !== undefined) {
        const value = context.isTyped ? convert(spec, found.text) : found.text;
        values.set(name, effective(name, value, found.origin));
        if (value === null) context.onError(name, wrongValue(spec, found.text, found.origin));
      } else if (!hasSection || spec.fallback !== undefined) {
        // Of a section that is not there at all fail2ban sends every option.
        values.set(name, effective(name, spec.fallback ?? null));
      }
    } catch (error) {
      if (!(error instanceof WarderError)) throw error;
      context.onError(name, error);
    }
  }
  return values;
}

/** The text as the option's type; `null` when it is none. */
export function convert(spec: OptionSpec, value: string): OptionValue {
  if (spec.type === 'boolean') return parseBoolean(value);
  if (spec.type === 'integer') return parseInteger(value) ?? null;
  return value;
}

/** An option with its origin, where it has one. */
export function effective(name: string, value: OptionValue, origin?: Origin): EffectiveOption {
  return origin === undefined ? { name, value } : { name, value, origin };
}

/** The error for a value that is not of its option's type. */
export function wrongValue(spec: OptionSpec, value: string, origin: Origin | undefined): WarderError {
  const shown = JSON.stringify(value.slice(0, 50));
  return new WarderError('CONFIG_WRONG_VALUE', `${shown} is no ${spec.type} for ${spec.name}`, { ...origin });
}
