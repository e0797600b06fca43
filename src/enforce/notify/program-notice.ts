import { fillValues, type TagValues } from '../shell-command.ts';
import { toolWords } from '../shell-log.ts';
import type { ShellResult } from '../shell-process.ts';
import { fillText } from './fill.ts';
import { limits } from './limits.ts';
import type { Notice, NoticeProperties } from './notice.ts';
import type { ProgramSpec } from './program.ts';
import { cutText, readable } from './text.ts';
import { DeliveryError } from './trouble.ts';

/** Templates in which a program's tags can stand. */
export function programTemplates(properties: NoticeProperties): readonly string[] {
  return ['argv', 'command', 'input'].map((name) => properties.own(name));
}

/** What is to be run: `NAME_argv` without a shell, `NAME_command` with one. Throws a `DeliveryError` when there is nothing. */
export function prepareProgram(
  kind: 'exec' | 'shell',
  notice: Notice,
  properties: NoticeProperties,
  tags: TagValues,
): Omit<ProgramSpec, 'signal' | 'timeoutSec'> {
  const input = properties.own('input');
  const text =
    input === '' ? undefined : `${cutText(fillText(input, tags, readable), limits.messageBytes)}\n`;
  if (kind === 'shell') return { run: fillValues(needed(properties, 'command'), tags), input: text };
  const argv = argumentsOf(needed(properties, 'argv')).map((argument, index) =>
    index === 0 ? argument : filledArgument(argument, tags),
  );
  return { run: argv, input: text, variables: variablesOf(notice, tags) };
}

function needed(properties: NoticeProperties, name: string): string {
  const text = properties.own(name);
  if (text === '') throw new DeliveryError(`the action has no ${name} for this step`, { mayRetry: false });
  return text;
}

/** A JSON array of strings, or one argument in each line. */
function argumentsOf(text: string): readonly string[] {
  if (!text.startsWith('['))
    return text
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string'))
      return value;
  } catch {
    // Told below.
  }
  throw new DeliveryError('argv is no JSON array of strings', { mayRetry: false });
}

/** A value can be no option: where it would begin an argument with a dash, that dash becomes an underscore. */
function filledArgument(argument: string, tags: TagValues): string {
  const filled = cutText(fillText(argument, tags, plainArgument), limits.valueBytes);
  return argument.startsWith('<') ? filled.replace(/^-/, '_') : filled;
}

function plainArgument(value: string): string {
  return readable(value).replaceAll('\0', '');
}

/** The values of a ban by the names of their variables. */
const variables = {
  WARDER_IP: 'ip',
  WARDER_FAMILY: 'family',
  WARDER_ID: 'fid',
  WARDER_FAILURES: 'failures',
  WARDER_TIME: 'time',
  WARDER_BANTIME: 'bantime',
  WARDER_BANCOUNT: 'bancount',
  WARDER_RESTORED: 'restored',
  WARDER_MATCHES: 'matches',
} as const;

function variablesOf(notice: Notice, tags: TagValues): Record<string, string> {
  const found = Object.entries(variables).map(([name, tag]) => [name, plainArgument(tags.value(tag) ?? '')]);
  return {
    WARDER_JAIL: notice.jail,
    WARDER_ACTION: notice.action,
    WARDER_STEP: notice.command.replace(/^action/, ''),
    ...Object.fromEntries(found),
  };
}

/** Exit codes by which mail programs say that it will not work another time either (sysexits.h), and those of a shell for a missing program. */
const permanentCodes: ReadonlySet<number> = new Set([64, 65, 67, 68, 77, 78, 126, 127]);

/** Why a program failed; undefined when it did not. */
export function programTrouble(result: ShellResult, timeoutSec: number): DeliveryError | undefined {
  if (result.ok) return undefined;
  const isPermanent = result.startError !== undefined || permanentCodes.has(result.returnCode ?? 0);
  return new DeliveryError(toolWords(result, timeoutSec), { mayRetry: !isPermanent });
}
