import { oneLine } from './text.ts';

const longest = 254;
const most = 50;
/** What a mail program, a header or a server could take for anything but one address has no place in it. */
const addressPattern =
  /^[^\s<>()[\]"',:;@\\\p{C}-][^\s<>()[\]"',:;@\\\p{C}]*(?:@(?:[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}])?|\[[0-9A-Fa-f.:]+\]))?$/u;

/** Whether a text is a mail address, or the name of a mailbox on this machine. */
export function isMailAddress(text: string): boolean {
  return text.length <= longest && addressPattern.test(text);
}

/** The addresses in a list with commas or blanks, as `Name <address>` too; what is none is left out. */
export function mailAddresses(list: string): readonly string[] {
  const found = list.split(',').flatMap((part) => {
    const inBrackets = /<([^<>]*)>/.exec(part)?.[1];
    return inBrackets === undefined ? part.split(/\s+/) : [inBrackets.trim()];
  });
  return [...new Set(found.filter(isMailAddress))].slice(0, most);
}

/** A sender as the header `From` has it. */
export function mailbox(name: string, address: string, encode: (text: string) => string): string {
  const shown = oneLine(name, 100);
  if (shown === '') return address;
  if (/^[\x20-\x7e]*$/.test(shown)) return `"${shown.replace(/["\\]/g, '\\$&')}" <${address}>`;
  return `${encode(shown)} <${address}>`;
}
