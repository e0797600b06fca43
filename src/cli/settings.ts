import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration } from '../config/index.ts';
import type { CliOptions } from './options.ts';
import {
  currentUser,
  resolvePath,
  shippedConfig,
  systemConfig,
  systemPaths,
  type UserPlace,
} from './paths.ts';

/** Configuration folders, the lowest layer first: what we ship, then the administrator's. */
export function configLayers(options: CliOptions): readonly string[] {
  return [shippedConfig(), options.conf ?? systemConfig];
}

/**
 * Path of the control socket. A client asks at every start, so the usual simple configuration is looked through here; only
 * one with includes or interpolation takes the whole reader.
 */
export async function socketPath(options: CliOptions, user: UserPlace = currentUser()): Promise<string> {
  if (options.socket !== undefined) return options.socket;
  const layers = configLayers(options);
  const configured = glanceAtSocket(layers) ?? (await readSocket(layers));
  const own = resolvePath('socket', configured, user);
  // An ordinary user without a server of his own means the system's, even if only to hear that it is closed to him.
  return own !== configured && !existsSync(own) && existsSync(configured) ? configured : own;
}

async function readSocket(layers: readonly string[]): Promise<string> {
  const { readConfiguration } = await import('../config/index.ts');
  return optionText(readConfiguration({ layers, jails: [] }), 'socket') ?? systemPaths.socket;
}

/** An option of fail2ban.conf as text, or undefined when it is not set. */
export function optionText(configuration: Configuration, name: string): string | undefined {
  const value = configuration.fail2ban.get(name)?.value;
  return value === undefined || value === null ? undefined : String(value);
}

/** `socket` as plain files say it; undefined when that takes more than a glance. */
export function glanceAtSocket(layers: readonly string[]): string | undefined {
  const found = new Map<string, string>();
  for (const path of serverFiles(layers)) {
    const text = readFileSync(path, 'utf8');
    if (text.includes('[INCLUDES]')) return undefined;
    const places = [...text.matchAll(/^[ \t]*socket\b/gim)];
    if (places.length === 0) continue;
    const from = places[0]!.index;
    const match = /^socket[ \t]*[=:][ \t]*([\w./@+-]+)[ \t]*(?:\n(?![ \t]+\S)|$)/.exec(text.slice(from));
    if (places.length > 1 || match === null) return undefined;
    found.set(sectionAt(text, from), match[1]!);
  }
  return found.get('Definition') ?? found.get('DEFAULT') ?? systemPaths.socket;
}

/** Name of the section that a place in a file belongs to. */
function sectionAt(text: string, index: number): string {
  const headers = [...text.slice(0, index).matchAll(/^\[([^\]\n]+)\]/gm)];
  return headers.at(-1)?.[1] ?? '';
}

/** The files of fail2ban.conf in the order in which they count; a file of an upper layer takes the place of ours. */
function serverFiles(layers: readonly string[]): string[] {
  const names = [
    'fail2ban.conf',
    ...dropIns(layers, '.conf'),
    'fail2ban.local',
    ...dropIns(layers, '.local'),
  ];
  return names.flatMap((name) => {
    const path = layers.map((layer) => join(layer, name)).findLast((candidate) => existsSync(candidate));
    return path === undefined ? [] : [path];
  });
}

function dropIns(layers: readonly string[], suffix: string): string[] {
  const names = layers.flatMap((layer) => {
    try {
      return readdirSync(join(layer, 'fail2ban.d')).filter((name) => name.endsWith(suffix));
    } catch {
      return [];
    }
  });
  return [...new Set(names)].sort().map((name) => join('fail2ban.d', name));
}
