import type { WrittenFile, WrittenOption } from '../config/index.ts';

/** More settings of one filter than this are not looked at. */
const mostVariants = 24;
const tagWithParameter = /<([\w/-]*)<([\w-]+)>([\w/-]*)>/g;

/**
 * The settings of a filter that choose other rules, as a jail names it: `sshd[mode=ddos]`. They are found by the tags that
 * are made of tags, such as `<mode-<mode>>`: each option `mode-…` is a value of the parameter `mode`. The filter
 * without settings comes first.
 */
export function filterVariants(name: string, files: readonly WrittenFile[]): string[] {
  const options = files.flatMap((file) => file.options);
  const own = new Set(options.map((option) => option.name));
  const values = new Map<string, Set<string>>();
  for (const option of options) {
    for (const [, before = '', parameter = '', behind = ''] of option.text.matchAll(tagWithParameter)) {
      if (!own.has(parameter) || parameter === 'logtype') continue;
      const found = values.get(parameter) ?? new Set();
      for (const value of valuesOf(options, before, behind)) found.add(value);
      values.set(parameter, found);
    }
  }
  const variants = [...values].flatMap(([parameter, list]) =>
    [...list].map((value) => `${name}[${parameter}="${value}"]`),
  );
  return [name, ...variants].slice(0, mostVariants);
}

function valuesOf(options: readonly WrittenOption[], before: string, behind: string): string[] {
  return options.flatMap(({ name }) => {
    const fits =
      name.length > before.length + behind.length && name.startsWith(before) && name.endsWith(behind);
    const value = fits ? name.slice(before.length, name.length - behind.length) : '';
    return /^[\w]+$/.test(value) ? [value] : [];
  });
}
