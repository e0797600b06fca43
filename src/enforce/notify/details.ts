import { type Clock, isSingle, parseIp } from '../../base/index.ts';
import { fillValues } from '../shell-command.ts';
import { mailAddresses } from './addresses.ts';
import type { CourierProcess } from './courier-process.ts';
import { logLinesAbout } from './log-lines.ts';
import type { RunProgram } from './program.ts';
import { lastLines, readable } from './text.ts';

/** What has to be looked for before a notice can tell of it. */
export const detailTags: ReadonlySet<string> = new Set([
  'whois',
  'abuse-contacts',
  'log-lines',
  'geoip-country',
  'geoip-as',
]);

export interface DetailsParts {
  readonly clock: Clock;
  readonly courier: Pick<CourierProcess, 'carryOut'>;
  readonly runProgram: RunProgram;
}

/** Whom a notice is about, and what its action says about looking for more. */
export interface DetailsContext {
  readonly ip: string | undefined;
  /** A property of the action, filled in; empty when it has none. */
  readonly property: (name: string) => string;
  readonly mostLines: number;
  readonly signal: AbortSignal;
}

const lookupMs = 15_000;
const cacheSec = 3600;
const cachedTexts = 200;
const whoisLines = 150;
/** The registries are asked by us: what our own files say, or nothing. */
const builtInWhois = /^(?:|warder-whois|: warder-whois;.*)$/s;

/**
 * Looks for what a notice wants to tell about an address: whois, abuse contacts, lines of logs, countries. What is not found in
 * time is said to be unknown; no notice fails for it. Whois and contacts are kept for an hour.
 */
export class Details {
  readonly #parts: DetailsParts;
  readonly #cache = new Map<string, { readonly text: string; readonly untilSec: number }>();

  constructor(parts: DetailsParts) {
    this.#parts = parts;
  }

  /** The text for each of the tags that is one of `detailTags`. */
  async find(tags: Iterable<string>, context: DetailsContext): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (const tag of tags) {
      if (detailTags.has(tag)) found.set(tag, await this.#one(tag, context));
    }
    return found;
  }

  async #one(tag: string, context: DetailsContext): Promise<string> {
    const ip = parseIp(context.ip ?? '');
    if (ip === undefined) return tag === 'abuse-contacts' ? '' : '(no address)';
    const single = isSingle(ip) ? ip.text : (ip.text.split('/')[0] ?? '');
    switch (tag) {
      case 'whois':
        return this.#kept(`whois ${single}`, () => this.#whois(single, context));
      case 'abuse-contacts':
        return this.#contacts(context);
      case 'log-lines':
        return logLinesAbout(single, context.property('logpath'), context.mostLines);
      default:
        return this.#country(tag, single, context);
    }
  }

  async #whois(ip: string, { property, signal }: DetailsContext): Promise<string> {
    const command = property('whois_command').trim();
    if (!builtInWhois.test(command)) {
      const result = await this.#parts.runProgram({
        run: fillValues(command, { value: (tag) => (tag === 'ip' ? ip : undefined), field: () => '' }),
        input: undefined,
        timeoutSec: lookupMs / 1000,
        signal,
      });
      return readable(lastLines(result.stdout, whoisLines));
    }
    const answer = await this.#parts.courier.carryOut({ kind: 'whois', of: ip }, lookupMs, signal);
    const told = answer.text.split(/\r?\n/).filter((line) => line.trim() !== '' && !/^[%#]/.test(line));
    return readable(told.slice(0, whoisLines).join('\n'));
  }

  /** Addresses with commas between; empty where the registry of contacts knows none. */
  async #contacts({ property, signal }: DetailsContext): Promise<string> {
    const name = property('addr_resolver').trim();
    if (!/^[A-Za-z0-9_.-]{1,253}$/.test(name)) return '';
    const known = this.#cached(`txt ${name}`);
    if (known !== undefined) return known;
    try {
      const answer = await this.#parts.courier.carryOut({ kind: 'txt', of: name }, lookupMs, signal);
      const addresses = mailAddresses(answer.text.replaceAll('\n', ',')).filter((each) => each.includes('@'));
      return this.#keep(`txt ${name}`, addresses.slice(0, 5).join(', '));
    } catch {
      return '';
    }
  }

  async #country(tag: string, ip: string, { property, signal }: DetailsContext): Promise<string> {
    const [program, suffix] = ip.includes(':') ? ['geoiplookup6', '6'] : ['geoiplookup', ''];
    const database = property((tag === 'geoip-as' ? 'geoip_as' : 'geoip_country') + suffix);
    const argv = database === '' ? [program, ip] : [program, '-f', database, ip];
    const result = await this.#parts.runProgram({ run: argv, input: undefined, timeoutSec: 10, signal });
    const line = result.stdout.split('\n')[0] ?? '';
    return result.ok && line.includes(':') ? readable(line.slice(line.indexOf(':') + 1).trim()) : 'unknown';
  }

  async #kept(key: string, look: () => Promise<string>): Promise<string> {
    const known = this.#cached(key);
    if (known !== undefined) return known;
    try {
      return this.#keep(key, (await look()) || 'nothing');
    } catch (error) {
      return `unknown (${readable(error instanceof Error ? error.message : String(error), 200)})`;
    }
  }

  #cached(key: string): string | undefined {
    const known = this.#cache.get(key);
    return known !== undefined && known.untilSec > this.#parts.clock.nowSec() ? known.text : undefined;
  }

  #keep(key: string, text: string): string {
    this.#cache.delete(key);
    this.#cache.set(key, { text, untilSec: this.#parts.clock.nowSec() + cacheSec });
    if (this.#cache.size > cachedTexts) this.#cache.delete(this.#cache.keys().next().value ?? '');
    return text;
  }
}
