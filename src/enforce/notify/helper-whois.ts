import { connect } from 'node:net';
import { longestAnswerBytes, type WhoisRequest } from './protocol.ts';

/** Knows which registry has an address. */
const root = { host: 'whois.iana.org', port: 43 };
/** The registry may name the one below it. */
const mostServers = 3;

/**
 * What the registries say about an address (RFC 3912): asked of the root, then of whom it refers to. The text is as hostile as
 * whoever registered the network; nothing but the name of the next server is understood here.
 */
export async function whoisOf(task: WhoisRequest, signal: AbortSignal): Promise<string> {
  let server: Server | undefined = task.server ?? root;
  let text = '';
  const asked = new Set<string>();
  for (let count = 0; server !== undefined && count < mostServers; count++) {
    asked.add(server.host);
    try {
      text = await ask(server, task.of, signal);
    } catch (error) {
      if (text === '' || signal.aborted) throw error;
      break;
    }
    const next = referral(text);
    server = next === undefined || asked.has(next.host) ? undefined : next;
  }
  return text;
}

interface Server {
  readonly host: string;
  readonly port: number;
}

/** The server that an answer refers to. Only registries that are reached by a public name count: an address in the text could be one of our own network. */
function referral(text: string): Server | undefined {
  const line =
    /^(?:refer|whois|ReferralServer):[ \t]*(?:r?whois:\/\/)?([a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*\.[a-z]{2,})(?::(\d{1,5}))?[ \t]*\/?\r?$/im.exec(
      text,
    );
  const host = line?.[1]?.toLowerCase();
  if (host === undefined || line?.[2] !== undefined || !/(?:^|\.)whois\.|^r?whois/.test(host))
    return undefined;
  return { host, port: 43 };
}

function ask(server: Server, address: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...server, signal });
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (): void => {
      socket.destroy();
      resolve(Buffer.concat(chunks).subarray(0, longestAnswerBytes).toString('utf8'));
    };
    socket.on('error', reject);
    socket.on('connect', () => socket.write(`${question(server.host, address)}\r\n`));
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= longestAnswerBytes) finish();
    });
    socket.on('end', finish);
  });
}

/** ARIN wants to be told what kind of question it is; the others take an address as it is. */
function question(host: string, address: string): string {
  return host === 'whois.arin.net' ? `n + ${address}` : address;
}
