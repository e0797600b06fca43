import { fileURLToPath } from 'node:url';
import { readFilter } from '../../src/config/index.ts';
import type { FilterSettings } from '../../src/detect/index.ts';

/** Where the configuration lies that we ship. */
export const ownConfig = fileURLToPath(new URL('../../config', import.meta.url));

/** The rules of one of our own filters, named with its options as in a jail: `sshd[mode=ddos]`. */
export function ownFilter(
  text: string,
): Pick<FilterSettings, 'failRegex' | 'ignoreRegex' | 'maxLines'> & Partial<FilterSettings> {
  const read = readFilter(text, { layers: [ownConfig] });
  if (read.errors[0] !== undefined) throw read.errors[0];
  const { prefRegex, failRegex, ignoreRegex, maxLines = 1, datePattern } = read;
  return {
    failRegex,
    ignoreRegex,
    maxLines,
    ...(prefRegex === undefined ? {} : { prefRegex }),
    ...(datePattern === undefined ? {} : { datePattern }),
  };
}
