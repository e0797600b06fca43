import { posix } from 'node:path';
import { WarderError } from '../../base/index.ts';
import {
  type ConfigFileSystem,
  type JailConfig,
  machineFiles,
  parseOptionList,
  readConfiguration,
  type StreamCommand,
} from '../../config/index.ts';

/** Name of the file in memory that switches the jail on; it comes behind every real one. */
const overlayName = '\u{10ffff}warder-regex.local';

/** How a jail is read. */
export interface JailRequest {
  readonly name: string;
  /** Options for its filter, which go before those of the jail. */
  readonly options: ReadonlyMap<string, string>;
  readonly layers: readonly string[];
  /** The lines come from the journal. */
  readonly isJournal: boolean;
}

/** What a jail makes of its filter. */
export interface JailRules {
  readonly commands: readonly StreamCommand[];
  readonly filterName: string;
}

/**
 * Reads the rules of a jail, whether it is enabled or not; undefined when there is no jail of that name. Throws what is
 * wrong with it.
 */
export function readJailRules(request: JailRequest): JailRules | undefined {
  const { name, options, layers, isJournal } = request;
  const common = { layers, jails: [name], allowNoFiles: true };
  const isUnknown = readConfiguration(common).errors.some(({ code }) => code === 'CONFIG_UNKNOWN_JAIL');
  if (isUnknown) return undefined;
  const backend = isJournal ? 'systemd' : 'polling';
  const read = (extra: string): JailConfig => {
    const text = `[${name}]\nenabled = true\nbackend = ${backend}\n${extra}`;
    const { jails, errors } = readConfiguration({ ...common, fileSystem: withJailFile(layers, text) });
    const jail = jails[0];
    if (jail === undefined || jail.configError !== undefined) {
      throw (
        errors.find((error) => error.jail === name) ??
        new WarderError('CONFIG_WRONG_VALUE', jail?.configError ?? `the jail ${name} cannot be read`)
      );
    }
    return jail;
  };
  const jail = read('');
  const filter = parseOptionList(String(jail.options.get('filter')?.value ?? name));
  if (options.size === 0) return { commands: jail.commands, filterName: filter.name };
  const merged = new Map([...filter.options, ...options]);
  return {
    commands: read(`filter = ${writeOptionList(filter.name, merged)}\n`).commands,
    filterName: filter.name,
  };
}

/** Python's interpolation makes `%` of `%%`; the lines of a value go on where they are indented. */
function writeOptionList(name: string, options: ReadonlyMap<string, string>): string {
  const items = [...options].map(
    ([key, value]) => `${key}=${value.includes('"') ? `'${value}'` : `"${value}"`}`,
  );
  return `${name}[${items.join(', ')}]`.replaceAll('%', '%%').replaceAll('\n', '\n  ');
}

/** The machine's files, and one more in the `jail.d` of the highest layer. */
function withJailFile(layers: readonly string[], text: string): ConfigFileSystem {
  const top = layers.at(-1) ?? '.';
  const same = (path: string, other: string): boolean => posix.resolve(path) === posix.resolve(other);
  const folder = posix.join(top, 'jail.d');
  const file = posix.join(folder, overlayName);
  return {
    kind: (path) => (same(path, file) ? 'file' : machineFiles.kind(path)),
    nameExists: (path) => same(path, file) || machineFiles.nameExists(path),
    list: (directory, limit) => [
      ...machineFiles.list(directory, limit),
      ...(same(directory, folder) ? [overlayName] : []),
    ],
    read: (path, limit) => (same(path, file) ? Buffer.from(text) : machineFiles.read(path, limit)),
  };
}
