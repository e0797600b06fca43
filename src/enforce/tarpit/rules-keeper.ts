import { Backoff, type Clock, describeError, escapeControl, type Logger } from '../../base/index.ts';
import type { Hold, Member } from './member.ts';
import type { KernelPart, MemberChange } from './part.ts';
import type { VoicePorts } from './voices.ts';

export interface RulesKeeperParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly part: KernelPart;
  /** For messages: `nft` or `iptables`. */
  readonly tool: string;
  /** The holds as they are to be. */
  readonly holds: () => readonly Hold[];
  /** Undefined while the process does not listen, and where the kernel holds by itself. */
  readonly ports: () => VoicePorts | undefined;
  /** The kernel holds by itself, so there is no need for ports. */
  readonly needsPorts: boolean;
}

type Step = 'add' | 'renew' | 'remove';

/** How often it is looked whether the rules are still there, and in order. */
const glanceSec = 20;
/** A timeout that the kernel cannot count so far is set anew in time. */
const refreshSec = 7 * 86_400;
/** So many members are given to the tool one by one; beyond that all is made anew, which is no slower. */
const mostSteps = 20_000;

/**
 * Keeps the rules of one tool equal to the holds. Changes are taken at once and carried out behind the bans, all that
 * wait together; a ban never waits for the tarpit.
 */
export class RulesKeeper {
  readonly #parts: RulesKeeperParts;
  readonly #steps = new Map<Hold, Map<string, [Step, Member]>>();
  readonly #retry = new Backoff(1, 60);
  #isStale = false;
  #isDisordered = false;
  #isPlaced = false;
  #builtSec = 0;
  #working: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #stopped = false;
  #problem: string | undefined;
  #warnedOfObstacles = false;

  constructor(parts: RulesKeeperParts) {
    this.#parts = parts;
  }

  /** What keeps the rules from being made; undefined when all is well. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Holds came or went, or the ports are others: everything is made anew. */
  makeAnew(): void {
    this.#isStale = true;
    this.#wake();
  }

  /** One member of a hold changed. */
  change(hold: Hold, step: Step, member: Member): void {
    if (this.#isStale) {
      this.#wake();
      return;
    }
    const steps = this.#steps.get(hold) ?? new Map<string, [Step, Member]>();
    const before = steps.get(member.ip.text)?.[0];
    // What the kernel may know already is renewed, never just added.
    steps.set(member.ip.text, [step === 'add' && before !== undefined ? 'renew' : step, member]);
    this.#steps.set(hold, steps);
    if (steps.size > mostSteps) this.#isStale = true;
    this.#wake();
  }

  /** The chains of bans changed: our rules may stand below theirs. */
  arrange(): void {
    this.#isDisordered = true;
    this.#wake();
  }

  /** Settles when everything so far was carried out, or has failed. */
  async settled(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  /** Takes the rules away. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer?.();
    await this.settled();
    await this.#parts.part.clear();
  }

  #wake(): void {
    if (this.#stopped || this.#working !== undefined) return;
    this.#working = this.#work()
      .catch((error: unknown) => this.#fail(describeError(error)))
      .finally(() => {
        this.#working = undefined;
        this.#later();
      });
  }

  async #work(): Promise<void> {
    // Everything that is asked for in this turn of the event loop is done together.
    await Promise.resolve();
    this.#cancelTimer?.();
    const { part, holds, ports, needsPorts } = this.#parts;
    // A process that is gone for a moment comes back to the same ports; its flows are dropped meanwhile.
    if (needsPorts && ports() === undefined) return;
    while (!this.#stopped && this.#hasWork()) {
      const error = this.#isStale || !this.#isPlaced ? await this.#rebuild() : await this.#changeMembers();
      if (error !== undefined) {
        this.#isStale = true;
        this.#fail(error);
        return;
      }
      if (this.#isDisordered) {
        this.#isDisordered = false;
        if (!(await part.arrange(holds(), ports()))) this.#isStale = true;
      }
    }
    this.#retry.reset();
    this.#problem = undefined;
  }

  #hasWork(): boolean {
    return this.#isStale || this.#isDisordered || this.#steps.size > 0;
  }

  async #rebuild(): Promise<string | undefined> {
    const { part, holds, ports, clock } = this.#parts;
    this.#isStale = false;
    this.#steps.clear();
    const current = ports();
    const error = await part.rebuild(holds(), current);
    if (error !== undefined) return error;
    this.#isPlaced = true;
    this.#isDisordered = true;
    this.#builtSec = clock.nowSec();
    if (!this.#warnedOfObstacles) this.#warnOfObstacles(await part.obstacles());
    return undefined;
  }

  async #changeMembers(): Promise<string | undefined> {
    const steps = [...this.#steps];
    this.#steps.clear();
    for (const [hold, members] of steps) {
      const change: Record<Step, Member[]> = { add: [], renew: [], remove: [] };
      for (const [step, member] of members.values()) change[step].push(member);
      const error = await this.#parts.part.change(hold, change satisfies MemberChange);
      if (error !== undefined) {
        // Somebody else may have changed something of ours: made anew, it fits again.
        this.#isStale = true;
        return this.#rebuild();
      }
    }
    return undefined;
  }

  #later(): void {
    if (this.#stopped) return;
    this.#cancelTimer?.();
    const { clock, ports } = this.#parts;
    if (this.#hasWork() && this.#problem === undefined && ports() !== undefined) {
      this.#wake();
      return;
    }
    const waitSec = this.#problem === undefined ? glanceSec : this.#retry.nextSec();
    this.#cancelTimer = clock.after(waitSec, () => {
      if (clock.nowSec() - this.#builtSec > refreshSec) this.#isStale = true;
      this.arrange();
    });
  }

  #fail(error: string): void {
    if (this.#problem !== undefined) return;
    this.#problem = error;
    const { logger, tool } = this.#parts;
    logger.log(
      'ERROR',
      'fail2ban.actions',
      escapeControl(`The tarpit cannot make its rules with ${tool}, so bans drop: ${error}`),
    );
  }

  #warnOfObstacles(chains: readonly string[]): void {
    this.#warnedOfObstacles = true;
    if (chains.length === 0) return;
    this.#parts.logger.log(
      'WARNING',
      'fail2ban.actions',
      escapeControl(
        `What the tarpit is to hold may be dropped by ${chains.join(', ')}: a rule 'ct status dnat accept' there lets it through`,
      ),
    );
  }
}
