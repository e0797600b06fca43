import { WarderError } from '../../base/index.ts';
import type { TagValues } from '../shell-command.ts';
import type { CourierAnswer, CourierProcess } from './courier-process.ts';
import { fillJson, fillText } from './fill.ts';
import { limits } from './limits.ts';
import type { NoticeProperties } from './notice.ts';
import type { HttpRequest } from './protocol.ts';
import { cutText, oneLine, readable } from './text.ts';
import { DeliveryError } from './trouble.ts';
import { ownTexts } from './values.ts';

/** Templates in which a request's tags can stand. */
export function httpTemplates(properties: NoticeProperties): readonly string[] {
  return ['request', 'headers', 'json', 'form', 'body', 'find', ...ownTexts].map((name) =>
    properties.own(name),
  );
}

/** Something to be sent over HTTP, prepared before the first attempt. */
export type HttpExchange = (signal: AbortSignal) => Promise<void>;

/**
 * A request as its properties describe it: `NAME_request` (method and URL), `NAME_headers`, and one of `NAME_json`, `NAME_form` and
 * `NAME_body`. With `NAME_find`, a request of its own, and `NAME_found`, a path in its JSON answer, what was found is `<found>` in the
 * first one; when nothing is found there is nothing to do. Throws a `DeliveryError`, or a `WarderError` for a broken template.
 */
export function prepareHttp(
  properties: NoticeProperties,
  tags: TagValues,
  timeoutSec: number,
  courier: Pick<CourierProcess, 'carryOut'>,
): HttpExchange {
  const accepted = properties.own('accept').split(/\s+/).filter(Boolean);
  const ask = async (request: HttpRequest, signal: AbortSignal): Promise<CourierAnswer> => {
    const answer = await courier.carryOut(request, timeoutSec * 1000, signal);
    const isFine = answer.status >= 200 && answer.status < 300;
    if (isFine || accepted.some((word) => answer.text.includes(word))) return answer;
    throw statusError(request, answer);
  };
  const find = properties.own('find');
  if (find === '') {
    const request = requestOf(properties, tags);
    return async (signal) => void (await ask(request, signal));
  }
  const search: HttpRequest = { ...lineOf(find, tags), ...common(properties, tags), body: undefined };
  return async (signal) => {
    const found = valueAt((await ask(search, signal)).text, properties.own('found'));
    if (found === undefined) return;
    const withFound: TagValues = {
      value: (tag) => (tag === 'found' ? found : tags.value(tag)),
      field: (name) => tags.field(name),
    };
    await ask(requestOf(properties, withFound), signal);
  };
}

function requestOf(properties: NoticeProperties, tags: TagValues): HttpRequest {
  const shared = common(properties, tags);
  const [type, body] = bodyOf(properties, tags);
  const hasType = Object.keys(shared.headers).some((name) => name.toLowerCase() === 'content-type');
  const headers =
    type === undefined || hasType ? shared.headers : { ...shared.headers, 'Content-Type': type };
  return { ...lineOf(properties.own('request'), tags), ...shared, headers, body };
}

function common(
  properties: NoticeProperties,
  tags: TagValues,
): Pick<HttpRequest, 'kind' | 'headers' | 'insecure'> {
  const headers = properties
    .pairs('headers')
    .map(([name, value]) => [name.replace(/[^A-Za-z0-9-]/g, ''), headerValue(fillText(value, tags, oneLine))])
    .filter(([, value]) => value !== '');
  return { kind: 'http', headers: Object.fromEntries(headers), insecure: properties.flag('insecure') };
}

/** What HTTP allows in a header: no line end, nothing beyond ASCII. */
function headerValue(text: string): string {
  return oneLine(text, 4000).replace(/[^\x20-\x7e]/g, '?');
}

/** `POST https://host/path?ip=<ip>`: values are percent-encoded, and can change neither the host nor the path around them. */
function lineOf(text: string, tags: TagValues): Pick<HttpRequest, 'method' | 'url'> {
  const [, method = '', template = ''] = /^([A-Z]+)\s+(\S.*)$/s.exec(text) ?? [];
  const url = fillText(template.replace(/\s+/g, '%20'), tags, (value) =>
    encodeURIComponent(cutText(value, 2000)),
  );
  const fits = URL.canParse(url) && /^https?:\/\/[^<>]+$/.test(url) && template.startsWith(url.slice(0, 8));
  if (fits) return { method, url };
  const shown = template === '' ? text : template.replace(/^(https?:\/\/[^/?#]*).*$/s, '$1/…');
  throw new DeliveryError(`there is no address to send to: ${shown.slice(0, 100) || 'it is empty'}`, {
    mayRetry: false,
  });
}

function bodyOf(
  properties: NoticeProperties,
  tags: TagValues,
): [type: string | undefined, body: string | undefined] {
  const json = properties.own('json');
  const fit = escapes.get(properties.either('escape')) ?? readable;
  if (json !== '') return ['application/json', bounded(fillJson(json, tags, fit))];
  const form = properties.pairs('form');
  if (form.length > 0) {
    const fields = form.map(([name, value]): [string, string] => [name, fillText(value, tags, readable)]);
    return ['application/x-www-form-urlencoded', bounded(new URLSearchParams(fields).toString())];
  }
  const text = properties.own('body');
  if (text === '') return [undefined, undefined];
  return ['text/plain; charset=utf-8', cutText(fillText(text, tags, readable), limits.messageBytes)];
}

/** For services that take parts of a text for markup, or for the name of somebody to be called. */
const escapes: ReadonlyMap<string, (text: string) => string> = new Map([
  ['html', (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')],
  ['mentions', (text) => text.replaceAll('@', '@\u200b')],
]);

/** Cut in the middle, these would mean something else. */
function bounded(body: string): string {
  if (Buffer.byteLength(body) <= limits.messageBytes) return body;
  throw new DeliveryError(`the request is longer than ${limits.messageBytes} bytes`, { mayRetry: false });
}

function statusError(request: HttpRequest, answer: CourierAnswer): DeliveryError {
  const { host } = new URL(request.url);
  const words = readable(answer.text, 300).replace(/\s+/g, ' ').trim();
  const redirect = answer.status >= 300 && answer.status < 400 ? ' (redirects are not followed)' : '';
  return new DeliveryError(`${host} answers with HTTP status ${answer.status}${redirect}: ${words}`, {
    mayRetry: false,
  });
}

/** A short word or number somewhere in a JSON text: `result.0.id`. */
function valueAt(text: string, path: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new WarderError('NOTIFY_ANSWER', 'an answer that was to be searched is no JSON', {
      hint: 'see whether the address and the key are right',
      cause,
    });
  }
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  const found = typeof value === 'number' ? String(value) : value;
  return typeof found === 'string' && /^[\w.:@-]{1,200}$/.test(found) ? found : undefined;
}
