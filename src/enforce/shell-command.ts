import { createHash } from 'node:crypto';
import { pythonRepr } from '../base/index.ts';
import { tagPattern } from './tags.ts';

/** A shell text and the values of its variables: `/bin/sh -c script args…`. */
export interface ShellCommand {
  readonly script: string;
  /** `$0`, `$1`, …: what may not stand in the script itself. */
  readonly args: readonly string[];
}

/** Where the tags of a command get their values from. Undefined: no such tag, it stays as it is. */
export interface TagValues {
  value(tag: string): string | undefined;
  /** A field that the filter captured, by its name in lower case; undefined counts as empty. */
  field(name: string): string | undefined;
}

/**
 * The only values that become part of a shell text: numbers, addresses, networks and plain words, which no shell, however
 * they are quoted, takes for anything but themselves.
 */
const plainValue = /^(?:|-?[0-9]+(?:\.[0-9]+)?|[A-Za-z0-9_][A-Za-z0-9_.:/@%+,-]{0,254})$/;

/** A captured field: `<F-USER>`. */
const fieldPattern = /<F-([A-Z0-9_-]+)>/g;

/** Linux takes no argument over 128 KiB and no more than 2 MiB in all; beyond this a value is cut. */
const longestValueBytes = 64 * 1024;
const allValuesBytes = 512 * 1024;

/**
 * Fills in the values of one ban. A plain value becomes part of the script; any other becomes a shell variable
 * `$f2bV_name`, set from an argument and not exported (FACTS 20), so that no shell ever reads it as code. Values are
 * never looked into for further tags. NUL, which no argument can hold, is left out; long values are cut.
 *
 * Behaviour: fail2ban's CommandAction.replaceDynamicTags; stricter in that a value with a blank or another character
 * outside of plain words becomes a variable too.
 */
export function fillValues(script: string, tags: TagValues): ShellCommand {
  const variables = new Map<string, string>();
  const insert = (name: string, value: string): string => {
    if (plainValue.test(value)) return value;
    const variable = `f2bV_${name.replace(/[^\p{L}\p{N}_]/gu, '_')}`;
    variables.set(variable, value);
    return `$${variable}`;
  };
  const withTags = script.replace(tagPattern, (tag, name: string) => {
    const value = tags.value(name);
    return value === undefined ? tag : insert(name, value);
  });
  const withFields = withTags.replace(fieldPattern, (_tag, name: string) => {
    const field = fieldName(name);
    const value = tags.field(field);
    return value === undefined ? '' : insert(`F_${field}`, value);
  });
  return withVariables(withFields, variables);
}

/**
 * What the tags of a text stand for, all together as one short text: equal for two bans only if every value is, so that a user
 * name with a separator in it cannot pass for another user at another address.
 */
export function tagValuesOf(text: string, tags: TagValues): string {
  const values = Array.from(text.matchAll(tagPattern), ([, name = '']) => {
    const field = /^F-([A-Z0-9_-]+)$/.exec(name)?.[1];
    return (field === undefined ? tags.value(name) : tags.field(fieldName(field))) ?? '';
  });
  return digestOf(values);
}

/** Texts as one short text that is the same only for the same texts. */
export function digestOf(texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('base64');
}

/** How fail2ban calls two captured fields inside: `<F-ID>` and `<F-PORT>`. */
export function fieldName(tag: string): string {
  const name = tag.toLowerCase();
  return name === 'id' ? 'fid' : name === 'port' ? 'fport' : name;
}

function withVariables(script: string, variables: ReadonlyMap<string, string>): ShellCommand {
  if (variables.size === 0) return { script, args: [] };
  // `$10` means `${1}0`, which is why fail2ban mixes up values from the eleventh on.
  const place = (index: number): string => (index < 10 ? `$${index}` : `\${${index}}`);
  const assignments = [...variables.keys()].map((name, index) => `${name}=${place(index)} `).join('');
  let leftBytes = allValuesBytes;
  const args = Array.from(variables.values(), (value) => {
    const fitting = cutToBytes(value.replaceAll('\0', ''), Math.min(longestValueBytes, leftBytes));
    leftBytes -= Buffer.byteLength(fitting);
    return fitting;
  });
  return { script: `${assignments}\n${script}`, args };
}

/** The longest beginning of whole characters that fits. */
function cutToBytes(text: string, mostBytes: number): string {
  if (text.length * 3 <= mostBytes) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= mostBytes) return text;
  let end = mostBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}

/** Of a value this much is shown in the log. */
const longestShown = 4096;

/** The command as fail2ban prints it in its log: the bare script, or a list when it has variables. */
export function showCommand(command: ShellCommand): string {
  if (command.args.length === 0) return command.script;
  const shown = command.args.map((value) =>
    value.length > longestShown ? `${value.slice(0, longestShown)}…` : value,
  );
  return pythonRepr([command.script, ...shown]);
}
