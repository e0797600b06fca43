import { type Clock, describeError } from '../base/index.ts';
import type { ActionProperties, CommandName } from './action-properties.ts';
import { addressOf, banTags, checkTags, familyOf, plainTags, type TagContext } from './ban-tags.ts';
import type { HostNames } from './host-names.ts';
import { namesFor } from './name-tags.ts';
import { type Notifier, parseStatements, type Statement } from './notify/index.ts';
import { fillValues, type TagValues } from './shell-command.ts';
import { toolWords } from './shell-log.ts';
import type { ShellRunner } from './shell-runner.ts';
import { fillProperties, type Properties } from './tags.ts';
import type { BanHistory, BanItem, Family, JailFigures } from './types.ts';

/** How a command, or a group of them, ended. */
export interface CommandResult {
  readonly ok: boolean;
  readonly durationMs: number;
  readonly exitCode?: number | undefined;
  readonly reason?: string | undefined;
  readonly error?: string | undefined;
  /** A notice that waits to be sent. */
  readonly queued?: boolean;
}

export interface ShellCommandsParts {
  readonly jail: string;
  readonly name: string;
  readonly properties: ActionProperties;
  readonly runner: ShellRunner;
  readonly clock: Clock;
  readonly names: HostNames;
  readonly figures: JailFigures;
  readonly history: BanHistory | undefined;
  readonly rank: () => number;
  /** Without one, actions that send notices fail. */
  readonly notifier?: Notifier;
  /** Told how a notice ended. */
  readonly onNotice?: (command: CommandName, item: BanItem | undefined, reason: string | undefined) => void;
}

const done: CommandResult = { ok: true, durationMs: 0 };
/** A list of bans may be long: half a million addresses. */
const listBytes = 32 * 1024 * 1024;

/** Makes commands from an action's properties, and runs them. Filled-in properties are kept until one changes. */
export class ShellCommands {
  readonly #parts: ShellCommandsParts;
  #filledFrom: Properties | undefined;
  readonly #filled = new Map<string, string>();

  constructor(parts: ShellCommandsParts) {
    this.#parts = parts;
  }

  /** The command with all properties filled in; what only a ban can fill in stays. Throws `ACTION_TAG_CYCLE`. */
  text(command: CommandName, family: Family): string {
    const { properties } = this.#parts.properties.texts();
    if (this.#filledFrom !== properties) {
      this.#filled.clear();
      this.#filledFrom = properties;
    }
    const key = `${command} ${family}`;
    const known = this.#filled.get(key);
    if (known !== undefined) return known;
    const filled = properties.has(command) ? fillProperties(command, properties, family) : '';
    // Commands of two families that differ in nothing else are told apart by it.
    const text = family === '' ? filled : filled.replaceAll('<family>', family);
    this.#filled.set(key, text);
    return text;
  }

  /** A command that concerns one ban. */
  forBan(command: CommandName, item: BanItem): Promise<CommandResult> {
    const ip = addressOf(item);
    return this.#run(command, familyOf(ip), (context) => banTags(item, context), item);
  }

  /** A command that concerns the environment of a family. */
  forFamily(command: CommandName, family: Family): Promise<CommandResult> {
    return this.#run(command, family, (context) => plainTags(family, this.#parts.clock.nowSec(), context));
  }

  /** `actioncheck`, `actionrepair`. */
  plain(command: CommandName, family: Family): Promise<CommandResult> {
    return this.#run(command, family, (context) => checkTags(family, context));
  }

  /** Whether `actioncheck` finds the environment; that it does not is no trouble. */
  async finds(family: Family): Promise<boolean> {
    const found = await this.#run(
      'actioncheck',
      family,
      (context) => checkTags(family, context),
      undefined,
      true,
    );
    return found.ok;
  }

  /** What a command prints; nothing when it fails. */
  async output(command: CommandName, family: Family): Promise<string> {
    try {
      const text = this.text(command, family);
      if (text.trim() === '') return '';
      const { properties, runner, rank } = this.#parts;
      const tags = checkTags(family, await this.#context(text, undefined));
      const result = await runner.run(fillValues(text, tags), {
        timeoutSec: properties.timeoutSec,
        rank: rank(),
        outputLimitBytes: listBytes,
        owner: properties,
      });
      return result.ok ? result.stdout : '';
    } catch {
      return '';
    }
  }

  async #run(
    command: CommandName,
    family: Family,
    tagsOf: (context: TagContext) => TagValues,
    item?: BanItem,
    mayFail = false,
  ): Promise<CommandResult> {
    try {
      const text = this.text(command, family);
      if (text === '') return done;
      const statements = parseStatements(text);
      if (statements !== undefined) return this.#post(statements, command, family, tagsOf, item);
      const ip = item === undefined ? undefined : addressOf(item);
      const { properties, runner, rank } = this.#parts;
      const { timeoutSec } = properties;
      const shellCommand = fillValues(text, tagsOf(await this.#context(text, ip)));
      if (shellCommand.script === '') return done;
      const result = await runner.run(shellCommand, {
        timeoutSec,
        rank: rank(),
        mayFail,
        owner: properties,
      });
      const { ok, durationMs, returnCode: exitCode } = result;
      return { ok, durationMs, exitCode, ...(ok ? {} : { error: toolWords(result, timeoutSec) }) };
    } catch (error) {
      return { ok: false, durationMs: 0, reason: describeError(error), error: describeError(error) };
    }
  }

  /** A command that the daemon carries out itself, behind all others. */
  #post(
    statements: readonly Statement[],
    command: CommandName,
    family: Family,
    tagsOf: (context: TagContext) => TagValues,
    item: BanItem | undefined,
  ): CommandResult {
    const { jail, name, figures, history, properties, clock, notifier, onNotice } = this.#parts;
    if (notifier === undefined) throw new Error('this program sends no notices');
    notifier.post(statements, {
      jail,
      action: name,
      command,
      ip: item === undefined ? undefined : addressOf(item),
      timeSec: item?.ban.timeSec ?? clock.nowSec(),
      properties: properties.texts().properties,
      family,
      tags: (names) => tagsOf({ jail, figures, history, names }),
      timeoutSec: properties.timeoutSec,
      onEnd: (reason) => onNotice?.(command, item, reason),
    });
    return { ok: true, durationMs: 0, queued: true };
  }

  /** Names are looked up before the command waits for its turn, and only if it has a tag for them. */
  async #context(text: string, ip: string | undefined): Promise<TagContext> {
    const { jail, figures, history, names } = this.#parts;
    const found = await namesFor(text, ip, names);
    return { jail, figures, history, names: found };
  }
}
