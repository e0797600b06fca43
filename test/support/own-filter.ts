import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readFilter } from '../../src/config/index.ts';
import type { FilterSettings } from '../../src/detect/index.ts';

/** Where the configuration lies that we ship. */
export const ownConfig = fileURLToPath(new URL('../../config', import.meta.url));

/** The names of the filters that we ship, those that only others include left out. */
export function ownFilters(): string[] {
  return readdirSync(`${ownConfig}/filter.d`)
    .filter((file) => file.endsWith('.conf') && !/(?:^|-)common\.conf$/.test(file))
    .map((file) => file.replace(/\.conf$/, ''))
    .sort();
}

/** A filter with options, as a jail names it. */
export function filterText(name: string, options: Readonly<Record<string, string>>): string {
  const list = Object.entries(options).filter(([key]) => !key.startsWith('test.'));
  return list.length === 0 ? name : `${name}[${list.map(([key, value]) => `${key}="${value}"`).join(', ')}]`;
}

/** The rules of one of our own filters, named with its options as in a jail: `sshd[mode=ddos]`. */
export function ownFilter(text: string): OwnFilter {
  const known = filters.get(text) ?? readOwnFilter(text);
  filters.set(text, known);
  return known;
}

type OwnFilter = Pick<FilterSettings, 'failRegex' | 'ignoreRegex' | 'maxLines'> & Partial<FilterSettings>;

/** Files do not change while tests run, and some tests ask thousands of times. */
const filters = new Map<string, OwnFilter>();

function readOwnFilter(text: string): OwnFilter {
  const read = readFilter(text, { layers: [ownConfig] });
  if (read.errors[0] !== undefined) throw read.errors[0];
  const { prefRegex, failRegex, ignoreRegex, maxLines = 1, datePattern, logFormat } = read;
  return {
    failRegex,
    ignoreRegex,
    maxLines,
    ...(prefRegex === undefined ? {} : { prefRegex }),
    ...(datePattern === undefined ? {} : { datePattern }),
    ...(logFormat === undefined ? {} : { logFormat }),
  };
}
