/** Where a piece of bad input stands, as far as it is known. */
export interface ErrorPlace {
  /** Path of the offending file. */
  readonly file?: string;
  /** Line in that file, counted from 1. */
  readonly line?: number;
  /** Index into the offending text, counted from 0. */
  readonly index?: number;
  /** The jail that is concerned; only it is degraded. */
  readonly jail?: string;
  /** What the administrator can do about it. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * Every error that Warder reports by intention.
 *
 * `code` is stable, upper-case and listed in docs/errors.md (a test holds both to each other). The message is
 * one sentence without the place; `describe` adds place and hint.
 */
export class WarderError extends Error {
  readonly code: string;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly index: number | undefined;
  readonly jail: string | undefined;
  readonly hint: string | undefined;

  constructor(code: string, message: string, place: ErrorPlace = {}) {
    super(message, place.cause === undefined ? undefined : { cause: place.cause });
    this.name = 'WarderError';
    this.code = code;
    this.file = place.file;
    this.line = place.line;
    this.index = place.index;
    this.jail = place.jail;
    this.hint = place.hint;
  }
}

/** The text a person sees: `file:line: message (hint) [CODE]`; works for foreign errors too. */
export function describeError(error: unknown): string {
  if (!(error instanceof WarderError)) return error instanceof Error ? error.message : String(error);
  const place =
    error.file === undefined ? '' : `${error.file}${error.line === undefined ? '' : `:${error.line}`}: `;
  const index = error.index === undefined ? '' : ` at index ${error.index}`;
  const hint = error.hint === undefined ? '' : ` (${error.hint})`;
  return `${place}${error.message}${index}${hint} [${error.code}]`;
}
