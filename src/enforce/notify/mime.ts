/** RFC 2047: no encoded word is longer, and no line with one. */
const longestWord = 75;
const longestHeaderLine = 76;
const longestEncodedLine = 76;
/** Some servers cut at fewer than the 998 characters that RFC 5322 allows. */
const longestPlainLine = 900;

/** A header whose name and value are our own or were made fit; folded at blanks, never begun anew by its value. */
export function headerLine(name: string, value: string): string {
  const words = `${name.replace(/[^A-Za-z0-9-]/g, '')}: ${value.replace(/[\r\n\0]+/g, ' ')}`.split(' ');
  const lines: string[] = [];
  let line = words.shift() ?? '';
  for (const word of words) {
    // Never right behind the name: some programs take such a header for an empty one.
    const isNameAlone = lines.length === 0 && line.endsWith(':') && !line.includes(' ');
    if (`${line} ${word}`.length > longestHeaderLine && line.trim() !== '' && !isNameAlone) {
      lines.push(line);
      line = ` ${word}`;
    } else line = `${line} ${word}`;
  }
  // A line of blanks alone would be taken for the end of the headers.
  return [...lines, line].filter((each) => each.trim() !== '').join('\n');
}

/** A text of one line for a header: as it is where it is plain ASCII, else in encoded words (RFC 2047). */
export function encodedWords(text: string): string {
  const plain = /^[\x20-\x7e]*$/.test(text) && !text.includes('=?');
  if (plain && text.split(' ').every((word) => word.length < longestHeaderLine)) return text;
  const frame = '=?utf-8?B??='.length;
  const mostBytes = Math.floor((longestWord - frame) / 4) * 3;
  const words: string[] = [];
  let piece = '';
  for (const char of text) {
    if (Buffer.byteLength(piece + char) > mostBytes) {
      words.push(piece);
      piece = '';
    }
    piece += char;
  }
  words.push(piece);
  return words.map((word) => `=?utf-8?B?${Buffer.from(word).toString('base64')}?=`).join(' ');
}

/** A body, and how it is encoded. */
export interface EncodedBody {
  readonly encoding: '7bit' | 'quoted-printable';
  readonly body: string;
}

/** A text as the body of a message or, `within` others, of a part. */
export function encodedBody(text: string, within = false): EncodedBody {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const isPlain = lines.every(
    (line) =>
      line.length <= longestPlainLine &&
      /^[\t\x20-\x7e]*$/.test(line) &&
      // A dot alone ends a message for some programs, `From ` begins one in some mailboxes, `--` may begin a part.
      !/^(?:\.|From |--)/.test(line) &&
      !(within && line.endsWith(' ')),
  );
  if (isPlain) return { encoding: '7bit', body: lines.join('\n') };
  return { encoding: 'quoted-printable', body: lines.map(quotedLine).join('\n') };
}

/** One line in quoted-printable (RFC 2045), in several where it is long. */
function quotedLine(line: string): string {
  const pieces: string[] = [];
  let piece = '';
  const bytes = Buffer.from(line.toWellFormed());
  for (const [index, byte] of bytes.entries()) {
    const quoted = quotedByte(byte, index === bytes.length - 1, piece === '');
    // The last place is for the mark of a soft line end.
    if (piece.length + quoted.length >= longestEncodedLine) {
      pieces.push(`${piece}=`);
      piece = quotedByte(byte, index === bytes.length - 1, true);
    } else piece += quoted;
  }
  return [...pieces, piece].join('\n');
}

function quotedByte(byte: number, isLast: boolean, isFirst: boolean): string {
  const char = String.fromCharCode(byte);
  const risky = isFirst && (char === '.' || char === 'F' || char === '-');
  const blank = byte === 0x20 || byte === 0x09;
  const plain = (byte > 0x20 && byte < 0x7f && char !== '=') || (blank && !isLast);
  return plain && !risky ? char : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
