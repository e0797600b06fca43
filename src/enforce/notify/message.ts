import { mailbox } from './addresses.ts';
import { limits } from './limits.ts';
import { encodedBody, encodedWords, headerLine } from './mime.ts';
import { cutText, oneLine } from './text.ts';

/** A mail before it is written down. All texts may be hostile. */
export interface Mail {
  readonly senderName: string;
  /** Must have passed `isMailAddress`, as all recipients. */
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly attachments: readonly { readonly name: string; readonly text: string }[];
  readonly timeSec: number;
  /** Of this machine, for the message's id. */
  readonly hostName: string;
  /** Unique among all mails. */
  readonly id: string;
}

/**
 * A mail as RFC 5322 and MIME have it, with `\n` at line ends: ASCII only, no line longer than 998 characters, and no
 * value that can begin a header, a part, or end the message.
 */
export function composeMail(mail: Mail): string {
  const headers = [
    headerLine('Date', mailDate(mail.timeSec)),
    headerLine('From', mailbox(mail.senderName, mail.sender, encodedWords)),
    headerLine('To', mail.recipients.join(', ')),
    headerLine('Subject', encodedWords(oneLine(mail.subject))),
    headerLine('Message-ID', `<${mail.id}@${hostPart(mail.hostName)}>`),
    // RFC 3834: no vacation program shall answer.
    headerLine('Auto-Submitted', 'auto-generated'),
    headerLine('MIME-Version', '1.0'),
    ...mail.headers.map(([name, value]) => headerLine(name, encodedWords(oneLine(value)))),
  ];
  const text = encodedBody(cutText(mail.text, limits.messageBytes / 2));
  const textHeaders = [
    'Content-Type: text/plain; charset=utf-8',
    `Content-Transfer-Encoding: ${text.encoding}`,
  ];
  if (mail.attachments.length === 0) return [...headers, ...textHeaders, '', text.body, ''].join('\n');
  // Quoted-printable has no line that begins with `--` and this: `=` is followed by two hexadecimal digits there.
  const boundary = `=_${mail.id.replace(/[^A-Za-z0-9]/g, '')}`;
  const parts = [[...textHeaders, '', text.body], ...mail.attachments.map(attachmentPart)];
  return [
    ...headers,
    `Content-Type: multipart/mixed; charset=utf-8;\n boundary="${boundary}"`,
    '',
    ...parts.flatMap((part) => [`--${boundary}`, ...part]),
    `--${boundary}--`,
    '',
  ].join('\n');
}

function attachmentPart({ name, text }: Mail['attachments'][number]): string[] {
  const encoded = encodedBody(cutText(text, limits.messageBytes / 2), true);
  return [
    'MIME-Version: 1.0',
    `Content-Type: text/plain; charset=utf-8; name="${name.replace(/[^A-Za-z0-9._-]/g, '_')}"`,
    `Content-Transfer-Encoding: ${encoded.encoding}`,
    '',
    encoded.body,
  ];
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A time as mails have it, in the zone of this machine: `Sun, 22 Nov 2026 21:30:00 +0100`. */
export function mailDate(timeSec: number): string {
  const date = new Date(timeSec * 1000);
  const day = `${days[date.getDay()]}, ${two(date.getDate())} ${months[date.getMonth()]} ${date.getFullYear()}`;
  return `${day} ${clockTime(date)} ${zone(date, '')}`;
}

/** `2026-11-22T21:30:00+01:00`, or with a blank in place of the T and before the zone. */
export function isoDate(timeSec: number, separator: 'T' | ' ' = 'T'): string {
  const date = new Date(timeSec * 1000);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const gap = separator === 'T' ? '' : ' ';
  return `${day}${separator}${clockTime(date)}${gap}${zone(date, ':')}`;
}

/** The zone of a time: `+01:00`. */
export function zoneOf(timeSec: number): string {
  return zone(new Date(timeSec * 1000), ':');
}

function clockTime(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function zone(date: Date, colon: string): string {
  const minutes = -date.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${colon}${two(size % 60)}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

function hostPart(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9.-]/g, '');
  return plain === '' ? 'localhost' : plain;
}
