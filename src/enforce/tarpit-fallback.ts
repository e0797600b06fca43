import type { Properties } from './tags.ts';

const blocktypeName = /^blocktype(?:\?.*)?$/;

/** What drops without an answer, in the words of the tool that an action's commands call. */
const dropWords: readonly (readonly [tool: RegExp, word: string])[] = [
  [/\bufw\s/, 'deny'],
  [/\bipfw\s/, 'deny'],
  [/\bip(?: -[46])? route\b/, 'blackhole'],
  [/\bshorewall\b/, 'drop'],
];

/**
 * Where `blocktype = TARPIT` is asked for, the ban itself drops: `TARPIT` becomes the tool's word for it, in the property and
 * in the commands that the configuration reader has filled it into. Who is to be held is taken aside before that, by
 * the rules of `tarpit/`; so nobody gets in when they are missing. An action that has no such blocktype is left as it
 * is: who writes `-j TARPIT` into commands of his own has the kernel module for it.
 */
export function withoutTarpit(properties: Properties): {
  readonly properties: Properties;
  readonly tarpit: boolean;
} {
  const asked = [...properties].filter(([name, value]) => blocktypeName.test(name) && asksForTarpit(value));
  if (asked.length === 0) return { properties, tarpit: false };
  const drop = dropWordOf(properties);
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

function dropWordOf(properties: Properties): string {
  if (properties.has('nftables')) return 'drop';
  const commands = `${properties.get('actionstart') ?? ''}\n${properties.get('actionban') ?? ''}`;
  return dropWords.find(([tool]) => tool.test(commands))?.[1] ?? 'DROP';
}

function asksForTarpit(value: string): boolean {
  return /^\s*TARPIT\b/i.test(value);
}
