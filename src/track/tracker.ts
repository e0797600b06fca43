import type { Failure } from '../detect/index.ts';
import { BanKeeper } from './ban-keeper.ts';
import { BansView } from './bans-view.ts';
import { canonical } from './canonical.ts';
import { Escalation } from './escalation.ts';
import { type IgnoreList, isListed } from './ignore-list.ts';
import { increaseOf } from './increase.ts';
import { FailureIntake, type Ignored } from './intake.ts';
import { Ledger } from './ledger.ts';
import { defaultLimits, type TrackerOptions } from './tracker-options.ts';
import type {
  Ban,
  BanOrigin,
  FailureCount,
  TrackChanges,
  TrackMemory,
  TrackSettings,
  TrackStatus,
  UnbanResult,
} from './types.ts';
import { Unbanning } from './unbanning.ts';
import { UndecidedFailures } from './undecided.ts';

/** Counts of so many ids are not to wait for more. */
const manyChanges = 2000;

/** A count or a ban by hand, on its way into the book. */
type Ticket = Pick<Ban, 'id' | 'timeSec' | 'failures' | 'matches' | 'fields'>;

/** One jail's failures and bans: takes failures, gives decisions. The only owner of the jail's bans. */
export class JailTracker {
  readonly inForce: BansView;
  readonly #options: TrackerOptions;
  readonly #ledger = new Ledger();
  readonly #intake: FailureIntake;
  readonly #undecided: UndecidedFailures;
  readonly #keeper: BanKeeper;
  readonly #unbanning: Unbanning;
  readonly #escalation = new Escalation();
  #settings: TrackSettings;
  #stopped = false;

  constructor(options: TrackerOptions) {
    const { settings, clock, logger, resolver, ownAddresses, onDecisions, matchMemory } = options;
    const { maxTracked, maxBans, maxUndecided } = { ...defaultLimits, ...options.limits };
    const ledger = this.#ledger;
    const { jail } = settings;
    this.#options = options;
    this.#settings = settings;
    this.#keeper = new BanKeeper({ jail, clock, logger, ledger, onDecisions, maxBans, matchMemory });
    this.inForce = new BansView(this.#keeper.book);
    this.#intake = new FailureIntake({
      settings,
      clock,
      logger,
      resolver,
      ownAddresses,
      maxTracked,
      matchMemory,
      earlierBans: (id) => options.earlierBans?.(id, false),
      onReached: (count) => this.#banCounted(count),
      onFound: options.onFound,
      onIgnored: options.onIgnored,
    });
    this.#unbanning = new Unbanning({
      jail,
      logger,
      keeper: this.#keeper,
      ledger,
      resolver,
      onForget: (id) => this.#escalation.forget(id, this.#settings),
    });
    this.#undecided = new UndecidedFailures({
      jail,
      clock,
      logger,
      ledger,
      resolver,
      ignoreCheck: options.ignoreCheck,
      maxWaiting: maxUndecided,
      settings: () => this.#settings,
      judge: (failure) => this.#intake.judge(failure),
      ready: () => this.#intake.ignoreList.ready(),
      decide: (failure, ignored) => this.#decideLate(failure, ignored),
    });
  }

  get settings(): TrackSettings {
    return this.#settings;
  }

  /**
   * Counts failures, in order. Decisions follow within this call, except for failures that wait for a lookup or the
   * ignore command; those count when the answer is there.
   */
  observe(failures: readonly Failure[]): void {
    if (this.#stopped) return;
    const nowSec = this.#options.clock.nowSec();
    this.#keeper.expire();
    const askAlways = this.#undecided.asksAlways;
    for (const failure of failures) {
      const verdict = failure.unresolved ? 'unready' : this.#intake.judge(failure);
      if (verdict === 'no' && !askAlways) this.#intake.accept(failure, nowSec);
      else if (verdict === 'no' || verdict === 'unready') this.#undecided.park(failure);
      else this.#intake.refuse(failure.id, verdict);
    }
    this.#intake.tidy(nowSec);
    this.#keeper.flush();
  }

  /** `set <jail> attempt <id> [match…]`: counts by hand, without asking the ignore lists. One match is one failure. */
  attempt(id: string, matches: readonly string[]): void {
    if (this.#stopped) return;
    this.#keeper.expire();
    this.#intake.attempt(canonical(id), matches);
    this.#intake.tidy(this.#options.clock.nowSec());
    this.#keeper.flush();
  }

  /** `set <jail> banip <id>…`: bans at once, addresses, networks or other ids. Returns how many are newly banned. */
  ban(ids: readonly string[]): number {
    if (this.#stopped) return 0;
    const timeSec = this.#options.clock.nowSec();
    this.#keeper.expire();
    const ticket = { timeSec, failures: 0, matches: [], fields: {} };
    const count = ids.filter((id) => this.#ban({ ...ticket, id: canonical(id) }, 'manual')).length;
    this.#keeper.flush();
    return count;
  }

  /**
   * `set <jail> unbanip <id>…`: ends bans and deletes their history. A network ends every ban within it, a host name
   * those of its addresses, an address also that of a network around it, unless that was banned by hand. What needs no lookup ends at once, within the call. Never rejects: what was not banned is
   * returned.
   */
  unban(ids: readonly string[]): Promise<UnbanResult> {
    return this.#unbanning.unban(ids);
  }

  /** `unban --all`: ends every ban of the jail and deletes its history. Returns how many. */
  unbanAll(): number {
    this.#ledger.forgetAll();
    this.#escalation.forgetAll();
    const count = this.#keeper.unbanAll('manual');
    this.#keeper.flush();
    return count;
  }

  /** Takes over new settings; counts and bans stay. Bans that have the jail's ban time get the new one. */
  update(settings: TrackSettings): void {
    const old = this.#settings;
    this.#settings = settings;
    this.#intake.configure(settings);
    if (old.banTimeSec !== settings.banTimeSec) this.#keeper.setBanTime(settings.banTimeSec);
    this.#keeper.expire();
    this.#keeper.flush();
  }

  /**
   * Takes back what the jail knew when it last ran; call it once, before the first failure. Bans of ids that are
   * ignored today stay away. Settles when the bans are decided: at once, unless host names of `ignoreip` must be
   * looked up first. Never rejects.
   */
  async restore(memory: TrackMemory): Promise<void> {
    this.#intake.counter.restore(memory.counts);
    this.#intake.tidy(this.#options.clock.nowSec());
    this.#undecided.restore(memory.parked);
    if (memory.bans.length > 0) await this.#intake.ignoreList.ready();
    if (this.#stopped) return;
    for (const ban of memory.bans) this.#restoreBan(ban);
    this.#keeper.flush();
  }

  /**
   * Ends the work. With `unban` every ban ends in the firewall (they stay in the database); without, they are left in
   * force for the next start. Counts stay in the database in any case.
   */
  stop(options: { readonly unban: boolean }): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#undecided.stop();
    this.#intake.stop();
    if (options.unban) this.#keeper.unbanAll('stop');
    this.#keeper.flush();
    this.#keeper.stop();
  }

  /** The last ban of an id that the database was not told of yet; null: it is to forget the id. */
  unsavedBan(id: string): Ban | null | undefined {
    return this.#ledger.outcomeOf(id);
  }

  /** Whether `takeChanges` has something to say. */
  get hasChanges(): boolean {
    return !this.#ledger.isEmpty || this.#intake.counter.changeCount > 0;
  }

  /** Whether there are bans, unbans or waiting failures among it, or so many counts that writing them takes a while. */
  get isUrgent(): boolean {
    return !this.#ledger.isEmpty || this.#intake.counter.changeCount >= manyChanges;
  }

  /** What changed since the last call, for the database. */
  takeChanges(): TrackChanges {
    return { jail: this.#settings.jail, ...this.#ledger.take(), ...this.#intake.counter.takeChanges() };
  }

  /** Everything that is known now, as if all of it had just changed; for a database that had to be made anew. */
  snapshot(): TrackChanges {
    return {
      jail: this.#settings.jail,
      records: this.#keeper.book.bans().map((ban) => ({ kind: 'ban', ban })),
      counts: this.#intake.counter.snapshot(),
      dropped: [],
      parked: this.#undecided.snapshot(),
      settled: [],
    };
  }

  status(): TrackStatus {
    const { book } = this.#keeper;
    const { counter } = this.#intake;
    return {
      currentlyFailed: counter.size,
      totalFailed: counter.total,
      currentlyBanned: book.size,
      totalBanned: book.total,
    };
  }

  /** The bans in force, in the order in which they were made. */
  bans(): readonly Ban[] {
    return this.#keeper.book.bans();
  }

  /** What is counted against an id, or against its network where the jail bans by network. */
  countOf(id: string): FailureCount | undefined {
    return this.#intake.counter.get(this.#intake.countedId({ id: canonical(id), fields: {} }));
  }

  /** Who is never banned by a log line, by canonical ids. */
  get ignoreList(): Pick<IgnoreList, 'check' | 'entryFor'> {
    return this.#intake.ignoreList;
  }

  /** Settles when no failure waits for a lookup or the ignore command. */
  whenDecided(): Promise<void> {
    return this.#undecided.whenEmpty();
  }

  #decideLate(failure: Failure, ignored: Ignored | undefined): void {
    this.#keeper.expire();
    const nowSec = this.#options.clock.nowSec();
    if (ignored === undefined) this.#intake.accept(failure, nowSec);
    else this.#intake.refuse(failure.id, ignored);
    this.#intake.tidy(nowSec);
    this.#keeper.flush();
  }

  /** Bans who has failed too often, and their network when enough of its addresses were banned. */
  #banCounted(count: FailureCount): void {
    if (!this.#ban(count, 'failure')) return;
    const escalated = this.#escalation.note(count, this.#settings);
    if (escalated === undefined) return;
    const { network, addresses, failures } = escalated;
    if (this.inForce.holderOf(network) !== undefined) return;
    const mayBan = this.#intake.mayBan(network);
    const why = mayBan ? '' : ', but holds an address of this host, its gateway or one of ignoreip';
    const { jail } = this.#settings;
    this.#options.logger.log(
      'INFO',
      'fail2ban.observer',
      `[${jail}] Net ${network} is bad: ${addresses} addresses banned${why}`,
    );
    if (mayBan) this.#ban({ ...count, id: network, failures }, 'failure');
  }

  #ban(ticket: Ticket, origin: BanOrigin): boolean {
    const { jail, banTimeSec } = this.#settings;
    const { id, timeSec, failures, matches, fields } = ticket;
    const increase = increaseOf(this.#settings, (overall) => this.#options.earlierBans?.(id, overall));
    const banCount = (increase?.earlier.banCount ?? 0) + 1;
    const byHand = origin === 'manual' ? { byHand: true } : {};
    const ban = { jail, id, timeSec, banTimeSec, banCount, failures, matches, fields, ...byHand };
    return this.#keeper.ban(ban, origin, increase === undefined, increase);
  }

  /** Only fail2ban's own rules hold here: a network that was banned by hand comes back, however wide. */
  #restoreBan(ban: Ban): void {
    const verdict = this.#intake.ignoreList.check(ban.id);
    if (isListed(verdict)) {
      this.#intake.refuse(ban.id, verdict);
      return;
    }
    // Too few of them to ban a network that was not banned; but with the next one they may be enough.
    const isBack = this.#keeper.ban(ban, 'restore', false);
    if (isBack && ban.byHand !== true) this.#escalation.note(ban, this.#settings);
  }
}
