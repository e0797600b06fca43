import { WarderError } from '../base/index.ts';
import { EngineChooser } from './engine-choice.ts';
import { type ConfigFileSystem, machineFiles } from './files.ts';
import { addFilterCommands, filterFromCommands, openFilter, withoutKnown } from './filter.ts';
import { distinct } from './in-jail.ts';
import { readJail } from './jail.ts';
import { ConfigLoader } from './loader.ts';
import { readServerSettings, type ServerOverrides } from './server-settings.ts';
import type { ConfigStore } from './store.ts';
import type { Configuration, ConfigWarning, FilterConfig, JailConfig, StreamCommand } from './types.ts';

/** The release of fail2ban that we are compatible with: `%(fail2ban_version)s`. */
export const fail2banVersion = '1.0.2';

/** What is read, and how. */
export interface ReadOptions {
  /** Configuration directories, the lowest layer first; each may be missing. */
  readonly layers: readonly string[];
  /** Only these jails. */
  readonly jails?: readonly string[];
  /** Read as `-d` does: a missing log is no error, and nothing depends on which logs exist. */
  readonly allowNoFiles?: boolean;
  /** What the command line says. */
  readonly overrides?: ServerOverrides;
  /** Names that the daemon found out, such as `warder_banaction`; they go before `[DEFAULT]` of jail.conf. */
  readonly builtInNames?: ReadonlyMap<string, string>;
  /** Jails that the daemon brings along, by name, with options that lie under those of the files. */
  readonly builtInJails?: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Whether the journal can be read; by default whether systemd keeps one here. */
  readonly hasJournal?: () => boolean;
  readonly fileSystem?: ConfigFileSystem;
}

/**
 * Reads the whole configuration. Mistakes do not throw: each is in `errors`, with file and line, and costs the jail or
 * the option that it concerns.
 */
export function readConfiguration(options: ReadOptions): Configuration {
  const fileSystem = options.fileSystem ?? machineFiles;
  const loader = new ConfigLoader(options.layers, fileSystem);
  const main = loader.load('fail2ban');
  const server = readServerSettings(main.store, options.overrides ?? {});
  const jailFiles = loader.load('jail');
  const errors = [
    ...main.errors,
    ...main.problems,
    ...server.errors,
    ...jailFiles.errors,
    ...jailFiles.problems,
  ];
  const warnings: ConfigWarning[] = [...main.warnings, ...jailFiles.warnings];
  if (!jailFiles.found) warnings.push({ message: `there is no jail.conf in ${options.layers.join(' or ')}` });
  setBuiltInNames(jailFiles.store, loader);
  for (const [name, text] of options.builtInNames ?? []) jailFiles.store.defaults.set(name, { text });
  for (const [name, jail] of options.builtInJails ?? []) addBuiltInJail(jailFiles.store, name, jail);
  const context = {
    loader,
    engines: new EngineChooser(loader),
    store: jailFiles.store,
    allowNoFiles: options.allowNoFiles ?? false,
    hasJournal: options.hasJournal ?? (() => keepsJournal(fileSystem)),
  };
  const jails: JailConfig[] = [];
  for (const name of jailNames(jailFiles.store, options.jails, errors)) {
    const read = readJail(context, name);
    for (const error of read.errors) errors.push(error);
    for (const warning of read.warnings) warnings.push(warning);
    if (read.jail !== undefined) jails.push(read.jail);
  }
  return {
    server: server.commands,
    jails,
    errors: distinct(errors),
    warnings,
    fail2ban: server.options,
  };
}

function jailNames(
  store: ConfigStore,
  wanted: readonly string[] | undefined,
  errors: WarderError[],
): string[] {
  const sections = store.sectionNames().filter((name) => name !== 'INCLUDES');
  if (wanted === undefined) return sections;
  for (const jail of wanted) {
    if (sections.includes(jail)) continue;
    errors.push(new WarderError('CONFIG_UNKNOWN_JAIL', `there is no jail ${JSON.stringify(jail)}`, { jail }));
  }
  return wanted.filter((jail) => sections.includes(jail));
}

/** Names that exist in every jail; a user's own of the same name do not count, as for fail2ban. */
function setBuiltInNames(store: ConfigStore, loader: ConfigLoader): void {
  const { roots } = loader.layers;
  store.defaults.set('fail2ban_version', { text: fail2banVersion });
  store.defaults.set('fail2ban_confpath', { text: roots.at(-1) ?? '' });
  // Where files lie that our own configuration refers to; fail2ban knows only one directory.
  store.defaults.set('warder_confpath', { text: roots[0] ?? '' });
}

function addBuiltInJail(store: ConfigStore, name: string, options: ReadonlyMap<string, string>): void {
  for (const [option, text] of options) {
    if (!store.sections.get(name)?.has(option)) store.set(name, option, { text });
  }
}

function keepsJournal(files: ConfigFileSystem): boolean {
  return ['/run/log/journal', '/var/log/journal'].some((path) => files.kind(path) === 'directory');
}

/** How one filter is read on its own. */
export interface ReadFilterOptions {
  readonly layers: readonly string[];
  /** Decides `logtype`; `auto` means files. */
  readonly backend?: string;
  /** Read this file in the place of the one from `filter.d`. */
  readonly file?: string;
  /** Name of the jail in the commands. */
  readonly jail?: string;
  readonly fileSystem?: ConfigFileSystem;
}

/**
 * Reads one filter as named on a command line or in a jail, with its options: `sshd[mode=aggressive]`. Throws the first
 * mistake that makes it unusable; `errors` and `warnings` are what does not.
 */
export function readFilter(
  text: string,
  options: ReadFilterOptions,
): FilterConfig & { readonly errors: readonly WarderError[]; readonly warnings: readonly ConfigWarning[] } {
  const loader = new ConfigLoader(options.layers, options.fileSystem ?? machineFiles);
  const jail = options.jail ?? 'fail2ban-regex-jail';
  const { name, resource, definition } = openFilter(loader, text, undefined, options.file);
  const problem = resource.problems[0];
  if (problem !== undefined) throw problem;
  const errors = [...resource.errors];
  definition.setLogType(options.backend ?? 'auto');
  definition.select(new Map());
  const combined = definition.combine([], (error) => errors.push(error));
  const commands: StreamCommand[] = [];
  addFilterCommands(commands, combined.values(), jail);
  return {
    ...filterFromCommands(name, commands, withoutKnown(combined)),
    errors,
    warnings: resource.warnings,
  };
}
