import { isIP } from 'node:net';
import { parseIp, WarderError } from '../base/index.ts';
import type { ListenAt } from './protocol.ts';

/** The page as the configuration asks for it. */
export interface WebSettings {
  readonly at: ListenAt;
  /** Further names under which it may be called. */
  readonly hosts: readonly string[];
  /** Where the token lies; it is made where there is none. */
  readonly tokenFile: string;
  /** A token of the administrator's own, for the metrics only. */
  readonly metricsTokenFile?: string;
}

/** The options of `[Definition]` in fail2ban.conf that concern the page. */
export interface WebOptions {
  readonly http: string | undefined;
  readonly hosts: string | undefined;
  readonly tokenFile: string | undefined;
  readonly metricsTokenFile: string | undefined;
  /** Where the token lies if nothing else is said: beside the control socket. */
  readonly usualTokenFile: string;
}

/** Reads the options; undefined where no page is wanted. Throws `WEB_ADDRESS`. */
export function readWebSettings(options: WebOptions): WebSettings | undefined {
  const { http = '', hosts = '', tokenFile, metricsTokenFile, usualTokenFile } = options;
  const wanted = http.trim();
  if (wanted === '' || ['off', 'no', 'none'].includes(wanted.toLowerCase())) return undefined;
  const names = hosts
    .split(/[\s,]+/)
    .filter((name) => name !== '')
    .map((name) => name.toLowerCase());
  return {
    at: readListenAt(wanted),
    hosts: names,
    tokenFile: tokenFile?.trim() || usualTokenFile,
    ...(metricsTokenFile?.trim() ? { metricsTokenFile: metricsTokenFile.trim() } : {}),
  };
}

/** Whether only this machine can reach it. */
export function isLoopback(host: string): boolean {
  const text = parseIp(host)?.text ?? '';
  return text === '::1' || text.startsWith('127.');
}

/** The address as it stands in a URL. */
export function urlOf({ host, port }: ListenAt): string {
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}/`;
}

function readListenAt(text: string): ListenAt {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)|localhost):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '127.0.0.1';
  const port = Number(match?.[3]);
  // Below 1024 only root may listen, and the page's process is nobody.
  if (match === null || isIP(host) === 0 || !(port >= 1024 && port <= 65_535)) {
    throw new WarderError('WEB_ADDRESS', `${JSON.stringify(text.slice(0, 100))} is no address for the page`, {
      hint: 'write http = 127.0.0.1:8327 or [::1]:8327, with a port from 1024 on',
    });
  }
  return { host, port };
}
