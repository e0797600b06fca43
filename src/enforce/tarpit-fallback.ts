import type { Properties } from './tags.ts';

const blocktypeName = /^blocktype(?:\?.*)?$/;

/**
 * `blocktype = TARPIT` cannot be had from a command: it becomes DROP (for nft: drop), in the property and in the commands
 * that the configuration reader has filled it into. This is the one place for it; the tarpit itself takes over from
 * here. An action that has no such blocktype is left as it is: who writes `-j TARPIT` into commands of his own has the
 * kernel module for it.
 */
export function withoutTarpit(properties: Properties): {
  readonly properties: Properties;
  readonly tarpit: boolean;
} {
  const asked = [...properties].filter(([name, value]) => blocktypeName.test(name) && asksForTarpit(value));
  if (asked.length === 0) return { properties, tarpit: false };
  const drop = properties.has('nftables') ? 'drop' : 'DROP';
  const longestFirst = [...new Set(asked.map(([, value]) => value.trim()))].sort(
    (a, b) => b.length - a.length,
  );
  const words = new RegExp(
    `(?<![\\w-])(?:${longestFirst.map((word) => RegExp.escape(word)).join('|')})(?![\\w-])`,
    'g',
  );
  const replaced = Array.from(properties, ([name, value]): [string, string] => {
    const concerned = name.startsWith('action') || blocktypeName.test(name);
    return [name, concerned ? value.replace(words, drop) : value];
  });
  return { properties: new Map(replaced), tarpit: true };
}

function asksForTarpit(value: string): boolean {
  return /^\s*TARPIT\b/i.test(value);
}
