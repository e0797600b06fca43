import type { ConfigFileSystem } from './files.ts';

/** Bounds for directories that others may fill: entries read of one, and paths kept of a pattern. */
const mostEntries = 100_000;
const mostPaths = 10_000;
/** No path is longer (PATH_MAX). */
const longestPattern = 4096;

/**
 * The existing paths that a pattern with `*`, `?` and `[…]` matches, in the order of the file system, as Python's
 * `glob.glob`: hidden names only where the pattern says so, `**` no different from `*`, links followed but never
 * walked deeper than the pattern. Dangling links are in `dangling` instead.
 */
export function expandGlob(
  files: ConfigFileSystem,
  pattern: string,
): { paths: string[]; dangling: string[]; isCut: boolean } {
  const found = pattern.length > longestPattern ? [] : expand(files, pattern, false);
  const kept = found.slice(0, mostPaths);
  const paths = kept.filter((path) => files.kind(path) !== undefined);
  const dangling = kept.filter((path) => files.kind(path) === undefined);
  return { paths, dangling, isCut: found.length >= mostPaths };
}

/** Whether the path is a pattern. */
export function isGlob(path: string): boolean {
  return /[*?[]/.test(path);
}

function expand(files: ConfigFileSystem, pattern: string, onlyDirectories: boolean): string[] {
  const { directory, name } = splitPath(pattern);
  if (!isGlob(pattern)) {
    const exists = name === '' ? files.kind(directory) === 'directory' : files.nameExists(pattern);
    return exists ? [pattern] : [];
  }
  const directories = isGlob(directory) ? expand(files, directory, true) : [directory];
  const matches = name === '' ? undefined : nameMatcher(name);
  const paths: string[] = [];
  for (const parent of directories) {
    const folder = parent === '' ? '.' : parent;
    if (matches === undefined) {
      if (files.kind(folder) === 'directory') paths.push(join(parent, ''));
    } else if (!isGlob(name)) {
      if (files.nameExists(join(parent, name))) paths.push(join(parent, name));
    } else {
      for (const entry of files.list(folder, mostEntries)) {
        if (entry.startsWith('.') && !name.startsWith('.')) continue;
        if (!matches(entry)) continue;
        if (onlyDirectories && files.kind(join(parent, entry)) !== 'directory') continue;
        paths.push(join(parent, entry));
      }
    }
    if (paths.length >= mostPaths) return paths;
  }
  return paths;
}

/** `os.path.split`: slashes between both parts belong to neither, unless they are the root. */
function splitPath(path: string): { directory: string; name: string } {
  const slash = path.lastIndexOf('/') + 1;
  const head = path.slice(0, slash);
  const trimmed = head.replace(/\/+$/, '');
  return { directory: trimmed === '' ? head : trimmed, name: path.slice(slash) };
}

function join(directory: string, name: string): string {
  return directory === '' || directory.endsWith('/') ? directory + name : `${directory}/${name}`;
}

type CharMatcher = (char: string) => boolean;

/**
 * A matcher for one name of a path. It runs in time proportional to name × pattern: a star is only ever retried from
 * the last one, which is enough since stars match anything.
 */
function nameMatcher(pattern: string): (name: string) => boolean {
  const parts = parsePattern(pattern);
  return (name) => {
    const chars = [...name];
    let part = 0;
    let retry: { part: number; char: number } | undefined;
    for (let char = 0; char < chars.length || part < parts.length; ) {
      const wanted = parts[part];
      if (wanted === 'star') {
        retry = { part, char };
        part++;
      } else if (wanted !== undefined && char < chars.length && wanted(chars[char]!)) {
        part++;
        char++;
      } else if (retry !== undefined && retry.char < chars.length) {
        retry = { part: retry.part, char: retry.char + 1 };
        part = retry.part + 1;
        char = retry.char;
      } else {
        return false;
      }
    }
    return true;
  };
}

function parsePattern(pattern: string): ('star' | CharMatcher)[] {
  const parts: ('star' | CharMatcher)[] = [];
  const chars = [...pattern];
  for (let index = 0; index < chars.length; index++) {
    const char = chars[index]!;
    const end = char === '[' ? endOfClass(chars, index) : -1;
    if (char === '*') {
      if (parts.at(-1) !== 'star') parts.push('star');
    } else if (char === '?') {
      parts.push(() => true);
    } else if (end >= 0) {
      parts.push(classMatcher(chars.slice(index + 1, end)));
      index = end;
    } else {
      parts.push((other) => other === char);
    }
  }
  return parts;
}

/** Index of the bracket that closes the class; one that stands first in it is a member. -1: the bracket is plain. */
function endOfClass(chars: readonly string[], open: number): number {
  let index = open + 1;
  if (chars[index] === '!') index++;
  if (chars[index] === ']') index++;
  return chars.indexOf(']', index);
}

function classMatcher(members: readonly string[]): CharMatcher {
  const isNegated = members[0] === '!';
  const list = isNegated ? members.slice(1) : members;
  const ranges: (readonly [number, number])[] = [];
  for (let index = 0; index < list.length; index++) {
    const low = list[index]!.codePointAt(0)!;
    const isRange = list[index + 1] === '-' && index + 2 < list.length;
    const high = isRange ? list[index + 2]!.codePointAt(0)! : low;
    ranges.push([low, high]);
    if (isRange) index += 2;
  }
  return (char) => {
    const code = char.codePointAt(0)!;
    return ranges.some(([low, high]) => code >= low && code <= high) !== isNegated;
  };
}
