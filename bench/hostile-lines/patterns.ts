/** A rule that takes exponential or worse time on a line made for it. */
export interface HostilePattern {
  readonly name: string;
  /** Behind `note: `, in Python's syntax; `<HOST>` comes after it. */
  readonly rule: string;
  /** What an attacker writes there. */
  readonly text: string;
}

const letters = 'a'.repeat(60);

/** Known shapes of catastrophe, lookaround included. None of the texts matches its rule. */
export const hostilePatterns: readonly HostilePattern[] = [
  { name: 'nested-repeats', rule: '(?:a+)+', text: `${letters}!` },
  { name: 'nested-groups', rule: '(?:(?:a*)*b?)*', text: `${letters}!` },
  { name: 'alternatives', rule: '(?:a|aa)+', text: `${letters}!` },
  { name: 'longer-alternatives', rule: '(?:\\w|\\w\\w?)+', text: `${letters}!` },
  { name: 'words', rule: '(?:\\w+\\s?)+', text: `${'word '.repeat(16)}!` },
  { name: 'optional', rule: '(?:a|a?)+', text: `${letters}!` },
  { name: 'lookahead', rule: '(?=(?:a+)+c)a+', text: `${letters}!` },
  { name: 'negative-lookahead', rule: '(?:(?!b)(?:a|a))+', text: `${letters}!` },
  { name: 'lookbehind', rule: '(?:(?<=a)a+|a)+', text: `${letters}!` },
  { name: 'back-reference', rule: '(?P<x>a+)(?:a+)+(?P=x)c', text: `${letters}!` },
];
