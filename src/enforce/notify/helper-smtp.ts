import { createTransport } from 'nodemailer';
import type { SmtpRequest } from './protocol.ts';
import { DeliveryError } from './trouble.ts';

/**
 * Hands a finished message to a mail server; returns its last answer. Rejects with `mayRetry` false where the server refused for
 * good (a reply of 5yz), or a password would have gone over the wire in clear.
 */
export async function handOver(task: SmtpRequest, timeoutMs: number): Promise<string> {
  const transport = createTransport({
    host: task.host,
    port: task.port,
    name: task.ownName,
    secure: task.tls === 'implicit',
    requireTLS: task.tls === 'required',
    ignoreTLS: task.tls === 'off',
    opportunisticTLS: task.tls === 'try',
    tls: { rejectUnauthorized: task.tls !== 'try' },
    ...(task.login === undefined ? {} : { auth: { user: task.login.user, pass: task.login.password } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const sent = await transport.sendMail({
      envelope: { from: task.from, to: [...task.to] },
      raw: task.message.replace(/\r?\n/g, '\r\n'),
    });
    return String(sent.response ?? '');
  } catch (error) {
    throw smtpTrouble(error);
  } finally {
    transport.close();
  }
}

function smtpTrouble(error: unknown): DeliveryError {
  const reason = error instanceof Error ? error.message : String(error);
  const reply = error instanceof Error && 'responseCode' in error ? Number(error.responseCode) : 0;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ETLS') {
    const hint = 'the server offers no safe TLS; set tls = off only where the network is your own';
    return new DeliveryError(`${reason} (${hint})`, { mayRetry: false });
  }
  return new DeliveryError(reason, { mayRetry: reply < 500 });
}
