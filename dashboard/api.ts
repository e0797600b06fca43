import type { TarpitReport, WhyReport } from '../src/control/reports.ts';
import type { BanPage, History, Overview } from '../src/web/types.ts';

const storageKey = 'warder-token';

/** What went wrong, in a way that the page can act on. */
export class ApiError extends Error {
  readonly kind: 'unauthorized' | 'unreachable' | 'silent' | 'refused';

  constructor(kind: ApiError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The token lives as long as the tab. */
export const token = {
  get: (): string => sessionStorage.getItem(storageKey) ?? '',
  set: (value: string): void => sessionStorage.setItem(storageKey, value),
  forget: (): void => sessionStorage.removeItem(storageKey),
};

/** Takes the token out of a link with `#token=…`, and out of the address bar. Returns whether there was one. */
export function takeTokenFromLink(): boolean {
  const text = /^#token=([\x21-\x7e]+)$/.exec(location.hash)?.[1];
  if (text === undefined) return false;
  token.set(decoded(text));
  history.replaceState(null, '', location.pathname);
  return true;
}

/** A text out of an address; as it is where it is not encoded. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export interface BanSearch {
  readonly search: string;
  readonly jail: string;
  readonly order: string;
  readonly offset: number;
  readonly count: number;
}

export const api = {
  status: (): Promise<Overview> => get('/api/status'),
  history: (spanSec: number): Promise<History> => get(`/api/history?span=${spanSec}`),
  tarpit: (): Promise<TarpitReport> => get('/api/tarpit'),
  why: (id: string): Promise<WhyReport> => get(`/api/why?id=${encodeURIComponent(id)}`),
  bans: ({ search, jail, order, offset, count }: BanSearch): Promise<BanPage> => {
    const query = new URLSearchParams({ search, order, offset: String(offset), count: String(count) });
    if (jail !== '') query.set('jail', jail);
    return get(`/api/bans?${query}`);
  },
  unban: (id: string, jail: string): Promise<{ ended: number }> =>
    call('/api/unban', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ id, jail }),
    }),
};

/** A request with the token; throws an ApiError. */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { ...init.headers, Authorization: `Bearer ${token.get()}` };
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers, cache: 'no-store', credentials: 'omit' });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new ApiError('unreachable', 'The page’s process cannot be reached. Does the daemon run?');
  }
  if (response.ok) return response;
  throw await errorOf(response);
}

function get<T>(path: string): Promise<T> {
  return call(path);
}

async function call<T>(path: string, init?: RequestInit): Promise<T> {
  const signal = AbortSignal.timeout(15_000);
  const response = await send(path, { ...init, signal }).catch((error: unknown) => {
    if (error instanceof ApiError) throw error;
    throw new ApiError('silent', 'The daemon does not answer.');
  });
  return (await response.json()) as T;
}

async function errorOf(response: Response): Promise<ApiError> {
  const { status } = response;
  const told = await response.json().then(
    (body: { error?: { message?: unknown } }) => String(body.error?.message ?? ''),
    () => '',
  );
  if (status === 401) return new ApiError('unauthorized', 'This token does not open the page.');
  if (status === 429) return new ApiError('unauthorized', 'Too many wrong tokens. Wait a minute.');
  if (status === 504) return new ApiError('silent', 'The daemon does not answer.');
  return new ApiError('refused', told === '' ? `The answer is ${status}.` : told);
}
