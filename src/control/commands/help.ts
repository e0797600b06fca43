import { commandTable } from './table.ts';

/** Columns of fail2ban's help: where a line begins, where its text begins, how wide the text is. */
const indent = 4;
const margin = 41;
const textWidth = 34;

/** The list of commands as `fail2ban-client --help` prints it, one entry per line. */
export function formatHelp(): string[] {
  return commandTable.flatMap((section, index) => [
    ...(index === 0 ? [] : ['']),
    ...formatEntry('', section.title),
    ...section.commands.flatMap((spec) =>
      spec.help.flatMap(({ syntax, text, further }) => (further ? [] : formatEntry(syntax, text))),
    ),
  ]);
}

/** The text stands beside the syntax where that is short enough, otherwise below. */
function formatEntry(syntax: string, text: string): string[] {
  const column = ' '.repeat(indent + margin);
  const lines = wrap(text, textWidth);
  if (syntax.length >= margin) return [' '.repeat(indent) + syntax, ...lines.map((line) => column + line)];
  return lines.map(
    (line, index) => (index === 0 ? ' '.repeat(indent) + syntax.padEnd(margin) : column) + line,
  );
}

/** White space, a dash of two or more hyphens, or a word up to the next place where a line may break. */
const pieces =
  /\s+|(?<=[\w!"'&.,?])-{2,}(?=\w)|\S+?(?:(?<=\w)-(?=[a-z])|(?<=[\w!"'&.,?])(?=-{2,}\w)|(?=\s|$))/g;

/** Breaks a text at spaces, behind the hyphen of a word, and around dashes, as Python's `textwrap` does. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const piece of text.match(pieces) ?? []) {
    if ((line + piece).length > width && line !== '') {
      lines.push(line);
      line = '';
    }
    line += piece;
  }
  return [...lines, line].map((part) => part.trim()).filter((part) => part !== '');
}
