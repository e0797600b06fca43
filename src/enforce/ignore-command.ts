import { type Clock, escapeControl, type Logger } from '../base/index.ts';
import type { Failure } from '../detect/index.ts';
import { AnswerCache } from './answer-cache.ts';
import { addressOf, banTags } from './ban-tags.ts';
import type { HostNames } from './host-names.ts';
import { namesFor } from './name-tags.ts';
import { digestOf, fillValues, type ShellCommand, type TagValues, tagValuesOf } from './shell-command.ts';
import { ShellLock } from './shell-lock.ts';
import { logResult, toolWords } from './shell-log.ts';
import { runShell, type ShellResult } from './shell-process.ts';
import type { BanHistory, BanItem, JailFigures } from './types.ts';

/** `ignorecommand` and `ignorecache` of a jail. */
export interface IgnoreCommandSettings {
  /** A shell command with the tags of actions; exit code 0 means: ignore. */
  readonly command: string;
  /** How answers are kept; undefined: not at all. */
  readonly cache:
    | {
        /** Text with tags; failures that give it the same values share an answer. */
        readonly key: string;
        readonly maxCount: number;
        readonly maxTimeSec: number;
      }
    | undefined;
}

export interface IgnoreCommandParts {
  readonly jail: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly names: HostNames;
  readonly figures: JailFigures;
  readonly history: BanHistory | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** As the jail is configured now. */
  readonly settings: () => IgnoreCommandSettings;
  readonly run?: typeof runShell;
}

/** As long a command may run, as in fail2ban, and so long a failure waits for its answer at most. */
const timeoutSec = 60;

/** Of what a command prints only the words about its failure are used. */
const outputLimitBytes = 4096;

/** A command that keeps failing is warned of so often. */
const warnAgainSec = 3600;

/** The same, when it has worked in between. */
const warnAnewSec = 60;

/** A run of the command, with all that wait for what it says. */
interface Run {
  readonly answer: Promise<boolean>;
  /** When the last of them stops waiting. */
  readonly wanted: { untilSec: number };
}

/**
 * Asks a jail's ignore command about failures. One command runs at a time for each jail, beside those of the actions,
 * which it cannot hold up; failures that wait for the very same command share its answer. A command that fails, or does
 * not answer within a minute, spares nobody.
 *
 * Behaviour: fail2ban's `ignorecommand` and `ignorecache`.
 */
export class IgnoreCommand {
  readonly #parts: IgnoreCommandParts;
  readonly #lock = new ShellLock();
  readonly #runs = new Map<string, Run>();
  #cache: AnswerCache | undefined;
  #cacheSettings: IgnoreCommandSettings['cache'];
  #count = 0;
  #warnedAtSec = Number.NEGATIVE_INFINITY;
  #hasWorked = true;
  readonly #stopping = new AbortController();

  constructor(parts: IgnoreCommandParts) {
    this.#parts = parts;
  }

  /** `no`: the failure counts; `command`: it is to be ignored; `cached`: so the command said a while ago. Never rejects. */
  async ask(failure: Failure): Promise<'no' | 'command' | 'cached'> {
    const { command, cache: cacheSettings } = this.#parts.settings();
    const cache = this.#cacheFor(cacheSettings);
    const tags = await this.#tags(failure, command + (cacheSettings?.key ?? ''));
    const key = cacheSettings === undefined ? '' : tagValuesOf(cacheSettings.key, tags);
    const known = cache?.get(key, this.#parts.clock.nowSec());
    if (known !== undefined) return known ? 'cached' : 'no';
    const isIgnored = await this.#answer(() => fillValues(command, tags));
    if (isIgnored === undefined) return 'no';
    cache?.set(key, isIgnored, this.#parts.clock.nowSec());
    return isIgnored ? 'command' : 'no';
  }

  /** Ends the command that runs; nobody waits for it any more. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Another `ignorecache` starts with an empty one, as in fail2ban. */
  #cacheFor(settings: IgnoreCommandSettings['cache']): AnswerCache | undefined {
    const old = this.#cacheSettings;
    const isSame =
      old?.key === settings?.key &&
      old?.maxCount === settings?.maxCount &&
      old?.maxTimeSec === settings?.maxTimeSec;
    if (!isSame) this.#cache = settings === undefined ? undefined : new AnswerCache(settings);
    this.#cacheSettings = settings;
    return this.#cache;
  }

  async #tags(failure: Failure, text: string): Promise<TagValues> {
    const { jail, figures, history, names } = this.#parts;
    const item: BanItem = {
      ban: {
        jail,
        id: failure.id,
        timeSec: failure.timeSec,
        banTimeSec: figures.banTimeSec(),
        banCount: 0,
        failures: failure.attempts,
        matches: failure.lines,
        fields: failure.fields,
      },
      restored: false,
    };
    const found = await namesFor(text, addressOf(item), names);
    return banTags(item, { jail, figures, history, names: found });
  }

  /** Undefined when there is no answer in time. */
  async #answer(makeCommand: () => ShellCommand): Promise<boolean | undefined> {
    const { clock } = this.#parts;
    const { script, args } = makeCommand();
    const key = digestOf([script, ...args]);
    const run = this.#runs.get(key) ?? this.#queue(key, makeCommand);
    run.wanted.untilSec = clock.nowSec() + timeoutSec;
    let cancel = (): void => undefined;
    const tooLate = new Promise<undefined>((resolve) => {
      cancel = clock.after(timeoutSec, () => {
        this.#warn(`gave no answer within ${timeoutSec} seconds`);
        resolve(undefined);
      });
    });
    const answer = await Promise.race([run.answer, tooLate]);
    cancel();
    return answer;
  }

  /** Of those that wait in the queue none holds its command, which may be long. */
  #queue(key: string, makeCommand: () => ShellCommand): Run {
    const wanted = { untilSec: Number.POSITIVE_INFINITY };
    const answer = this.#lock
      .run(0, async () => {
        if (this.#stopping.signal.aborted || this.#parts.clock.nowSec() >= wanted.untilSec) return false;
        const command = makeCommand();
        return this.#judge(command, await this.#run(command));
      })
      .finally(() => this.#runs.delete(key));
    const run = { answer, wanted };
    this.#runs.set(key, run);
    return run;
  }

  #run(command: ShellCommand): Promise<ShellResult> {
    const { environment, run = runShell } = this.#parts;
    return run(command, { timeoutSec, environment, outputLimitBytes, signal: this.#stopping.signal });
  }

  /** Exit code 0 is yes and 1 is no; anything else is trouble, and no. */
  #judge(command: ShellCommand, result: ShellResult): boolean {
    if (this.#stopping.signal.aborted) return false;
    const { returnCode } = result;
    if (result.timedOut || (returnCode !== 0 && returnCode !== 1)) {
      this.#warn(`failed: ${toolWords(result, timeoutSec)}`);
      return false;
    }
    this.#hasWorked = true;
    const { jail, logger } = this.#parts;
    const id = `${jail} ignorecommand ${++this.#count}`;
    logResult(logger, id, { command, result, timeoutSec, mayFail: true });
    return returnCode === 0;
  }

  /** Once, not for each failure that it is about. */
  #warn(what: string): void {
    const { clock, jail, logger } = this.#parts;
    const ageSec = Math.abs(clock.nowSec() - this.#warnedAtSec);
    if (ageSec < (this.#hasWorked ? warnAnewSec : warnAgainSec)) return;
    this.#warnedAtSec = clock.nowSec();
    this.#hasWorked = false;
    const message = `[${jail}] ignorecommand ${what}; while it does so it spares nobody (0 means ignore, 1 means count)`;
    logger.log('WARNING', 'fail2ban.filter', escapeControl(message));
  }
}
