import { readMessage } from '../../base/index.ts';

/** A request over HTTP, made by the helper. */
export interface HttpRequest {
  readonly kind: 'http';
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Take a certificate that nobody vouches for. */
  readonly insecure: boolean;
}

/** A mail, handed to a server. */
export interface SmtpRequest {
  readonly kind: 'smtp';
  readonly host: string;
  readonly port: number;
  /**
   * `implicit`: TLS from the first byte. `required`: STARTTLS, with a valid certificate. `try`: STARTTLS where offered, whatever
   * the certificate, as mail servers do among each other. `off`: none.
   */
  readonly tls: 'implicit' | 'required' | 'try' | 'off';
  readonly login?: { readonly user: string; readonly password: string };
  readonly from: string;
  readonly to: readonly string[];
  readonly message: string;
  readonly ownName: string;
}

/** What the registries say about an address. */
export interface WhoisRequest {
  readonly kind: 'whois';
  /** A single address in canonical spelling. */
  readonly of: string;
  /** Who is asked first; a test has its own. */
  readonly server?: { readonly host: string; readonly port: number };
}

/** The TXT records of a name. */
export interface TxtRequest {
  readonly kind: 'txt';
  readonly of: string;
}

export type CourierTask = HttpRequest | SmtpRequest | WhoisRequest | TxtRequest;

/** Main → helper, one line of JSON each. */
export interface CourierRequest {
  readonly id: number;
  readonly timeoutMs: number;
  readonly task: CourierTask;
}

/** Helper → main, one line of JSON each. */
export type CourierMessage =
  /** It is up. `refused`: it runs as root, since the kernel did not let it become somebody else. */
  | { readonly kind: 'ready'; readonly refused?: string }
  /** `status` of an HTTP answer; `text`: its beginning, or what whois or the records say. */
  | { readonly kind: 'done'; readonly id: number; readonly status: number; readonly text: string }
  /** `mayRetry`: another time it may work. */
  | {
      readonly kind: 'failed';
      readonly id: number;
      readonly reason: string;
      readonly mayRetry: boolean;
      readonly afterSec?: number;
    };

/** Of an answer so much is read. */
export const longestAnswerBytes = 64 * 1024;
/** No message of the helper is longer, as JSON may escape every character. */
export const longestMessage = 8 * longestAnswerBytes;

/** Reads a line of the helper; undefined if it is none of its messages. */
export function parseCourierMessage(line: string): CourierMessage | undefined {
  const message = readMessage(line);
  if (message === undefined) return undefined;
  const { kind, id, refused, status, text, reason, mayRetry, afterSec } = message;
  if (kind === 'ready') return typeof refused === 'string' ? { kind, refused } : { kind };
  if (typeof id !== 'number') return undefined;
  if (kind === 'done' && typeof status === 'number' && typeof text === 'string')
    return { kind, id, status, text };
  if (kind !== 'failed' || typeof reason !== 'string') return undefined;
  return {
    kind,
    id,
    reason,
    mayRetry: mayRetry === true,
    ...(typeof afterSec === 'number' ? { afterSec } : {}),
  };
}
