import { commandTable } from './table.ts';

/** The section COMMANDS of the manual page of fail2ban-client, in the language of man(7). */
export function formatManual(): string {
  const sections = commandTable
    .map(({ title, commands }) => ({ title, entries: commands.flatMap(({ help }) => help) }))
    .filter(({ entries }) => entries.length > 0);
  const lines = sections.flatMap(({ title, entries }) => [
    `.SS ${escapeRoff(title)}`,
    ...entries.flatMap(({ syntax, text }) => ['.TP', syntaxLine(syntax), textLine(text)]),
  ]);
  return `${['.SH COMMANDS', ...lines].join('\n')}\n`;
}

/** Words as they are in bold, what is to be filled in in italics. fail2ban's help has a bracket too many in places. */
function syntaxLine(syntax: string): string {
  return withValues(syntax.includes('[') ? syntax : syntax.replaceAll(']', ''), '\\fB');
}

/** A line that begins with a dot or an apostrophe would be a command. */
function textLine(text: string): string {
  const line = withValues(text, '');
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

/** The names in angle brackets in italics, the rest in the font that is given. */
function withValues(text: string, font: string): string {
  const reset = font === '' ? '' : '\\fR';
  return text
    .split(/(<[\w ]+>)/)
    .filter((part) => part !== '')
    .map((part) =>
      part.startsWith('<') && part.endsWith('>')
        ? `\\fI${escapeRoff(part.slice(1, -1))}\\fR`
        : `${font}${escapeRoff(part)}${reset}`,
    )
    .join('');
}

function escapeRoff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('"', '\\(dq');
}
