import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
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
  readonly #changes = new EventEmitter();
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
      logger: {
        log: (level, name, message) => {
          this.logger.log(level, name, message);
          this.#changes.emit('change');
        },
      },
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

  /** Settles when the condition holds; looked at whenever the log grows or an event was asked for. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(this.#changes, 'change');
  }

  get port(): number {
    return Number(new URL(this.web.report().url ?? '').port);
  }

  get token(): string {
    return readToken(this.settings.tokenFile) ?? '';
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
  async call(path: string, call: WebCall = {}): Promise<WebAnswer> {
    const response = await this.open(path, call);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      text: Buffer.concat(chunks).toString('utf8'),
    };
  }

  /** The answer as it begins. */
  async open(path: string, { method = 'GET', headers = {}, body }: WebCall): Promise<IncomingMessage> {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const sent = request({
      host: '127.0.0.1',
      port: this.port,
      path,
      method,
      agent: false,
      headers: { ...length, ...headers },
    });
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return response;
  }
}
