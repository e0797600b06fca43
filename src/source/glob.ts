import { join } from 'node:path';
import type { FileSystem } from './file-system.ts';

export interface GlobResult {
  /** Existing regular files, sorted. */
  readonly paths: readonly string[];
  /** Directories whose entries decide about the result; a change in one of them may change it. */
  readonly directories: readonly string[];
  /** More files matched than `limit`; the rest is left out. */
  readonly cut: boolean;
}

/** Whether a path has one of the characters that Python's glob gives a meaning. */
export function hasGlobMagic(path: string): boolean {
  return /[*?[]/.test(path);
}

/**
 * Expands a glob as Python's `glob.glob` does: `*`, `?`, `[abc]`, `[!abc]` within one path component; a leading dot has
 * to be written out. The last component yields regular files only.
 */
export function expandGlob(pattern: string, fs: FileSystem, limit: number): GlobResult {
  const components = pattern.split('/').filter(Boolean);
  const directories = new Set<string>();
  let paths = [pattern.startsWith('/') ? '/' : '.'];
  components.forEach((component, index) => {
    const kind = index === components.length - 1 ? 'file' : 'directory';
    paths = paths.flatMap((path) => step(path, component, kind, fs, directories)).slice(0, limit + 1);
  });
  return {
    paths: paths.slice(0, limit).sort(),
    directories: [...directories].sort(),
    cut: paths.length > limit,
  };
}

function step(
  path: string,
  component: string,
  kind: 'file' | 'directory',
  fs: FileSystem,
  directories: Set<string>,
): string[] {
  if (!hasGlobMagic(component)) {
    const next = join(path, component);
    if (isKind(next, fs, kind)) return [next];
    directories.add(path);
    return [];
  }
  directories.add(path);
  const matcher = componentMatcher(component);
  return entries(path, fs)
    .filter((name) => (component.startsWith('.') || !name.startsWith('.')) && matcher.test(name))
    .sort()
    .map((name) => join(path, name))
    .filter((next) => isKind(next, fs, kind));
}

function entries(path: string, fs: FileSystem): string[] {
  try {
    return fs.readDirectory(path);
  } catch {
    return [];
  }
}

function isKind(path: string, fs: FileSystem, kind: 'file' | 'directory'): boolean {
  try {
    const stat = fs.stat(path);
    return kind === 'file' ? stat.isFile() : stat.isDirectory();
  } catch {
    return false;
  }
}

/** One component as a regular expression. Runs of `*` become one, so that matching stays cheap. */
function componentMatcher(component: string): RegExp {
  let source = '';
  for (let at = 0; at < component.length; at += 1) {
    const char = component[at]!;
    if (char === '*') {
      if (!source.endsWith('.*')) source += '.*';
    } else if (char === '?') source += '.';
    else if (char === '[') {
      // A closing bracket right after the opening one (or its `!`) is a member of the set.
      const end = component.indexOf(']', at + (component[at + 1] === '!' ? 3 : 2));
      if (end < 0) source += '\\[';
      else {
        source += bracketClass(component.slice(at + 1, end));
        at = end;
      }
    } else source += escapeChar(char);
  }
  return new RegExp(`^${source}$`, 'su');
}

function bracketClass(inside: string): string {
  const negated = inside.startsWith('!');
  const members = Array.from(negated ? inside.slice(1) : inside);
  let source = '';
  for (let at = 0; at < members.length; at += 1) {
    const from = members[at]!;
    const to = members[at + 1] === '-' ? members[at + 2] : undefined;
    if (to === undefined) source += escapeChar(from);
    else {
      // A range that runs backwards matches nothing, as in Python.
      if (from <= to) source += `${escapeChar(from)}-${escapeChar(to)}`;
      at += 2;
    }
  }
  if (source === '') return negated ? '.' : '(?!)';
  return `[${negated ? '^' : ''}${source}]`;
}

/** Escaped by its code point where the character could mean something. */
function escapeChar(char: string): string {
  return /[A-Za-z0-9_ ]/.test(char) ? char : `\\u{${char.codePointAt(0)!.toString(16)}}`;
}
