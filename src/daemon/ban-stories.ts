import type { WhyStep } from '../control/index.ts';
import type { Failure } from '../detect/index.ts';
import type { Outcome } from '../enforce/index.ts';
import { RecentMap } from './recent-map.ts';

/** What is remembered of one id in one jail. */
interface Story {
  /** Failures by the index of their rule; most stories have one, and many none. */
  rules: Map<number, number> | undefined;
  steps: readonly WhyStep[];
  ignored: number;
  ignoredSec: number;
}

/** Ids that were heard of lately. */
const mostStories = 20_000;
const mostSteps = 10;
/** What a tool has to say can be long, and an action that always fails says it for every id. */
const mostErrorCharacters = 200;
const mostRules = 20;

/** Remembers, for `why`, which rules an id matched and what the actions did about it. Bounded. */
export class BanStories {
  readonly #nowSec: () => number;
  readonly #stories = new RecentMap<Story>(mostStories);
  #lastError = '';

  constructor(nowSec: () => number) {
    this.#nowSec = nowSec;
  }

  /** A failure that counts. */
  found({ jail, id, rule, attempts }: Failure): void {
    if (rule === undefined) return;
    const story = this.#story(jail, id);
    story.rules ??= new Map();
    const { rules } = story;
    const before = rules.get(rule);
    if (before !== undefined || rules.size < mostRules) rules.set(rule, (before ?? 0) + attempts);
  }

  /** A failure that does not count. */
  ignored(jail: string, id: string): void {
    const story = this.#story(jail, id);
    story.ignored += 1;
    story.ignoredSec = this.#nowSec();
  }

  /** A step of an action. */
  enforced(outcome: Outcome): void {
    if (outcome.id === undefined) return;
    const story = this.#story(outcome.jail, outcome.id);
    const { action, step, ok, queued, exitCode, durationMs, reason, error } = outcome;
    const told: WhyStep = {
      timeSec: this.#nowSec(),
      action,
      step,
      ok,
      ...(queued === undefined ? {} : { queued }),
      ...(exitCode === undefined ? {} : { exitCode }),
      durationMs,
      ...(reason === undefined ? {} : { reason }),
      ...(error === undefined ? {} : { error: this.#kept(error) }),
    };
    story.steps = [...story.steps, told].slice(-mostSteps);
  }

  rulesOf(jail: string, id: string): ReadonlyMap<number, number> {
    return this.#stories.get(keyOf(jail, id))?.rules ?? new Map();
  }

  stepsOf(jail: string, id: string): readonly WhyStep[] {
    return this.#stories.get(keyOf(jail, id))?.steps ?? [];
  }

  /** Failures that did not count, and when the last of them was seen; undefined for none. */
  ignoredOf(jail: string, id: string): { readonly failures: number; readonly lastSec: number } | undefined {
    const story = this.#stories.get(keyOf(jail, id));
    if (story === undefined || story.ignored === 0) return undefined;
    return { failures: story.ignored, lastSec: story.ignoredSec };
  }

  /** The start of an error, in memory of its own; the same text as last time is kept once. */
  #kept(error: string): string {
    const text = error.slice(0, mostErrorCharacters);
    if (text !== this.#lastError) this.#lastError = Buffer.from(text).toString();
    return this.#lastError;
  }

  #story(jail: string, id: string): Story {
    const key = keyOf(jail, id);
    const known = this.#stories.get(key);
    if (known !== undefined) return known;
    const story: Story = { rules: undefined, steps: [], ignored: 0, ignoredSec: 0 };
    this.#stories.set(key, story);
    return story;
  }
}

function keyOf(jail: string, id: string): string {
  return `${jail}\0${id}`;
}
