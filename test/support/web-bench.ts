import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { MemoryLogger, systemClock, WarderError } from '../../src/base/index.ts';
import { EventHub } from '../../src/control/index.ts';
import {
  type Question,
  readToken,
  type StartWeb,
  WebProcess,
  type WebSettings,
  webStarter,
} from '../../src/web/index.ts';

export interface WebAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

export interface WebCall {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The real process of the page behind its real supervisor; the test gives the answers. */
export class WebBench {
  readonly logger = new MemoryLogger();
  readonly events = new EventHub();
  readonly asked: Question[] = [];
  readonly folder: string;
  readonly settings: WebSettings;
  readonly web: WebProcess;
  /** What the daemon answers, by question; a WarderError is thrown. */
  answers: Partial<Record<Question['what'], unknown>> = {};
  readonly #killed = new Set<number>();
  readonly #helpers: ReturnType<StartWeb>[] = [];

  constructor(
    context: TestContext,
    more: Partial<WebSettings> = {},
    environment: Record<string, string> = {},
  ) {
    this.folder = mkdtempSync(join(tmpdir(), 'warder-web-'));
    this.settings = {
      at: { host: '127.0.0.1', port: 0 },
      hosts: [],
      tokenFile: join(this.folder, 'http-token'),
      ...more,
    };
    const start = webStarter({ WARDER_PAGE: join(this.folder, 'no page'), ...environment });
    this.web = new WebProcess({
      settings: this.settings,
      clock: systemClock,
      logger: this.logger,
      events: this.events,
      answer: async (question) => {
        this.asked.push(question);
        const answer = this.answers[question.what];
        if (answer instanceof WarderError) throw answer;
        return answer ?? { what: question.what };
      },
      start: (events) => {
        const helper = start(events);
        this.#helpers.push(helper);
        // Nothing else keeps a test alive while it waits for the process.
        helper.setBusy(true);
        return helper;
      },
    });
    context.after(() => {
      this.web.stop();
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  /** Starts the process and waits until it listens. */
  async start(): Promise<this> {
    this.web.start();
    await this.until(() => this.web.report().state === 'listening');
    return this;
  }

  /** Settles when the condition holds; the process is another one, so it is looked at again and again. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await setTimeout(10);
  }

  get port(): number {
    return Number(new URL(this.web.report().url ?? '').port);
  }

  /** Where it is, with the slash. */
  get origin(): string {
    return this.web.report().url ?? '';
  }

  get token(): string {
    return readToken(this.settings.tokenFile) ?? '';
  }

  /** The process as it is killed by whoever may: by its number. */
  kill(): void {
    this.#killed.add(this.signal('SIGKILL'));
  }

  /** Sends a signal to the process; returns its number. */
  signal(signal: NodeJS.Signals): number {
    const pid = childrenNamed('warder-web').find((child) => !this.#killed.has(child));
    if (pid === undefined) throw new Error('the process of the page does not run');
    process.kill(pid, signal);
    return pid;
  }

  /** Runs of the process so far. */
  get starts(): number {
    return this.#helpers.length;
  }

  /** A request with the token. */
  ask(path: string, call: WebCall = {}): Promise<WebAnswer> {
    return this.call(path, { ...call, headers: { authorization: `Bearer ${this.token}`, ...call.headers } });
  }

  /** A request as it is given. */
  call(path: string, call: WebCall = {}): Promise<WebAnswer> {
    return callPage(this.port, path, call);
  }

  /** The answer as it begins. */
  open(path: string, call: WebCall): Promise<IncomingMessage> {
    return openPage(this.port, path, call);
  }
}

/** One request to a page, and the whole of its answer. */
export async function callPage(port: number, path: string, call: WebCall = {}): Promise<WebAnswer> {
  const response = await openPage(port, path, call);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

async function openPage(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body }: WebCall,
): Promise<IncomingMessage> {
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const all = { ...length, ...headers };
  const sent = request({ host: '127.0.0.1', port, path, method, agent: false, headers: all });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

/** Children of this process by the name that they gave themselves. */
export function childrenNamed(name: string): number[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  return children.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(name);
    } catch {
      return false;
    }
  });
}
