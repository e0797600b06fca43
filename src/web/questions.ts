/** In which order bans are listed. */
export const banOrders = ['newest', 'oldest', 'ends', 'id', 'count'] as const;
export type BanOrder = (typeof banOrders)[number];

/** Everything that the page's process can ask the daemon for. */
export type Question =
  | { readonly what: 'overview' }
  | { readonly what: 'figures' }
  | { readonly what: 'tarpit' }
  | { readonly what: 'history'; readonly spanSec: number }
  | {
      readonly what: 'bans';
      readonly search: string;
      readonly jail?: string;
      readonly order: BanOrder;
      readonly offset: number;
      readonly count: number;
    }
  | { readonly what: 'why'; readonly id: string }
  | { readonly what: 'unban'; readonly id: string; readonly jail?: string };

/** Spans for which there is a history, in seconds. */
export const historySpansSec = [3600, 86_400, 7 * 86_400, 30 * 86_400] as const;
export const mostBansPerPage = 500;
const longestText = 1024;

/** Reads a question; undefined for what is none. Neither a browser nor the page's process is trusted with more. */
export function readQuestion(value: unknown): Question | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { what, ...rest } = value as Record<string, unknown>;
  if (what === 'overview' || what === 'figures' || what === 'tarpit') return { what };
  if (what === 'history') return readHistory(rest);
  if (what === 'bans') return readBans(rest);
  if (what === 'why') return isText(rest.id) ? { what, id: rest.id } : undefined;
  return what === 'unban' ? readUnban(rest) : undefined;
}

function readHistory({ spanSec }: Record<string, unknown>): Question | undefined {
  const known = historySpansSec.find((span) => span === spanSec);
  return known === undefined ? undefined : { what: 'history', spanSec: known };
}

function readBans(value: Record<string, unknown>): Question | undefined {
  const { search = '', jail, order = 'newest', offset = 0, count = 50 } = value;
  const known = banOrders.find((each) => each === order);
  if (known === undefined || !isCount(offset, Number.MAX_SAFE_INTEGER) || !isCount(count, mostBansPerPage))
    return undefined;
  if (typeof search !== 'string' || search.length > longestText) return undefined;
  if (jail !== undefined && !isText(jail)) return undefined;
  return { what: 'bans', search, order: known, offset, count, ...(jail === undefined ? {} : { jail }) };
}

function readUnban({ id, jail }: Record<string, unknown>): Question | undefined {
  if (!isText(id) || (jail !== undefined && !isText(jail))) return undefined;
  return { what: 'unban', id, ...(jail === undefined ? {} : { jail }) };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longestText;
}

function isCount(value: unknown, most: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most;
}
