import {
  type Clock,
  PythonFloat,
  type PythonValue,
  parseIp,
  pythonRepr,
  pythonStr,
  WarderError,
} from '../../base/index.ts';
import { groupOfField } from '../../detect/index.ts';
import { addressOf, type FailureRow, familyOf, matchesOf, rowText } from './rows.ts';

/** What is printed for the failures of one line. */
export type RowWriter = (rows: readonly FailureRow[]) => string | Promise<string>;

/** Names of addresses and of this machine, for the tags that ask for them. */
export interface NameLookup {
  hostOf(id: string): Promise<string | undefined>;
  fullName(): Promise<string>;
  shortName(): string;
}

/**
 * The output that `-o` asks for: one of the words `row`, `id`, `fid`, `ip`, `msg`, the name of a captured field, or a
 * text with tags such as `<ip>`, `<time>`, `<msg>` and `<F-USER>`.
 */
export function makeRowWriter(format: string, names: NameLookup, clock: Clock): RowWriter {
  if (format.includes('<')) {
    const write = templateWriter(format, names);
    return (rows) => write(rows.map((row) => withTime(row, clock)));
  }
  const text = wordText(format);
  return (rows) => rows.flatMap(text).map(withLineEnd).join('');
}

/** For a template a failure becomes a ticket, which always has a time. */
function withTime(row: FailureRow, clock: Clock): FailureRow {
  return row.time === null ? { ...row, time: new PythonFloat(clock.nowSec()) } : row;
}

function wordText(word: string): (row: FailureRow) => string[] {
  switch (word) {
    case 'id':
    case 'fid':
      return (row) => [pythonStr(row.id)];
    case 'ip':
      return (row) => [pythonStr(addressOf(row))];
    case 'msg':
      return lineTexts;
    case 'row':
      return (row) => [rowText(row)];
    case 'matches':
      return (row) => [pythonRepr(matchesOf(row))];
    default: {
      const tag = /^F-([A-Z0-9_-]+)$/.exec(word)?.[1];
      const field = tag === undefined ? word : groupOfField(tag);
      return ({ fields }) => [pythonStr(fields.get(field) ?? null)];
    }
  }
}

const tagPattern = /<([^ <>]+)>/g;
const fieldPattern = /<F-([A-Z0-9_-]+)>/g;
/** Stands for the message until all rows of a line are known: no value can hold it, since NUL is escaped in them. */
const messageMark = '\0msg\0';

/**
 * A text with tags. A failure of several lines prints the text once for each of them where it asks for the message, as
 * does every later failure of the same line.
 */
function templateWriter(format: string, names: NameLookup): RowWriter {
  return async (rows) => {
    let text = '';
    const later: (readonly [row: FailureRow, text: string])[] = [];
    let wraps = false;
    for (const row of rows) {
      const message = (): string => {
        if (!wraps && row.lines.length <= 1) return lineTexts(row).join('\n');
        wraps = true;
        return messageMark;
      };
      const filled = await fillTags(format, row, message, names);
      if (wraps) later.push([row, filled]);
      else text += withLineEnd(filled);
    }
    for (const [row, filled] of later) {
      for (const line of lineTexts(row)) text += withLineEnd(filled.replaceAll(messageMark, () => line));
    }
    return text;
  };
}

async function fillTags(
  format: string,
  row: FailureRow,
  message: () => string,
  names: NameLookup,
): Promise<string> {
  const wanted = [...new Set([...format.matchAll(tagPattern)].map((match) => match[1] as string))];
  const values = new Map<string, string>();
  for (const tag of wanted) {
    const value = tag === 'msg' ? message() : await tagValue(tag, row, names);
    if (value !== undefined) values.set(tag, tag === 'msg' ? value : value.replaceAll('\0', '\\x00'));
  }
  return format
    .replace(tagPattern, (tag, name: string) => values.get(name) ?? tag)
    .replace(fieldPattern, (_tag, name: string) => fieldText(row, groupOfField(name)));
}

/** The value of a tag that is no captured field; undefined where there is no such tag. */
async function tagValue(tag: string, row: FailureRow, names: NameLookup): Promise<string | undefined> {
  switch (tag) {
    case 'ip':
      return pythonStr(addressOf(row));
    case 'fid':
      return pythonStr(row.id);
    case 'family':
      return familyOf(addressOf(row)) ?? 'None';
    case 'ip-rev':
      return reversed(addressOf(row));
    case 'ip-host':
      return (await names.hostOf(pythonStr(addressOf(row)))) ?? 'None';
    case 'time':
      return pythonStr(row.time);
    case 'matches':
      return lineTexts(row).join('\n');
    case 'failures':
    case 'bancount':
    case 'restored':
      return '0';
    case 'F-*':
      return pythonRepr(ticketData(row));
    case 'raw-ticket':
      return rawTicket(row);
    case 'fq-hostname':
      return names.fullName();
    case 'sh-hostname':
      return names.shortName();
    case 'br':
      return '\n';
    case 'sp':
      return ' ';
    default:
      return refuseJailTag(tag);
  }
}

/** What only a jail with its bans can tell. */
const jailTags = /^(?:bantime|ip(?:jail)?(?:matches|failures)|jail\.(?:banned|found)(?:_total)?)$/;

function refuseJailTag(tag: string): undefined {
  if (!jailTags.test(tag)) return undefined;
  throw new WarderError('CLI_TAG', `<${tag}> has no value here: no jail is running`, {
    hint: 'use tags of the failure, such as <ip>, <time>, <msg> or <F-USER>',
  });
}

/** What a ticket of fail2ban would carry: the lines, and the fields that have a value. */
function ticketData(row: FailureRow): Map<string, PythonValue> {
  const fields = [...row.fields].filter(([, value]) => value !== null);
  return new Map<string, PythonValue>([['matches', matchesOf(row)], ['failures', 0], ...fields]);
}

function fieldText(row: FailureRow, name: string): string {
  const value = ticketData(row).get(name);
  return value === undefined ? '' : pythonStr(value).replaceAll('\0', '\\x00');
}

function rawTicket(row: FailureRow): string {
  const [id, time] = [pythonStr(row.id), pythonStr(row.time)];
  return `BanTicket: ip=${id} time=${time} bantime=None bancount=0 #attempts=0 matches=${pythonRepr(matchesOf(row))}`;
}

/** `4.3.2.1.`, or the nibbles of an IPv6 address: what stands before the zone of a reverse lookup. */
function reversed(id: PythonValue): string {
  const ip = typeof id === 'string' ? parseIp(id) : undefined;
  if (ip === undefined) return '';
  if (ip.family === 4) return `${ip.text.replace(/\/.*/, '').split('.').reverse().join('.')}.`;
  const nibbles = ip.bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${[...nibbles].reverse().join('.')}.`;
}

function lineTexts({ lines }: FailureRow): string[] {
  return lines.map(({ head, date, tail }) => head + date + tail);
}

function withLineEnd(text: string): string {
  return `${text}\n`;
}
