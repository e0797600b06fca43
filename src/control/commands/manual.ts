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

/** Words as they are in bold, what is to be filled in in italics. */
function syntaxLine(syntax: string): string {
  return syntax
    .split(/(<[^<>]+>)/)
    .filter((part) => part !== '')
    .map((part) => {
      const isValue = part.startsWith('<');
      const shown = escapeRoff(isValue ? part.slice(1, -1) : part);
      return `${isValue ? '\\fI' : '\\fB'}${shown}\\fR`;
    })
    .join('');
}

/** A line that begins with a dot or an apostrophe would be a command. */
function textLine(text: string): string {
  const escaped = escapeRoff(text);
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}

function escapeRoff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('"', '\\(dq');
}
