import type { Logger } from '../../base/index.ts';
import type { Ban } from '../../track/index.ts';
import type { Action, ActionTraits } from '../action.ts';
import type { ActionProperties } from '../action-properties.ts';
import type { BanItem, Outcome } from '../types.ts';
import { memberOf } from './member.ts';
import { type Scope, scopeOf } from './scope.ts';
import type { Tarpit, TarpitHold } from './tarpit.ts';

export interface TarpitActionParts {
  readonly jail: string;
  /** What bans; where TARPIT is asked for it drops. */
  readonly inner: Action;
  readonly tarpit: Tarpit;
  readonly logger: Logger;
}

/**
 * An action whose bans may be held by the tarpit. The inner action, of whatever kind, makes the ban first, as a drop; the
 * tarpit takes new flows of the banned aside before they meet it. Without `blocktype = TARPIT` it is the inner action.
 */
export class TarpitAction implements Action {
  readonly engine?: string;
  readonly #parts: TarpitActionParts;
  readonly #inner: Action;
  #held: { readonly hold: TarpitHold; readonly scope: string } | undefined;
  #warned = false;

  constructor(parts: TarpitActionParts) {
    this.#parts = parts;
    this.#inner = parts.inner;
    if (parts.inner.engine !== undefined) this.engine = parts.inner.engine;
  }

  get name(): string {
    return this.#inner.name;
  }

  get properties(): ActionProperties {
    return this.#inner.properties;
  }

  /** The kernel's timeouts of the tarpit follow every change of a ban's end. */
  traits(): ActionTraits {
    const traits = this.#inner.traits();
    return this.#held === undefined ? traits : { ...traits, hasTimeouts: true };
  }

  async adopt(): Promise<readonly string[]> {
    const ids = await this.#inner.adopt();
    if (ids.length > 0 && !this.#isAsked) await this.#clearRests();
    return ids;
  }

  async clearLeftovers(): Promise<void> {
    if (!this.#isAsked) await this.#clearRests();
    await this.#inner.clearLeftovers();
  }

  async start(): Promise<Outcome> {
    const outcome = await this.#inner.start();
    this.#ready()?.arrange();
    return outcome;
  }

  ban(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    return this.#ban(bans, 'ban');
  }

  reban(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    return this.#ban(bans, 'reban');
  }

  async unban(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    this.#held?.hold.remove(addressesOf(bans));
    const outcomes = await this.#inner.unban(bans);
    await this.#held?.hold.settled();
    return outcomes;
  }

  async prolong(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    const { hasTimeouts, prolongs } = this.#inner.traits();
    const outcomes =
      hasTimeouts || prolongs
        ? await this.#inner.prolong(bans)
        : bans.map((item): Outcome => this.#fine('prolong', item));
    this.#take(bans, outcomes, false);
    return outcomes;
  }

  async flush(): Promise<Outcome> {
    const hold = this.#held?.hold;
    hold?.remove([...hold.hold.members.keys()]);
    const outcome = await this.#inner.flush();
    hold?.arrange();
    await hold?.settled();
    return outcome;
  }

  async reload(): Promise<Outcome> {
    const outcome = await this.#inner.reload();
    this.#ready()?.arrange();
    return outcome;
  }

  async check(mayRepair: boolean): Promise<Outcome> {
    const outcome = await this.#inner.check(mayRepair);
    this.#held?.hold.arrange();
    return outcome;
  }

  async stop(): Promise<Outcome> {
    // Before the ban: rules of ours in its chains would be in the way.
    await this.#letGo();
    return this.#inner.stop();
  }

  leave(): void {
    this.#inner.leave?.();
  }

  async hitsGoOn(ban: Ban): Promise<void> {
    await this.#inner.hitsGoOn?.(ban);
  }

  lossesOf(ban: Ban): number {
    return this.#inner.lossesOf(ban);
  }

  totalLosses(): number {
    return this.#inner.totalLosses();
  }

  get #isAsked(): boolean {
    return this.properties.texts().tarpit;
  }

  async #ban(bans: readonly BanItem[], step: 'ban' | 'reban'): Promise<readonly Outcome[]> {
    const outcomes = await this.#inner[step](bans);
    const isNew = this.#held === undefined;
    const hold = this.#ready();
    this.#take(bans, outcomes, step === 'ban');
    // An action that starts with its first ban has just put its rules on top.
    if (isNew || hold?.hold.members.size === bans.length || step === 'reban') hold?.arrange();
    return outcomes;
  }

  /** Who could not be banned is not held either. */
  #take(bans: readonly BanItem[], outcomes: readonly Outcome[], fresh: boolean): void {
    const hold = this.#ready();
    if (hold === undefined) return;
    for (const [index, item] of bans.entries()) {
      const member = memberOf(item);
      if (member !== undefined && outcomes[index]?.ok === true) hold.add(member, fresh && !item.restored);
    }
  }

  /** The hold as the properties want it now; undefined where they want none. */
  #ready(): TarpitHold | undefined {
    const { jail, tarpit } = this.#parts;
    const scope = this.#isAsked ? scopeOf(this.name, this.properties, tarpit.services) : undefined;
    const key = JSON.stringify(scope ?? null);
    if (this.#held?.scope === key) return this.#held.hold;
    if (this.#held === undefined && scope === undefined) return this.#warn();
    const members = [...(this.#held?.hold.hold.members.values() ?? [])];
    void this.#letGo();
    if (scope === undefined) return this.#warn();
    this.#held = { hold: tarpit.hold(jail, scope), scope: key };
    for (const member of members) this.#held.hold.add(member, false);
    return this.#held.hold;
  }

  async #letGo(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    await held?.hold.end();
  }

  async #clearRests(): Promise<void> {
    const { properties } = this.properties.texts();
    const tool: Scope['tool'] = properties.has('nftables') ? 'nft' : 'iptables';
    await this.#parts.tarpit.clearRests(tool);
  }

  #fine(step: Outcome['step'], item: BanItem): Outcome {
    return { jail: this.#parts.jail, action: this.name, step, id: item.ban.id, ok: true, durationMs: 0 };
  }

  #warn(): undefined {
    if (this.#warned || !this.#isAsked) return undefined;
    this.#warned = true;
    this.#parts.logger.log(
      'WARNING',
      'fail2ban.actions',
      `[${this.#parts.jail}] blocktype TARPIT holds nothing for action ${this.name}, which bans no TCP port: it drops instead`,
    );
    return undefined;
  }
}

function addressesOf(bans: readonly BanItem[]): string[] {
  return bans.flatMap((item) => memberOf(item)?.ip.text ?? []);
}
