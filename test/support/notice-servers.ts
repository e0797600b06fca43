import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** A request that a fake service got. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

export interface FakeAnswer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A web service on loopback that notes what it is asked and answers as it is told. */
export class FakeService {
  readonly seen: SeenRequest[] = [];
  answer: (request: SeenRequest) => FakeAnswer | undefined = () => ({ status: 200, body: '{}' });
  readonly #server = createHttpServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const seen = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      this.seen.push(seen);
      const answer = this.answer(seen);
      // Without an answer it hangs.
      if (answer !== undefined) response.writeHead(answer.status, answer.headers).end(answer.body ?? '');
    });
  });

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<this> {
    await listen(this.#server);
    return this;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** A mail that a fake server got. */
export interface SeenMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly data: string;
}

/** A mail server on loopback. `mode`: hang says nothing at all; refuse and busy answer to the recipients with 550 and 451. */
export class FakeMailServer {
  readonly mails: SeenMail[] = [];
  readonly logins: string[] = [];
  mode: 'fine' | 'hang' | 'refuse' | 'busy' = 'fine';
  connections = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => this.#talk(socket));

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async start(): Promise<this> {
    await listen(this.#server);
    return this;
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #talk(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    if (this.mode === 'hang') return;
    const say = (line: string): boolean => socket.write(`${line}\r\n`);
    let mail = { from: '', to: [] as string[], data: '' };
    let inData = false;
    let rest = '';
    say('220 fake ESMTP');
    socket.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('utf8')).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (inData && line === '.') {
          inData = false;
          this.mails.push(mail);
          mail = { from: '', to: [], data: '' };
          say('250 taken');
        } else if (inData) mail.data += `${line.startsWith('..') ? line.slice(1) : line}\n`;
        else if (/^EHLO/i.test(line)) socket.write('250-fake\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n');
        else if (/^AUTH PLAIN /i.test(line)) {
          this.logins.push(Buffer.from(line.slice(11), 'base64').toString('utf8'));
          say('235 welcome');
        } else if (/^MAIL FROM:/i.test(line)) {
          mail.from = /<(.*?)>/.exec(line)?.[1] ?? '';
          say('250 ok');
        } else if (/^RCPT TO:/i.test(line)) {
          if (this.mode === 'refuse') say('550 no such user');
          else if (this.mode === 'busy') say('451 later');
          else {
            mail.to.push(/<(.*?)>/.exec(line)?.[1] ?? '');
            say('250 ok');
          }
        } else if (/^DATA/i.test(line)) {
          inData = true;
          say('354 go on');
        } else if (/^STARTTLS/i.test(line)) say('502 no such command');
        else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
        else say('250 ok');
      }
    });
  }
}

async function listen(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

/** A whois server on loopback that says one text. */
export async function startFakeWhois(text: string): Promise<{ readonly port: number; stop(): void }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(text));
  });
  await listen(server);
  return { port: (server.address() as AddressInfo).port, stop: () => server.close() };
}
