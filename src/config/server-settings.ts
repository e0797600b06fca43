import { logLevels, type PythonValue, parseTimeSpan, WarderError } from '../base/index.ts';
import { effective, readOptions, serverOptions, threadOptions } from './options.ts';
import type { ConfigStore } from './store.ts';
import type { EffectiveOption, StreamCommand } from './types.ts';

/** Options of the command line that go before those of fail2ban.conf. */
export interface ServerOverrides {
  readonly socket?: string;
  readonly pidfile?: string;
  readonly loglevel?: string;
  readonly logtarget?: string;
  readonly syslogsocket?: string;
}

/** fail2ban.conf, read. */
export interface ServerSettings {
  readonly options: ReadonlyMap<string, EffectiveOption>;
  readonly commands: readonly StreamCommand[];
  readonly errors: readonly WarderError[];
}

/** Options that are sent, in this order: the log first, so that it gets the errors of the database. */
const sentOptions = [
  'syslogsocket',
  'loglevel',
  'logtarget',
  'allowipv6',
  'dbfile',
  'dbmaxmatches',
  'dbpurgeage',
];

/** Reads `[Definition]` and `[Thread]` of fail2ban.conf. A value that cannot be used leaves the default in force. */
export function readServerSettings(store: ConfigStore, overrides: ServerOverrides): ServerSettings {
  const errors: WarderError[] = [];
  const onError = (_: string, error: WarderError): void => void errors.push(error);
  const context = { isTyped: true, onError };
  const options = readOptions(store, 'Definition', serverOptions, context);
  for (const { name, fallback } of serverOptions) {
    if (fallback !== undefined && !options.has(name)) options.set(name, effective(name, fallback));
  }
  for (const [name, value] of Object.entries(overrides)) options.set(name, effective(name, value));
  checkValues(options, errors);
  const thread = store.sections.has('Thread')
    ? readOptions(store, 'Thread', threadOptions, context)
    : new Map();
  const commands: StreamCommand[] = [];
  if (thread.size > 0) {
    const values = new Map(
      [...thread.values()].map(({ name, value }) => [name, value] as [string, PythonValue]),
    );
    commands.push({ args: ['set', 'thread', values], ...place(thread.values().next().value) });
  }
  for (const name of sentOptions) {
    const option = options.get(name);
    if (option !== undefined) commands.push({ args: ['set', name, option.value], ...place(option) });
  }
  for (const [name, option] of thread) options.set(name, option);
  return { options, commands, errors };
}

function place(option: EffectiveOption | undefined): { origin?: NonNullable<EffectiveOption['origin']> } {
  return option?.origin === undefined ? {} : { origin: option.origin };
}

function checkValues(options: Map<string, EffectiveOption>, errors: WarderError[]): void {
  const level = options.get('loglevel');
  if (level !== undefined && !isLogLevel(String(level.value))) {
    const message = `${JSON.stringify(level.value)} is no log level`;
    const hint = `use one of ${Object.keys(logLevels).join(', ')}`;
    errors.push(new WarderError('CONFIG_WRONG_VALUE', message, { ...level.origin, hint }));
    options.set('loglevel', effective('loglevel', 'INFO'));
  }
  checkDetection(options, errors);
  const age = options.get('dbpurgeage');
  try {
    parseTimeSpan(String(age?.value));
  } catch (cause) {
    const message = `dbpurgeage: ${cause instanceof Error ? cause.message : String(cause)}`;
    errors.push(new WarderError('CONFIG_WRONG_VALUE', message, { ...age?.origin, cause }));
  }
}

const mostWorkers = 64;
const budgetBoundsMs = [20, 10_000] as const;

/** What cannot be used is as if it were not set. */
function checkDetection(options: Map<string, EffectiveOption>, errors: WarderError[]): void {
  const check = (name: string, isGood: (text: string) => boolean, hint: string): void => {
    const option = options.get(name);
    // An option that is nowhere in the files is null.
    if (option === undefined || option.value === null || isGood(String(option.value).trim())) return;
    const message = `${name}: ${JSON.stringify(option.value)} cannot be used`;
    errors.push(new WarderError('CONFIG_WRONG_VALUE', message, { ...option.origin, hint }));
    options.delete(name);
  };
  const isWhole = (text: string, least: number, most: number): boolean =>
    /^\d{1,6}$/.test(text) && Number(text) >= least && Number(text) <= most;
  check(
    'workers',
    (text) => text === 'auto' || isWhole(text, 1, mostWorkers),
    `use auto, or 1 to ${mostWorkers}`,
  );
  const [least, most] = budgetBoundsMs;
  check('linebudget', (text) => isWhole(text, least, most), `milliseconds, ${least} to ${most}`);
}

function isLogLevel(text: string): boolean {
  const names = [...Object.keys(logLevels), 'WARN', 'FATAL', 'NOTSET', 'MSG'];
  return /^\d+$/.test(text) || names.includes(text.toUpperCase());
}
