import { escapeControl } from '../../base/index.ts';
import { limits } from './limits.ts';

/**
 * A foreign text, made safe to be read by people: line ends and tabs stay, every other control character is shown as
 * `\xNN`, lines and the whole are cut at their bounds.
 */
export function readable(text: string, mostBytes: number = limits.valueBytes): string {
  const lines = text.replace(/\r\n?/g, '\n').split('\n', limits.lines * 2);
  return cutText(lines.map(readableLine).join('\n'), mostBytes);
}

/** One line of it, tabs kept. */
function readableLine(line: string): string {
  const cut = line.length > limits.lineLength ? `${wholeCharacters(line, limits.lineLength)}…` : line;
  return cut
    .split('\t')
    .map((part) => escapeControl(part.toWellFormed()))
    .join('\t');
}

/** A foreign text for a place where only one line can be: a header, a name. */
export function oneLine(text: string, longest = 300): string {
  const line = text
    .toWellFormed()
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .trim();
  return line.length > longest ? `${wholeCharacters(line, longest)}…` : line;
}

/** The newest lines of many. */
export function lastLines(text: string, most: number): string {
  const lines = text.split('\n');
  if (lines.length <= most) return text;
  return [`(${lines.length - most} lines left out)`, ...lines.slice(-most)].join('\n');
}

/** At most so many bytes of UTF-8, ended by an ellipsis where something is missing. */
export function cutText(text: string, mostBytes: number): string {
  if (text.length * 3 <= mostBytes) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= mostBytes) return text;
  let end = mostBytes - 3;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.toString('utf8', 0, end)}…`;
}

/** The beginning, without half of a surrogate pair at its end. */
function wholeCharacters(text: string, length: number): string {
  const code = text.charCodeAt(length - 1);
  return text.slice(0, code >= 0xd800 && code < 0xdc00 ? length - 1 : length);
}
