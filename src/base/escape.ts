/** Control characters (C0, DEL, C1), line separators and the bidirectional overrides that can disguise a text. */
const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * Makes a hostile text safe for a terminal or a log line: each control character becomes `\xNN` or `\uNNNN`,
 * a tab, carriage return and newline `\t`, `\r`, `\n`. Everything else, non-ASCII letters included, stays.
 */
export function escapeControl(text: string): string {
  return text.replace(unsafe, (char) => {
    if (char === '\n') return '\\n';
    if (char === '\t') return '\\t';
    if (char === '\r') return '\\r';
    const code = char.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
