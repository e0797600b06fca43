import { posix } from 'node:path';
import { type ConfigFileSystem, type Configuration, readConfiguration } from '../../src/config/index.ts';

/** A file system in memory: contents by absolute path. `null` is a dangling link, a Uint8Array raw bytes. */
export function memoryFiles(
  contents: Readonly<Record<string, string | Uint8Array | null>>,
): ConfigFileSystem {
  const paths = Object.keys(contents);
  const isDirectory = (path: string): boolean =>
    paths.some((other) => other.startsWith(posix.join(path, '/')));
  return {
    kind(path) {
      if (contents[path] !== undefined && contents[path] !== null) return 'file';
      return isDirectory(path) ? 'directory' : undefined;
    },
    nameExists: (path) => contents[path] !== undefined || isDirectory(path),
    list(directory, limit) {
      const prefix = posix.join(directory, '/');
      const names = paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
      return [...new Set(names.map((name) => name.split('/')[0]!))].slice(0, limit);
    },
    read(path, limit) {
      const content = contents[path];
      if (content === undefined || content === null) throw new Error('no such file');
      return (typeof content === 'string' ? Buffer.from(content) : content).subarray(0, limit);
    },
  };
}

/** A filter and an action for jails that are about something else. */
export const plainParts: Readonly<Record<string, string>> = {
  '/c/filter.d/f.conf': '[Definition]\nfailregex = ^fail <HOST>$\n',
  '/c/action.d/a.conf': '[Definition]\nactionban = ban <ip>\n',
};

/** Reads the directory `/c`, as `-d` does unless told otherwise. */
export function read(
  contents: Readonly<Record<string, string | Uint8Array | null>>,
  options: Partial<Parameters<typeof readConfiguration>[0]> = {},
): Configuration {
  return readConfiguration({
    layers: ['/c'],
    allowNoFiles: true,
    fileSystem: memoryFiles(contents),
    ...options,
  });
}

/** Errors as `CODE file:line jail`, for comparison. */
export function shortErrors(configuration: Pick<Configuration, 'errors'>): string[] {
  return configuration.errors.map(({ code, file, line, jail }) =>
    [code, file === undefined ? undefined : line === undefined ? file : `${file}:${line}`, jail]
      .filter((part) => part !== undefined)
      .join(' '),
  );
}

/** Values of one kind of command of a jail, such as `maxretry` or `addfailregex`. */
export function sent(configuration: Configuration, jail: string, command: string): unknown[] {
  const commands = configuration.jails.find(({ name }) => name === jail)?.commands ?? [];
  return commands.filter(({ args }) => args[2] === command).flatMap(({ args }) => args.slice(3));
}
