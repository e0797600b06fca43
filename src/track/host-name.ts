const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** What C libraries read as a number, and so as an address: decimal, octal or hexadecimal. */
const numeric = /^(?:0x[0-9a-f]*|\d+)$/i;

/**
 * Whether a text may be looked up as a host name. A name that ends in a number is refused: resolvers take `2130706433`,
 * `0x7f.1` or `127.1` for addresses, so that a log line could name any address in disguise.
 */
export function isHostName(text: string): boolean {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  if (name.length === 0 || name.length > 253) return false;
  const labels = name.split('.');
  return labels.every((part) => label.test(part)) && !numeric.test(labels.at(-1)!);
}
