import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';

export const repositoryRoot = join(import.meta.dirname, '..', '..');

/** One text file of the repository. */
export interface SourceFile {
  /** Relative to the repository, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** Every file that is, or is about to be, part of the repository: tracked, or new and not ignored. */
export function repositoryFiles(...prefixes: readonly string[]): SourceFile[] {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  });
  return list
    .split('\0')
    .filter(
      (path) => path !== '' && (prefixes.length === 0 || prefixes.some((prefix) => path.startsWith(prefix))),
    )
    .filter((path) => existsSync(join(repositoryRoot, path)) && statSync(join(repositoryRoot, path)).isFile())
    .map((path) => ({
      path: path.split(sep).join('/'),
      text: readFileSync(join(repositoryRoot, path), 'utf8'),
    }));
}

/** `file:line: text` of every line that matches. */
export function findLines(files: readonly SourceFile[], pattern: RegExp): string[] {
  return files.flatMap((file) =>
    file.text
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) ? [`${file.path}:${index + 1}: ${line.trim().slice(0, 160)}`] : [],
      ),
  );
}
