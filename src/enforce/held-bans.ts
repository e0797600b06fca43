import { type Clock, escapeControl, type Logger } from '../base/index.ts';
import type { Ban, Decision } from '../track/index.ts';
import type { Action } from './action.ts';
import { type HeldState, HeldTable } from './held-table.ts';
import type { BanItem, BansInForce, Outcome } from './types.ts';

export interface HeldBansParts {
  readonly jail: string;
  readonly action: Action;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly bansInForce: BansInForce;
  /** The id's ban comes from the database. */
  readonly isRestored: (id: string) => boolean;
  readonly onOutcome: (outcome: Outcome) => void;
}

const logger = 'fail2ban.actions';
/** Between two checks of an action that hits from banned sources ask for (FACTS 17). */
const recheckSec = 3;

/** The bans that one action has made, and the carrying out of decisions that change them. */
export class HeldBans {
  readonly #parts: HeldBansParts;
  readonly #action: Action;
  readonly #held = new HeldTable();
  #checkedSec = Number.NEGATIVE_INFINITY;
  #repaired = false;

  constructor(parts: HeldBansParts) {
    this.#parts = parts;
    this.#action = parts.action;
  }

  get size(): number {
    return this.#held.size;
  }

  /** What became of a ban here. */
  stateOf(id: string): HeldState | 'lost' | 'absent' {
    const state = this.#held.get(id)?.state ?? 'absent';
    return state === 'made' && this.isLost(id) ? 'lost' : state;
  }

  /** A repair has emptied the environment since the last call: what was in it has to be made again. */
  takeRepaired(): boolean {
    const repaired = this.#repaired && this.#action.traits().holdsState;
    this.#repaired = false;
    return repaired;
  }

  /** Asks the action what an earlier run left in force. */
  async adopt(): Promise<void> {
    if (!this.#action.traits().adopts) return;
    for (const id of await this.#action.adopt()) {
      if (this.#held.has(id)) continue;
      const ban = this.#unknownBan(id);
      this.#held.set(ban, { state: 'adopted', restored: true, losses: this.#action.lossesOf(ban) });
    }
  }

  /** The action's environment is a new one: nothing is made. */
  forget(): void {
    this.#held.clear();
  }

  /** Carries out decisions of one kind. */
  async carryOut(batch: readonly Decision[]): Promise<void> {
    const first = batch[0];
    if (first?.kind === 'ban') await this.#ban(batch);
    else if (first?.kind === 'unban') await this.#unban(batch.map(({ ban }) => ban));
    else if (first?.kind === 'prolong') await this.#prolong(batch);
    else for (const { ban } of batch) await this.#recheck(ban);
  }

  /**
   * Ends every ban of this action: at once where it can, else one by one. `stopping`: a broken environment is not
   * repaired for it.
   */
  async endAll(stopping: boolean): Promise<void> {
    if (await this.flush(stopping)) return;
    const ids = this.#held.ids();
    const { batchLimit } = this.#action.traits();
    for (let at = 0; at < ids.length; at += batchLimit) {
      await this.#unban(ids.slice(at, at + batchLimit).map((id) => this.#lastKnown(id)));
    }
  }

  /** Ends all bans at once, where the action can. Returns whether none is left. */
  async flush(stopping: boolean): Promise<boolean> {
    if (!this.#action.traits().flushes) return false;
    const { jail, logger: log, onOutcome } = this.#parts;
    const { name } = this.#action;
    log.log('NOTICE', logger, `[${jail}] Flush ticket(s) with ${name}`);
    const outcome = await this.#action.flush();
    onOutcome(outcome);
    if (!outcome.ok) {
      log.log('ERROR', logger, `Failed to flush bans in jail '${jail}' action '${name}': ${outcome.reason}`);
      log.log('INFO', logger, 'No flush occurred, do consistency check');
      const losses = this.#action.totalLosses();
      const checked = await this.#action.check(!stopping);
      onOutcome(checked);
      // A broken environment holds nothing, neither does a repaired one; a sane one still holds every ban.
      if (checked.ok && losses === this.#action.totalLosses()) return false;
    }
    this.#held.clear();
    return true;
  }

  /** The ids of which this action has not exactly what is in force: first what is too much, then what is missing. */
  differences(): string[] {
    const { bansInForce } = this.#parts;
    const ids = this.#held.ids().filter((id) => !bansInForce.has(id));
    for (const ban of bansInForce.list()) if (this.#isWanting(ban)) ids.push(ban.id);
    return ids;
  }

  /** What to do about such an id; undefined if nothing is any more. `asRestored`: as if all came from the database. */
  differenceOf(id: string, asRestored: boolean): Decision | undefined {
    const ban = this.#parts.bansInForce.get(id);
    if (ban === undefined) {
      return this.#held.has(id) ? { kind: 'unban', ban: this.#lastKnown(id), reason: 'expired' } : undefined;
    }
    if (this.#isMissing(ban)) {
      const origin = asRestored || this.#parts.isRestored(id) ? 'restore' : 'failure';
      return { kind: 'ban', ban, origin };
    }
    return this.#isWanting(ban) ? { kind: 'recheck', ban } : undefined;
  }

  /** A ban that this action should have in force, and has not. */
  isLost(id: string): boolean {
    const entry = this.#held.get(id);
    if (entry === undefined) return this.#parts.bansInForce.has(id);
    if (entry.state === 'skipped' || entry.state === 'adopted') return false;
    return entry.state === 'failed' || entry.losses !== this.#action.lossesOf(this.#lastKnown(id));
  }

  /** Makes a lost ban again. */
  async makeAgain(ban: Ban): Promise<void> {
    const { jail, logger: log } = this.#parts;
    log.log('NOTICE', logger, `[${jail}] Reban ${escapeControl(ban.id)}, action '${this.#action.name}'`);
    const restored = this.#held.get(ban.id)?.restored ?? this.#parts.isRestored(ban.id);
    await this.#make([{ ban, restored }], 'reban');
  }

  async #ban(batch: readonly Decision[]): Promise<void> {
    const fresh: BanItem[] = [];
    const known: BanItem[] = [];
    for (const decision of batch) {
      const { ban } = decision;
      const entry = this.#held.get(ban.id);
      const item = { ban, restored: decision.kind === 'ban' && decision.origin === 'restore' };
      if (item.restored && this.#action.traits().skipsRestored) this.#note(item, 'skipped');
      else if (entry === undefined || entry.state === 'skipped') fresh.push(item);
      else if (entry.state !== 'made' || entry.timeSec !== ban.timeSec) known.push(item);
    }
    await this.#make(fresh, 'ban');
    await this.#make(known, 'reban');
  }

  async #make(items: readonly BanItem[], step: 'ban' | 'reban'): Promise<void> {
    if (items.length === 0) return;
    const losses = this.#action.totalLosses();
    const outcomes = await this.#action[step](items);
    for (const [index, outcome] of outcomes.entries()) {
      const item = items[index];
      if (item === undefined) continue;
      this.#note(item, outcome.ok ? 'made' : 'failed');
      this.#report(outcome, item.ban);
    }
    if (losses !== this.#action.totalLosses()) this.#repaired = true;
  }

  async #unban(bans: readonly Ban[]): Promise<void> {
    const items: BanItem[] = [];
    for (const ban of bans) {
      const entry = this.#held.get(ban.id);
      if (entry === undefined) continue;
      const isSame = Number.isNaN(entry.timeSec) || entry.timeSec === ban.timeSec;
      items.push({ ban: isSame ? ban : this.#lastKnown(ban.id), restored: entry.restored });
      this.#held.delete(ban.id);
    }
    if (items.length === 0) return;
    const losses = this.#action.totalLosses();
    const outcomes = await this.#action.unban(items);
    for (const [index, outcome] of outcomes.entries()) this.#report(outcome, items[index]?.ban ?? bans[0]!);
    if (losses !== this.#action.totalLosses()) this.#repaired = true;
  }

  async #prolong(batch: readonly Decision[]): Promise<void> {
    const { prolongs, hasTimeouts, skipsRestored } = this.#action.traits();
    const items: BanItem[] = [];
    for (const decision of batch) {
      const entry = this.#held.get(decision.ban.id);
      if (decision.kind !== 'prolong' || entry === undefined) continue;
      this.#held.set(decision.ban, entry);
      const wanted = hasTimeouts || (prolongs && decision.cause === undefined);
      if (wanted && !(entry.restored && skipsRestored))
        items.push({ ban: decision.ban, restored: entry.restored });
    }
    if (items.length === 0) return;
    const outcomes = await this.#action.prolong(items);
    for (const [index, outcome] of outcomes.entries())
      this.#report(outcome, items[index]?.ban ?? items[0]!.ban);
  }

  /** Hits go on from a banned source: is everything still there? */
  async #recheck(ban: Ban): Promise<void> {
    if (!this.#parts.bansInForce.has(ban.id)) return;
    if (!this.isLost(ban.id)) {
      const nowSec = this.#parts.clock.nowSec();
      if (Math.abs(nowSec - this.#checkedSec) < recheckSec) return;
      this.#checkedSec = nowSec;
      const losses = this.#action.totalLosses();
      this.#parts.onOutcome(await this.#action.check(true));
      if (losses === this.#action.totalLosses()) {
        await this.#action.hitsGoOn?.(ban);
        return;
      }
      this.#repaired = true;
    }
    if (this.isLost(ban.id)) await this.makeAgain(ban);
  }

  #note(item: BanItem, state: HeldState): void {
    const { ban, restored } = item;
    this.#held.set(ban, { state, restored, losses: this.#action.lossesOf(ban) });
  }

  /** It should be made, since this action does not have it, or has an earlier one of the same id. */
  #isMissing(ban: Ban): boolean {
    const entry = this.#held.get(ban.id);
    return entry === undefined || entry.state === 'adopted' || entry.timeSec !== ban.timeSec;
  }

  #isWanting(ban: Ban): boolean {
    return this.#isMissing(ban) || (this.#held.get(ban.id)?.state === 'made' && this.isLost(ban.id));
  }

  /** The ban as this action made it: with its matches as long as it is in force. */
  #lastKnown(id: string): Ban {
    const known = this.#held.banOf(id, this.#parts.jail);
    if (known === undefined) return this.#unknownBan(id);
    const inForce = this.#parts.bansInForce.get(id);
    return inForce?.timeSec === known.timeSec ? inForce : known;
  }

  /** A ban that only the firewall told of. */
  #unknownBan(id: string): Ban {
    const { jail, clock } = this.#parts;
    const timeSec = clock.nowSec();
    return { jail, id, timeSec, banTimeSec: 0, banCount: 0, failures: 0, matches: [], fields: {} };
  }

  #report(outcome: Outcome, ban: Ban): void {
    this.#parts.onOutcome(outcome);
    if (outcome.ok) return;
    const { jail, logger: log } = this.#parts;
    // fail2ban calls a prolonging a ban here.
    const step = outcome.step === 'prolong' ? 'ban' : outcome.step;
    const id = escapeControl(ban.id);
    const info = `ActionInfo({'ip': '${id}', 'fid': '${id}'})`;
    const what = `Failed to execute ${step} jail '${jail}' action '${this.#action.name}' info '${info}'`;
    log.log('ERROR', logger, `${what}: ${escapeControl(outcome.reason ?? '')}`);
  }
}
