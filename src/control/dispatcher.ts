import {
  describeError,
  escapeControl,
  type Logger,
  type PythonValue,
  pythonRepr,
  WarderError,
} from '../base/index.ts';
import { findRoute, isServerOption, type Route } from './commands/router.ts';
import type { Call } from './commands/types.ts';
import { argAt, textArg, textArgs } from './commands/values.ts';
import { pythonErrorOf } from './python-errors.ts';
import type { FailedJail, JailApi, ReloadOptions, ServerApi, SourcedCommand } from './server-api.ts';

const loggerName = 'fail2ban.transmitter';

/**
 * Carries out commands, whoever sent them: the pickle door, the JSON door, or the daemon with its own configuration.
 *
 * Commands that change which jails there are run one after another; all others at once, so that a client can ask and
 * ban while a reload is under way.
 */
export class Dispatcher {
  readonly #api: ServerApi;
  readonly #logger: Logger;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(api: ServerApi, logger: Logger) {
    this.#api = api;
    this.#logger = logger;
  }

  /**
   * Runs one command and returns its answer in fail2ban's shape. Errors are logged as fail2ban logs them and thrown on.
   */
  async execute(words: readonly PythonValue[]): Promise<PythonValue> {
    try {
      if (words[0] === 'reload') return await this.#reload(words);
      if (words[0] === 'server-stream') return await this.#stream(words);
      const route = findRoute(words);
      if (!isExclusive(route)) return await this.#run(route, false);
      return await this.#exclusive(() => this.#run(route, false));
    } catch (error) {
      this.#logFailure(words, error);
      throw error;
    }
  }

  /**
   * Applies a configuration: the commands of `server-stream`. An error costs its jail, whose other commands are left
   * out, or, outside of a jail, its command. Returns the jails that failed, which the server was told of.
   */
  applyStream(commands: readonly SourcedCommand[]): Promise<readonly FailedJail[]> {
    return this.#exclusive(async () => {
      const failed = await this.#runAll(commands);
      if (failed.length > 0) this.#api.reportFailedJails(failed);
      return failed;
    });
  }

  /** A reload with the given commands, errors as in `applyStream`. `jail` undefined is all of them. */
  applyReload(
    jail: string | undefined,
    options: ReloadOptions,
    commands: readonly SourcedCommand[],
  ): Promise<readonly FailedJail[]> {
    return this.#exclusive(async () => {
      await this.#api.beginReload(jail, options);
      let failed: readonly FailedJail[] = [];
      try {
        failed = await this.#runAll(commands);
      } finally {
        failed = await this.#api.endReload(failed);
      }
      return failed;
    });
  }

  /** `server-stream COMMANDS` from a client. */
  async #stream(words: readonly PythonValue[]): Promise<PythonValue> {
    throwFailures(await this.applyStream(streamOf(argAt(words, 1))));
    return null;
  }

  /** `reload JAIL OPTIONS COMMANDS` from a client; without commands the server reads its own configuration. */
  async #reload(words: readonly PythonValue[]): Promise<PythonValue> {
    const name = textArg(words, 1);
    const flags = textArgs([argAt(words, 2)], 0);
    const options = {
      restart: flags.includes('--restart'),
      unban: flags.includes('--unban'),
      ifExists: flags.includes('--if-exists'),
    };
    const jail = name === '--all' ? undefined : name;
    const own = words.length === 3 ? this.#api.ownConfiguration?.read(jail) : undefined;
    const failed = await this.applyReload(jail, options, own ?? streamOf(argAt(words, 3)));
    // A client that sends the configuration has said itself what is wrong with it, and expects fail2ban's answer.
    throwFailures(own === undefined ? failed.filter(({ error }) => !isConfigError(error)) : failed);
    return 'OK';
  }

  async #runAll(commands: readonly SourcedCommand[]): Promise<readonly FailedJail[]> {
    const failed = new Map<string, FailedJail>();
    for (const { args, origin } of commands) {
      const jail = jailOf(args);
      if (jail !== undefined && failed.has(jail)) continue;
      try {
        await this.#run(findRoute(args), true);
      } catch (error) {
        if (jail === undefined) this.#logFailure(args, error);
        else failed.set(jail, { jail, error, ...(origin === undefined ? {} : { origin }) });
      }
    }
    return [...failed.values()];
  }

  async #run(route: Route, quiet: boolean): Promise<PythonValue> {
    const api = this.#api;
    const call: Call = {
      api,
      args: route.args,
      jailName: route.jailName,
      option: route.option,
      multiple: route.multiple,
      quiet,
      jail: (): JailApi => api.jail(route.jailName),
      warn: (message) => this.#logger.log('WARNING', loggerName, escapeControl(message)),
    };
    const result = await route.spec.run?.(call);
    if (result !== undefined) return result;
    return quiet ? null : ((await route.spec.answer?.(call)) ?? null);
  }

  /** Runs `work` when everything that was put in line before has ended. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  #logFailure(words: readonly PythonValue[], error: unknown): void {
    const command = cut(pythonRepr([...words]));
    const { name, args } = pythonErrorOf(error);
    const received = `${name}(${args.map(pythonRepr).join(', ')})`;
    this.#logger.log(
      'ERROR',
      loggerName,
      escapeControl(`Command ${command} has failed. Received ${received}`),
    );
    if (error instanceof Error && error.cause !== undefined) {
      this.#logger.log('ERROR', loggerName, escapeControl(`  because: ${describeError(error.cause)}`));
    }
  }
}

const longestLoggedCommand = 1000;

/** A command can be a whole configuration; the log needs its beginning only. */
function cut(text: string): string {
  return text.length <= longestLoggedCommand ? text : `${text.slice(0, longestLoggedCommand)}…`;
}

function isExclusive({ spec, args }: Route): boolean {
  return typeof spec.exclusive === 'function' ? spec.exclusive(args) : spec.exclusive === true;
}

function streamOf(value: PythonValue): readonly SourcedCommand[] {
  if (Array.isArray(value) && value.every((command) => Array.isArray(command))) {
    return value.map((args) => ({ args }));
  }
  throw new WarderError('COMMAND_VALUE', 'a stream is a list of commands, each a list of words');
}

/** The jail that a command of a stream concerns; undefined for the server's own. */
function jailOf(args: readonly PythonValue[]): string | undefined {
  const [verb, name] = args;
  if (typeof name !== 'string') return undefined;
  if (verb === 'add' || verb === 'start') return name;
  return (verb === 'set' || verb === 'multi-set') && !isServerOption('set', name) ? name : undefined;
}

function isConfigError(error: unknown): boolean {
  return error instanceof WarderError && error.code === 'JAIL_CONFIG';
}

function throwFailures(failed: readonly FailedJail[]): void {
  if (failed.length === 0) return;
  const reasons = failed.map(({ jail, error }) => `${jail}: ${describeError(error)}`);
  throw new WarderError(
    'STREAM_FAILED',
    `Not every jail could be configured, the others run. ${reasons.join('; ')}`,
  );
}
