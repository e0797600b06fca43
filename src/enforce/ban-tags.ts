import { PythonFloat, parseIp, pythonRepr, pythonStr } from '../base/index.ts';
import type { TagValues } from './shell-command.ts';
import type { BanHistory, BanItem, Family, JailFigures, MergedBans } from './types.ts';

/** Everything that the tags of one command can speak of. */
export interface TagContext {
  readonly jail: string;
  readonly figures: JailFigures;
  readonly history: BanHistory | undefined;
  /** Names that were looked up beforehand, because the command has a tag for them. */
  readonly names: ReadonlyMap<string, string>;
}

/** The family of an id; empty for one that is no address. */
export function familyOf(id: string): Family {
  const ip = parseIp(id);
  return ip === undefined ? '' : ip.family === 4 ? 'inet4' : 'inet6';
}

/** The address of a ban: where the filter counts by something else (`<F-ID>`), the address that it captured besides. */
export function addressOf(item: BanItem): string {
  return item.ban.fields.ip ?? item.ban.id;
}

/**
 * The tags of a ban, each worked out when it is asked for: those of jail.conf(5), and the others that fail2ban's
 * program knows. What Python prints for a missing value (`None`) is kept.
 */
export function banTags(item: BanItem, context: TagContext): TagValues {
  const { ban } = item;
  const ip = addressOf(item);
  const lines = (matches: readonly string[]): string => matches.join('\n');
  const merged = (jail: string | undefined): MergedBans => context.history?.merged(ip, jail) ?? ban;
  const values: Readonly<Record<string, () => string>> = {
    ip: () => ip,
    family: () => familyOf(ip) || 'None',
    'ip-rev': () => reversed(ip),
    'ip-host': () => context.names.get('ip-host') ?? 'None',
    fid: () => ban.id,
    failures: () => String(ban.failures),
    time: () => timeText(item),
    bantime: () => String(Math.trunc(ban.banTimeSec)),
    bancount: () => String(ban.banCount),
    matches: () => lines(ban.matches),
    restored: () => (item.restored ? '1' : '0'),
    ipmatches: () => lines(merged(undefined).matches),
    ipjailmatches: () => lines(merged(context.jail).matches),
    ipfailures: () => String(merged(undefined).failures),
    ipjailfailures: () => String(merged(context.jail).failures),
    'raw-ticket': () => rawTicket(item),
    ...figures(context),
  };
  return {
    value: (tag) => (Object.hasOwn(values, tag) ? values[tag]?.() : context.names.get(tag)),
    field: (name) => fieldOf(item, name),
  };
}

/**
 * The tags of a command that concerns no ban (start, stop, flush, reload): fail2ban fills them from a ticket without
 * an address.
 */
export function plainTags(family: Family, nowSec: number, context: TagContext): TagValues {
  const nobody: BanItem = {
    ban: {
      jail: context.jail,
      id: '',
      timeSec: nowSec,
      banTimeSec: context.figures.banTimeSec(),
      banCount: 0,
      failures: 0,
      matches: [],
      fields: {},
    },
    restored: false,
  };
  const tags = banTags(nobody, { ...context, history: undefined });
  return { value: (tag) => (tag === 'family' ? family : tags.value(tag)), field: tags.field };
}

/** Only what `actioncheck` and its kin know: the family, where the action has families, and our own names. */
export function checkTags(family: Family, context: TagContext): TagValues {
  return {
    value: (tag) => (tag === 'family' && family !== '' ? family : context.names.get(tag)),
    field: () => '',
  };
}

function figures(context: TagContext): Record<string, () => string> {
  return {
    'jail.banned': () => String(context.figures.banned()),
    'jail.banned_total': () => String(context.figures.bannedTotal()),
    'jail.found': () => String(context.figures.found()),
    'jail.found_total': () => String(context.figures.foundTotal()),
  };
}

/** What the filter captured; where a name is not among it, what a ticket of fail2ban carries under it. */
function fieldOf(item: BanItem, name: string): string | undefined {
  const { ban } = item;
  const shortName = name === 'fport' ? 'port' : name === 'fid' ? 'id' : name;
  const captured = ban.fields[name] ?? ban.fields[shortName];
  if (captured !== undefined) return captured;
  if (name === 'failures') return String(ban.failures);
  return name === 'matches' ? pythonRepr([...ban.matches]) : undefined;
}

/** `4.3.2.1.`, or the nibbles of an IPv6 address: what stands before the zone in a reverse or block list lookup. */
function reversed(id: string): string {
  const ip = parseIp(id);
  if (ip === undefined) return '';
  if (ip.family === 4) return `${ip.text.split('.').reverse().join('.')}.`;
  const nibbles = ip.bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${[...nibbles].reverse().join('.')}.`;
}

/** Python prints a time that came from a log line as a float, one that came from the database as an integer. */
function timeText({ ban, restored }: BanItem): string {
  return restored ? String(Math.round(ban.timeSec)) : pythonStr(new PythonFloat(ban.timeSec));
}

function rawTicket(item: BanItem): string {
  const { ban } = item;
  return (
    `BanTicket: ip=${ban.id} time=${timeText(item)} bantime=${Math.trunc(ban.banTimeSec)} ` +
    `bancount=${ban.banCount} #attempts=${ban.failures} matches=${pythonRepr([...ban.matches])}`
  );
}
