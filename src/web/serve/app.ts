import { type Context, Hono } from 'hono';
import { describeError, WarderError } from '../../base/index.ts';
import type { Figures } from '../figures.ts';
import { contentType, metricsText } from '../metrics/text.ts';
import { type Question, readQuestion } from '../questions.ts';
import { Refusal } from './asker.ts';
import type { EventFan } from './event-fan.ts';
import { securityHeaders } from './headers.ts';
import type { HostNames } from './host-names.ts';
import type { PageFile } from './page.ts';
import type { Grant, Tokens } from './tokens.ts';

/** What Node's server tells of a request, beside the request itself. */
export interface Bindings {
  readonly incoming: { readonly socket: { readonly remoteAddress?: string | undefined } };
}

type Env = { Bindings: Bindings };

export interface AppParts {
  readonly ask: (question: Question) => Promise<unknown>;
  readonly fan: EventFan;
  readonly tokens: Tokens;
  readonly hosts: HostNames;
  readonly page: ReadonlyMap<string, PageFile>;
}

/** A change is a few words. */
const longestBody = 4096;

/** Every way into the page. Whatever is asked for, host and origin are looked at first, and then the token. */
export function createApp(parts: AppParts): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (c, next) => {
    const refused = refuseStranger(c, parts);
    if (refused === undefined) await next();
    else c.res = refused;
    for (const [name, value] of Object.entries(securityHeaders)) c.res.headers.set(name, value);
  });
  app.use('/api/*', (c, next) => withToken(c, parts, 'all', next));
  app.use('/metrics', (c, next) => withToken(c, parts, 'metrics', next));
  app.get('/metrics', async (c) => {
    const figures = (await parts.ask({ what: 'figures' })) as Figures;
    return c.body(metricsText(figures, process.memoryUsage.rss()), 200, { 'Content-Type': contentType });
  });
  addApi(app, parts);
  app.get('*', (c) => {
    const file = parts.page.get(c.req.path);
    if (file !== undefined) return c.body(file.bytes, 200, { 'Content-Type': file.type });
    return refusal(c, 404, 'WEB_NOT_FOUND', 'there is nothing here');
  });
  app.all('*', (c) => refusal(c, 405, 'WEB_METHOD', 'this cannot be done here'));
  app.onError((error, c) => answerError(c, error));
  return app;
}

function addApi(app: Hono<Env>, { ask, fan }: AppParts): void {
  const answer = async (c: Context<Env>, question: unknown): Promise<Response> => {
    const known = readQuestion(question);
    if (known === undefined)
      return refusal(c, 400, 'WEB_QUESTION', 'a parameter is missing or has no valid value');
    return c.json((await ask(known)) as object);
  };
  app.get('/api/status', (c) => answer(c, { what: 'overview' }));
  app.get('/api/tarpit', (c) => answer(c, { what: 'tarpit' }));
  app.get('/api/history', (c) =>
    answer(c, { what: 'history', spanSec: Number(c.req.query('span') ?? 86_400) }),
  );
  app.get('/api/why', (c) => answer(c, { what: 'why', id: c.req.query('id') }));
  app.get('/api/bans', (c) => {
    const { search, jail, order, offset, count } = c.req.query();
    const numbers = {
      ...(offset === undefined ? {} : { offset: Number(offset) }),
      ...(count === undefined ? {} : { count: Number(count) }),
    };
    return answer(c, { what: 'bans', search, jail, order, ...numbers });
  });
  app.post('/api/unban', async (c) => {
    const body = await readBody(c);
    return body instanceof Response ? body : answer(c, { ...body, what: 'unban' });
  });
  app.get('/api/events', (c) => {
    // Nobody would ever read what goes on after the headers, or end it.
    if (c.req.raw.method !== 'GET') return refusal(c, 405, 'WEB_METHOD', 'events are read with GET');
    if (fan.isFull) return refusal(c, 503, 'WEB_BUSY', 'too many watch already');
    return c.body(fan.open(), 200, { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
  });
}

/** Requests under a foreign name, or sent by a foreign page, get nothing at all. */
function refuseStranger(c: Context<Env>, { hosts }: AppParts): Response | undefined {
  const host = c.req.header('host');
  if (!hosts.knows(host)) {
    return refusal(c, 421, 'WEB_HOST', 'this name is not known here; http-hosts takes further ones');
  }
  const origin = c.req.header('origin');
  const site = c.req.header('sec-fetch-site') ?? 'none';
  const isOwn = origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
  const isForeign = site === 'cross-site' || site === 'same-site';
  const isVisit = c.req.method === 'GET' && c.req.header('sec-fetch-mode') === 'navigate';
  if (isOwn && (!isForeign || isVisit)) return undefined;
  return refusal(c, 403, 'WEB_ORIGIN', 'another page may not ask here');
}

async function withToken(
  c: Context<Env>,
  { tokens }: AppParts,
  least: Grant,
  next: () => Promise<void>,
): Promise<Response | undefined> {
  const address = c.env.incoming.socket.remoteAddress ?? 'a local socket';
  const grant = tokens.check(c.req.header('authorization'), address);
  if (grant === 'slow down') {
    c.header('Retry-After', '60');
    return refusal(c, 429, 'WEB_SLOW_DOWN', 'too many wrong tokens; wait a minute');
  }
  if (grant === 'missing' || grant === 'wrong') {
    c.header('WWW-Authenticate', 'Bearer realm="warder"');
    return refusal(c, 401, 'WEB_UNAUTHORIZED', `the token is ${grant}; 'warder web' shows it`);
  }
  if (grant !== 'all' && least === 'all') {
    return refusal(c, 403, 'WEB_FORBIDDEN', 'this token opens the metrics only');
  }
  await next();
  return undefined;
}

/** The JSON object of a change. */
async function readBody(c: Context<Env>): Promise<Record<string, unknown> | Response> {
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/json *(?:; *charset=utf-8)?$/i.test(type)) {
    return refusal(c, 415, 'WEB_CONTENT_TYPE', 'a change is application/json');
  }
  const length = c.req.header('content-length');
  if (length === undefined) return refusal(c, 411, 'WEB_LENGTH', 'the length of the body is missing');
  if (!(Number(length) <= longestBody)) return refusal(c, 413, 'WEB_LENGTH', 'the body is too long');
  try {
    const value: unknown = JSON.parse(await c.req.text());
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  return refusal(c, 400, 'WEB_QUESTION', 'the body is no JSON object');
}

const statusOf: Readonly<Record<string, 400 | 404 | 503 | 504>> = {
  UNKNOWN_JAIL: 404,
  WEB_BUSY: 503,
  WEB_NO_ANSWER: 504,
};

function answerError(c: Context<Env>, error: unknown): Response {
  if (!(error instanceof WarderError || error instanceof Refusal))
    return refusal(c, 500, 'INTERNAL', describeError(error));
  return refusal(c, statusOf[error.code] ?? 400, error.code, error.message);
}

function refusal(
  c: Context<Env>,
  status: 400 | 401 | 403 | 404 | 405 | 411 | 413 | 415 | 421 | 429 | 500 | 503 | 504,
  code: string,
  message: string,
): Response {
  return c.json({ error: { code, message } }, status);
}
