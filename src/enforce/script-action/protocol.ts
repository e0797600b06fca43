import { readMessage } from '../../base/index.ts';

/** What a module can offer, in the order in which people think of it. */
export const hookNames = ['start', 'ban', 'unban', 'flush', 'stop'] as const;

export type HookName = (typeof hookNames)[number];

/** What every hook is told; docs/examples/warder-action.d.ts describes the same for those who write one. */
export interface ActionEvent {
  readonly jail: string;
  readonly action: string;
  /** The arguments in the jail's brackets. */
  readonly params: Readonly<Record<string, string>>;
}

/** What `ban` and `unban` are told. */
export interface BanEvent extends ActionEvent {
  readonly id: string;
  readonly ip: string | null;
  readonly time: number;
  readonly bantime: number;
  readonly bancount: number;
  readonly failures: number;
  readonly matches: readonly string[];
  readonly fields: Readonly<Record<string, string>>;
  readonly restored: boolean;
}

/** Main → process, one line of JSON each: first the module's text, then one call at a time. */
export type ScriptRequest =
  | { readonly kind: 'load'; readonly source: string }
  | { readonly kind: 'call'; readonly id: number; readonly hook: HookName; readonly event: ActionEvent };

/** What is known of a module once it is loaded. */
export interface ScriptModule {
  readonly hooks: readonly HookName[];
  /** Its own wish not to be told of bans that come from the database. */
  readonly norestored: boolean;
}

/** Process → main, one line of JSON each. */
export type ScriptMessage =
  | { readonly kind: 'loaded'; readonly module: ScriptModule }
  /** It cannot be used. */
  | { readonly kind: 'unusable'; readonly reason: string }
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string }
  /** A line that the module printed. */
  | { readonly kind: 'said'; readonly text: string };

/** Of a reason or a printed line, so many characters are passed on. */
export const longestText = 1000;
/** No message of the process is longer, as JSON may escape every character. */
export const longestMessage = 16 * longestText;

/** Reads a line of the process; undefined if it is none of its messages. */
export function parseScriptMessage(line: string): ScriptMessage | undefined {
  const message = readMessage(line);
  if (message === undefined) return undefined;
  const { kind, id } = message;
  const text = kind === 'said' ? message.text : message.reason;
  if (kind === 'loaded') {
    const module = moduleOf(message.module);
    return module === undefined ? undefined : { kind, module };
  }
  if (kind === 'done' && typeof id === 'number') return { kind, id };
  if (typeof text !== 'string') return undefined;
  if (kind === 'said') return { kind, text: text.slice(0, longestText) };
  const reason = text.slice(0, longestText);
  if (kind === 'unusable') return { kind, reason };
  return kind === 'failed' && typeof id === 'number' ? { kind, id, reason } : undefined;
}

function moduleOf(value: unknown): ScriptModule | undefined {
  if (typeof value !== 'object' || value === null || !('hooks' in value)) return undefined;
  const { hooks } = value;
  if (!Array.isArray(hooks)) return undefined;
  return {
    hooks: hookNames.filter((name) => hooks.includes(name)),
    norestored: 'norestored' in value && value.norestored === true,
  };
}
