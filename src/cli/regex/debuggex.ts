/** How the links are made. */
export interface LinkOptions {
  /** A regex with fail2ban's tags replaced. */
  expand(source: string): string;
  readonly isMultiLine: boolean;
}

/** For each line and rule: the line, the rule, and a link that opens both at debuggex.com. */
export function debuggexLines(
  lines: readonly string[],
  rules: readonly { readonly source: string }[],
  options: LinkOptions,
): string[] {
  return lines.flatMap((line) =>
    rules.map(({ source }) => `${line} | ${source} |  ${debuggexUrl(line, source, options)}`),
  );
}

function debuggexUrl(line: string, source: string, { expand, isMultiLine }: LinkOptions): string {
  const query = [
    ['re', expand(source)],
    ['str', line],
    ['flavor', 'python'],
    ...(isMultiLine ? [['flags', 'm']] : []),
  ];
  const text = query.map(([name, value]) => `${name}=${quotePlus(value!)}`).join('&');
  return `https://www.debuggex.com/?${text}`;
}

/** As a form is sent: blanks as plus signs; of ASCII only letters, digits and `_.-~` stand for themselves. */
function quotePlus(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
