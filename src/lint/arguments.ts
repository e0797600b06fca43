import { type JailConfig, parseOptionList } from '../config/index.ts';
import { nearest } from './spelling.ts';
import type { Finding } from './types.ts';
import { type Resource, readableNames } from './written-options.ts';

/** Finds the resource of a filter or action by its name. */
export type FindResource = (kind: 'filter' | 'action', name: string) => Resource | undefined;

/**
 * Arguments in brackets (`sshd[mdoe=ddos]`) that look like a misspelt option. Any other argument may be there for no use:
 * jail.conf itself gives all actions the same ones.
 */
export function checkArguments(jail: JailConfig, find: FindResource): Finding[] {
  const filterText = String(jail.options.get('filter')?.value ?? '');
  const filters = filterText === '' ? [] : [listOf(filterText)];
  return [
    ...filters.flatMap((list) => check(jail, 'filter', list.name, list.options.keys(), find)),
    ...jail.actions.flatMap(({ file, arguments: given }) => check(jail, 'action', file, given.keys(), find)),
  ];
}

function listOf(text: string): ReturnType<typeof parseOptionList> {
  try {
    return parseOptionList(text);
  } catch {
    // Reported as an error of the configuration.
    return { name: '', options: new Map() };
  }
}

function check(
  jail: JailConfig,
  kind: 'filter' | 'action',
  name: string,
  given: Iterable<string>,
  find: FindResource,
): Finding[] {
  const resource = find(kind, name);
  if (resource === undefined) return [];
  const readable = readableNames(resource);
  return [...given].flatMap((argument): Finding[] => {
    const key = argument.toLowerCase().replace(/\?.*$/, '');
    if (readable.has(key) || resource.references.has(key)) return [];
    const meant = nearest(key, readable);
    if (meant === undefined) return [];
    const message = `the ${kind} ${name} does not read the argument ${argument}`;
    return [
      {
        code: 'LINT_MISSPELT_OPTION',
        severity: 'warning',
        message,
        hint: `did you mean ${meant}?`,
        option: kind,
        jail: jail.name,
        ...jail.options.get(kind)?.origin,
      },
    ];
  });
}
