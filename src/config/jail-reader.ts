import { parseTimeSpan, WarderError } from '../base/index.ts';
import { actionTexts, type OpenAction, openAction } from './action.ts';
import type { EngineChooser } from './engine-choice.ts';
import {
  addFilterCommands,
  filterFromCommands,
  type OpenFilter,
  openFilter,
  withoutKnown,
} from './filter.ts';
import { distinct, inJail } from './in-jail.ts';
import { lineAt } from './ini.ts';
import { jailEffectiveOptions } from './jail-options.ts';
import type { ConfigLoader, LoadedResource } from './loader.ts';
import { type LogPaths, readLogPaths } from './log-paths.ts';
import {
  effective,
  essentialOptions,
  jailHeadOptions,
  jailOptions,
  laterJailOptions,
  readOptions,
  specialOptions,
  timeOptions,
} from './options.ts';
import { splitWords } from './python-text.ts';
import type { ConfigStore } from './store.ts';
import type {
  ActionConfig,
  ConfigWarning,
  EffectiveOption,
  FilterConfig,
  JailConfig,
  Origin,
  StreamCommand,
} from './types.ts';

/** What jails are read from and how. */
export interface JailContext {
  readonly loader: ConfigLoader;
  /** Which actions are carried out by an engine. */
  readonly engines: EngineChooser;
  /** The jail files, merged. Reading a jail adds its filter's options to its section as `known/…`. */
  readonly store: ConfigStore;
  /** Read as `-d` does: a missing log is no error, and nothing depends on which logs exist. */
  readonly allowNoFiles: boolean;
  /** Whether there is a journal to switch to. */
  readonly hasJournal: () => boolean;
}

/** The outcome for one section: the jail where it is enabled, and what was noticed in any case. */
export interface ReadJail {
  readonly jail?: JailConfig;
  readonly errors: readonly WarderError[];
  readonly warnings: readonly ConfigWarning[];
}

/** What an enabled jail is made of. */
interface Parts {
  readonly commands: readonly StreamCommand[];
  readonly filter: FilterConfig;
  readonly actions: readonly ActionConfig[];
  readonly logPaths: LogPaths | undefined;
}

/** Reads one jail, once. */
export class JailReader {
  readonly #context: JailContext;
  readonly #name: string;
  readonly #forcedBackend: string | undefined;
  readonly #errors = new Set<WarderError>();
  readonly #warnings: ConfigWarning[] = [];
  #options = new Map<string, EffectiveOption>();
  #laterOptions = new Map<string, EffectiveOption>();

  /** `forcedBackend` takes the place of the configured one. */
  constructor(context: JailContext, name: string, forcedBackend?: string) {
    this.#context = context;
    this.#name = name;
    this.#forcedBackend = forcedBackend;
  }

  read(): ReadJail {
    let parts: Parts | undefined;
    let failure: WarderError | undefined;
    try {
      if (!this.#readHead()) return { errors: this.#ownErrors(), warnings: this.#warnings };
      parts = this.#readParts();
      failure = this.#checkLogs(parts.logPaths);
    } catch (error) {
      if (!(error instanceof WarderError)) throw error;
      failure = error;
    }
    if (failure !== undefined) this.#errors.add(failure);
    const jail = this.#jail(parts, failure);
    return { jail, errors: jail.errors, warnings: jail.warnings };
  }

  #jail(parts: Parts | undefined, failure: WarderError | undefined): JailConfig {
    return {
      name: this.#name,
      backend: this.#backend,
      commands: failure === undefined ? (parts?.commands ?? []) : [],
      logPaths: parts?.logPaths?.patterns ?? [],
      options: jailEffectiveOptions(
        this.#context.store,
        this.#name,
        new Map([...this.#options, ...this.#laterOptions]),
        parts?.filter.options,
      ),
      ...(parts === undefined ? {} : { filter: parts.filter }),
      actions: parts?.actions ?? [],
      ...(failure === undefined ? {} : { configError: failure.message }),
      errors: this.#ownErrors(),
      warnings: this.#warnings,
    };
  }

  #ownErrors(): WarderError[] {
    return distinct([...this.#errors].map((error) => inJail(error, this.#name)));
  }

  get #backend(): string {
    return String(this.#options.get('backend')?.value ?? 'auto');
  }

  /** Whether the jail is enabled. Of a disabled one, mistakes that fail2ban would stumble over are told all the same. */
  #readHead(): boolean {
    const [enabled, ...others] = jailHeadOptions;
    this.#options = this.#readOptions([enabled!], true);
    const isEnabled = this.#options.get('enabled')?.value === true;
    for (const [name, option] of this.#readOptions(others, isEnabled)) this.#options.set(name, option);
    return isEnabled;
  }

  /** `isStrict`: an essential option that cannot be read is thrown. */
  #readOptions(specs: typeof jailOptions, isStrict: boolean): Map<string, EffectiveOption> {
    const options = readOptions(this.#context.store, this.#name, specs, {
      isTyped: true,
      onError: (option, error) => {
        if (isStrict && essentialOptions.has(option)) throw error;
        this.#errors.add(error);
      },
    });
    const backend = options.get('backend');
    if (backend !== undefined && this.#forcedBackend !== undefined) {
      options.set('backend', effective('backend', this.#forcedBackend, backend.origin));
    }
    return options;
  }

  #readParts(): Parts {
    const filter = this.#openFilter();
    this.#options = this.#readOptions(jailOptions, true);
    this.#laterOptions = this.#readOptions(laterJailOptions, true);
    this.#checkTimes();
    filter?.definition.select(this.#options);
    const actions = this.#openActions();
    const commands: StreamCommand[] = [];
    const filterConfig = this.#filterCommands(commands, filter);
    this.#addOwnCommands(commands);
    const logPaths = this.#logPaths();
    const finished = actions.map((action) => this.#finishAction(action));
    return {
      commands: [
        ...commands,
        ...(logPaths?.commands ?? []),
        ...finished.flatMap((action) => action.commands),
      ],
      filter: filterConfig,
      actions: finished.map(({ action }) => action),
      logPaths,
    };
  }

  /** Opens the filter and makes its options known to the jail (`%(known/failregex)s`). */
  #openFilter(): OpenFilter | undefined {
    const option = this.#options.get('filter');
    const text = String(option?.value ?? '');
    if (text === '') {
      this.#warn(`jail ${this.#name} has no filter`, option?.origin);
      return undefined;
    }
    const filter = openFilter(this.#context.loader, text, option?.origin);
    this.#take(filter.resource);
    const { definition } = filter;
    definition.setLogType(this.#backend);
    definition.select(this.#options, true);
    for (const [name, { value, origin }] of definition.combine([], (error) => this.#errors.add(error))) {
      if (value === null || name.startsWith('known/')) continue;
      const raw = { text: String(value), ...(origin && { origin }) };
      this.#context.store.set(this.#name, `known/${name}`, raw);
    }
    return filter;
  }

  #finishAction(open: OpenAction): ReturnType<OpenAction['finish']> {
    const finished = open.finish((error) => this.#errors.add(error));
    const { resource } = open;
    const engine =
      resource === undefined ? undefined : this.#context.engines.choose(finished.action.file, resource);
    return engine === undefined ? finished : { ...finished, action: { ...finished.action, engine } };
  }

  #openActions(): OpenAction[] {
    const option = this.#options.get('action');
    const value = String(option?.value ?? '');
    const actions = actionTexts(value).map(({ text, index }) => {
      const origin = this.#lineOf(option, index);
      const action = openAction(this.#context.loader, this.#name, text, this.#options, origin);
      if (action.resource !== undefined) this.#take(action.resource);
      return action;
    });
    if (actions.length === 0) this.#warn(`jail ${this.#name} has no action`, option?.origin);
    return actions;
  }

  /** The line of one part of a value; only a value without references has its lines as they are in the file. */
  #lineOf(option: EffectiveOption | undefined, index: number): Origin | undefined {
    const raw = this.#context.store.raw(this.#name, option?.name ?? '');
    if (option?.origin === undefined || raw?.text !== option.value) return option?.origin;
    return { file: option.origin.file, line: lineAt(raw, index) };
  }

  /** A filter or action with a mistake in its text may lack anything; so it is not used. */
  #take(resource: LoadedResource): void {
    for (const error of [...resource.errors, ...resource.problems]) this.#errors.add(error);
    for (const warning of resource.warnings) this.#warnings.push({ ...warning, jail: this.#name });
    const problem = resource.problems[0];
    if (problem !== undefined) throw problem;
  }

  #filterCommands(commands: StreamCommand[], filter: OpenFilter | undefined): FilterConfig {
    const onError = (error: WarderError): void => void this.#errors.add(error);
    const options = filter?.definition.combine([], onError) ?? new Map<string, EffectiveOption>();
    addFilterCommands(commands, options.values(), this.#name);
    addFilterCommands(commands, this.#options.values(), this.#name);
    return filterFromCommands(filter?.name ?? '', [...commands], withoutKnown(options));
  }

  #addOwnCommands(commands: StreamCommand[]): void {
    for (const { name, value, origin } of this.#options.values()) {
      const place = origin === undefined ? {} : { origin };
      if (name === 'ignoreip') {
        commands.push({ args: ['set', this.#name, 'addignoreip', ...splitWords(String(value))], ...place });
      } else if (!specialOptions.has(name)) {
        commands.push({ args: ['set', this.#name, name, value], ...place });
      }
    }
  }

  #logPaths(): LogPaths | undefined {
    const option = this.#options.get('logpath');
    if (option === undefined || this.#backend.startsWith('systemd')) return undefined;
    const logPaths = readLogPaths(this.#context.loader.files, option, this.#name);
    for (const error of logPaths.errors) this.#errors.add(error);
    for (const warning of logPaths.warnings) this.#warnings.push(warning);
    return logPaths;
  }

  /** A jail without any log waits for one, unless it is to be skipped then (`skip_if_nologs`, releases since 1.1). */
  #checkLogs(logPaths: LogPaths | undefined): WarderError | undefined {
    if (logPaths === undefined || logPaths.commands.length > 0) return undefined;
    const origin = this.#options.get('logpath')?.origin;
    const message = `Have not found any log file for ${this.#name} jail`;
    if (this.#context.allowNoFiles) {
      this.#warn(message, origin);
      return undefined;
    }
    if (this.#laterOptions.get('skip_if_nologs')?.value === true) {
      return new WarderError('CONFIG_NO_LOG_FILE', message, { ...origin, hint: 'skip_if_nologs is on' });
    }
    const hint = 'the jail waits for the file; correct logpath, or use backend = systemd';
    this.#errors.add(new WarderError('CONFIG_NO_LOG_FILE', message, { ...origin, hint }));
    return undefined;
  }

  #checkTimes(): void {
    for (const name of timeOptions) {
      const option = this.#options.get(name);
      if (typeof option?.value !== 'string') continue;
      try {
        parseTimeSpan(option.value);
      } catch (cause) {
        const message = `${name}: ${cause instanceof Error ? cause.message : String(cause)}`;
        this.#errors.add(new WarderError('CONFIG_WRONG_VALUE', message, { ...option.origin, cause }));
      }
    }
  }

  #warn(message: string, origin: Origin | undefined): void {
    this.#warnings.push({ message, jail: this.#name, ...(origin && { origin }) });
  }
}
