import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { fillValues, type TagValues } from '../shell-command.ts';
import { isMailAddress, mailAddresses } from './addresses.ts';
import type { CourierProcess } from './courier-process.ts';
import { fillText } from './fill.ts';
import { composeMail } from './message.ts';
import type { NoticeProperties } from './notice.ts';
import type { ProgramSpec, RunProgram } from './program.ts';
import { programTrouble } from './program-notice.ts';
import type { SmtpRequest } from './protocol.ts';
import { oneLine, readable } from './text.ts';
import { DeliveryError } from './trouble.ts';

/** The sendmail interface: recipients are read from the message (-t), a line with a dot does not end it (-oi). */
const usualProgram = '/usr/sbin/sendmail -oi -t';
/** Programs that take lines of the text for commands of their own (`~!`), or the recipients for options. */
const mailReaders: ReadonlySet<string> = new Set([
  'mail',
  'Mail',
  'mailx',
  'bsd-mailx',
  's-nail',
  'nail',
  'heirloom-mailx',
  'mutt',
]);

export interface MailParts {
  readonly runProgram: RunProgram;
  readonly courier: Pick<CourierProcess, 'carryOut'>;
  readonly nowSec: () => number;
}

/** A mail that is ready, and the way that it takes. */
export interface PreparedMail {
  send(signal: AbortSignal): Promise<void>;
}

/** Templates in which a mail's tags can stand. */
export function mailTemplates(properties: NoticeProperties): readonly string[] {
  const attached = properties.pairs('attachments').map(([, name]) => properties.shared(name));
  const own = ['subject', 'text', 'headers'].map((name) => properties.own(name));
  const shared = ['dest', 'sender', 'sendername', 'mailcmd', 'mailargs'].map((name) =>
    properties.either(name),
  );
  return [...own, ...shared, ...attached, '<fq-hostname>'];
}

/**
 * Writes a mail from its properties. Undefined: there is nobody to send it to, because nothing was found (abuse contacts). Throws
 * a `DeliveryError` for a configuration that makes no mail.
 */
export function prepareMail(
  properties: NoticeProperties,
  tags: TagValues,
  timeoutSec: number,
  parts: MailParts,
): PreparedMail | undefined {
  const line = (template: string): string => oneLine(fillText(template, tags, oneLine));
  const args = mailArguments(line(properties.either('mailargs')));
  const wanted = properties.either('dest');
  const recipients = [...new Set([...mailAddresses(line(wanted)), ...args.copies])];
  if (recipients.length === 0 && /<[\w-]+>/.test(wanted)) return undefined;
  if (recipients.length === 0) throw refused(`dest names no mail address: ${wanted.slice(0, 100)}`);
  const sender = args.sender ?? (line(properties.either('sender')) || 'fail2ban');
  if (!isMailAddress(sender)) throw refused(`sender is no mail address: ${sender.slice(0, 100)}`);
  const ownName = (tags.value('fq-hostname') ?? '').replace(/[^A-Za-z0-9.-]/g, '') || 'localhost';
  const message = composeMail({
    senderName: line(properties.either('sendername')),
    sender,
    recipients,
    subject: line(properties.own('subject')),
    text: fillText(properties.own('text').replaceAll('\\n', '\n'), tags, readable),
    headers: properties.pairs('headers').map(([name, value]) => [name, line(value)] as const),
    attachments: properties.pairs('attachments').map(([name, property]) => ({
      name,
      text: fillText(properties.shared(property), tags, readable),
    })),
    timeSec: parts.nowSec(),
    hostName: ownName,
    id: randomUUID(),
  });
  if (properties.either('transport').toLowerCase() === 'smtp') {
    const request = smtpRequest(properties, { from: sender, to: recipients, message, ownName });
    return {
      send: async (signal) => void (await parts.courier.carryOut(request, timeoutSec * 1000, signal)),
    };
  }
  const program = { run: fillValues(mailCommand(properties, sender), tags), input: message, timeoutSec };
  return { send: (signal) => runMailProgram({ ...program, signal }, parts.runProgram) };
}

async function runMailProgram(spec: ProgramSpec, runProgram: RunProgram): Promise<void> {
  const trouble = programTrouble(await runProgram(spec), spec.timeoutSec);
  if (trouble !== undefined) throw trouble;
}

/** The program as configured, unless it is one that must not see foreign text. */
function mailCommand(properties: NoticeProperties, sender: string): string {
  const command = properties.either('mailcmd');
  const program = basename(command.split(/\s+/)[0] ?? '');
  if (command !== '' && !mailReaders.has(program)) return command;
  return `${usualProgram} -f '${sender.replaceAll("'", '')}'`;
}

/** Of the arguments that people gave to the mail program, those that mean something here: `-c` (a copy to) and `-f` (sent by). */
function mailArguments(text: string): { readonly copies: readonly string[]; readonly sender?: string } {
  const words = text.split(/\s+/).map((word) => word.replace(/^["']|["']$/g, ''));
  const after = (flag: string): string => words[words.indexOf(flag) + 1] ?? '';
  const copies = words.includes('-c') ? mailAddresses(after('-c')) : [];
  const sender = words.includes('-f') ? after('-f') : words.includes('-r') ? after('-r') : '';
  return isMailAddress(sender) ? { copies, sender } : { copies };
}

/** Where the server is: `host`, `host:port`, `[2001:db8::1]:port`. */
const serverPattern = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/[\]]+|[0-9A-Fa-f:]+))(?::([0-9]{1,5}))?$/;

function smtpRequest(
  properties: NoticeProperties,
  mail: Pick<SmtpRequest, 'from' | 'to' | 'message' | 'ownName'>,
): SmtpRequest {
  const text = properties.either('host') || 'localhost';
  const match = serverPattern.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) throw refused(`host is no mail server: ${text.slice(0, 100)}`);
  const isImplicit = properties.flag('ssl');
  const user = properties.either('user');
  const password = properties.either('password');
  const login = user !== '' && password !== '' ? { user, password } : undefined;
  const port = Number(match?.[3] ?? (isImplicit ? 465 : 25));
  const tls = isImplicit ? 'implicit' : tlsMode(properties.either('tls'), host, login !== undefined);
  return { kind: 'smtp', host, port, tls, ...(login === undefined ? {} : { login }), ...mail };
}

/** A password is not sent in clear over a network; without one, mail travels as servers exchange it. */
function tlsMode(wanted: string, host: string, hasLogin: boolean): SmtpRequest['tls'] {
  const mode = wanted.toLowerCase();
  if (mode === 'implicit' || mode === 'required' || mode === 'try' || mode === 'off') return mode;
  const isHere = host === 'localhost' || host === '::1' || host.startsWith('127.');
  return hasLogin && !isHere ? 'required' : 'try';
}

function refused(reason: string): DeliveryError {
  return new DeliveryError(reason, { mayRetry: false });
}
