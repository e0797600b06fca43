import type { DetectionBatch, Failure } from '../detect/index.ts';
import type { Outcome } from '../enforce/index.ts';
import type { BanOrigin, Decision, UnbanReason } from '../track/index.ts';
import {
  type ActionFigures,
  actionBoundsSec,
  dropBoundsSec,
  Histogram,
  type JailFigures,
} from '../web/index.ts';
import { RecentMap } from './recent-map.ts';

/** What is counted of one jail. */
interface JailCounts {
  lines: number;
  bytes: number;
  failures: number;
  readonly matches: Map<number, number>;
  readonly bans: Record<BanOrigin, number>;
  readonly unbans: Record<UnbanReason, number>;
  readonly dropSec: Histogram;
}

interface StepCounts {
  readonly jail: string;
  readonly action: string;
  readonly step: string;
  errors: number;
  readonly durationSec: Histogram;
}

/** The part of a jail's figures that is counted here. */
export type CountedFigures = Pick<
  JailFigures,
  'lines' | 'bytes' | 'matches' | 'failures' | 'bans' | 'unbans' | 'dropSec'
>;

/** Names come from the configuration; who changes it all day does not fill the memory. */
const mostJails = 1000;
const mostSteps = 10_000;
const mostRules = 500;
/** Bans on their way whose time is taken. */
const mostOnTheWay = 10_000;

/** Counts what the stages do, for the metrics. Each call takes about a microsecond. */
export class Counters {
  readonly #nowSec: () => number;
  readonly #jails = new Map<string, JailCounts>();
  readonly #steps = new Map<string, StepCounts>();
  /** By jail and id: when the line behind a ban was read. */
  readonly #onTheWay = new RecentMap<number>(mostOnTheWay);
  #readSec: number | undefined;

  constructor(nowSec: () => number) {
    this.#nowSec = nowSec;
  }

  /** A batch of the worker, before it is counted. */
  batch({ failures, lines, readSec }: DetectionBatch): void {
    this.#readSec = readSec;
    for (const read of lines ?? []) {
      const counts = this.#jail(read.jail);
      counts.lines += read.lines;
      counts.bytes += read.bytes;
    }
    for (const { jail, rule = -1 } of failures) {
      const { matches } = this.#jail(jail);
      const before = matches.get(rule);
      if (before !== undefined || matches.size < mostRules) matches.set(rule, (before ?? 0) + 1);
    }
  }

  /** The batch is counted; decisions that come now have waited for something else. */
  batchDone(): void {
    this.#readSec = undefined;
  }

  /** A failure that counts. */
  found({ jail, attempts }: Failure): void {
    this.#jail(jail).failures += attempts;
  }

  decided(decisions: readonly Decision[]): void {
    for (const decision of decisions) {
      const { jail, id } = decision.ban;
      if (decision.kind === 'ban') this.#banned(jail, id, decision.origin);
      else if (decision.kind === 'unban') this.#jail(jail).unbans[decision.reason] += 1;
    }
  }

  enforced({ jail, action, step, ok, queued, durationMs, id }: Outcome): void {
    if (queued === true) return;
    const counts = this.#step(jail, action, step);
    if (counts === undefined) return;
    if (!ok) counts.errors += 1;
    counts.durationSec.observe(durationMs / 1000);
    if (ok && step === 'ban' && id !== undefined) this.#dropped(jail, id);
  }

  jail(jail: string): CountedFigures {
    const { lines, bytes, failures, matches, bans, unbans, dropSec } = this.#jail(jail);
    return { lines, bytes, failures, matches: [...matches], bans, unbans, dropSec: dropSec.figures() };
  }

  actions(): readonly ActionFigures[] {
    return Array.from(this.#steps.values(), (step) => ({ ...step, durationSec: step.durationSec.figures() }));
  }

  #banned(jail: string, id: string, origin: BanOrigin): void {
    this.#jail(jail).bans[origin] += 1;
    if (origin !== 'failure' || this.#readSec === undefined) return;
    this.#onTheWay.set(`${jail}\0${id}`, this.#readSec);
  }

  #dropped(jail: string, id: string): void {
    const key = `${jail}\0${id}`;
    const readSec = this.#onTheWay.get(key);
    if (readSec === undefined) return;
    this.#onTheWay.delete(key);
    this.#jail(jail).dropSec.observe(this.#nowSec() - readSec);
  }

  #jail(name: string): JailCounts {
    const known = this.#jails.get(name);
    if (known !== undefined) return known;
    if (this.#jails.size >= mostJails) this.#jails.delete(this.#jails.keys().next().value ?? '');
    const counts: JailCounts = {
      lines: 0,
      bytes: 0,
      failures: 0,
      matches: new Map(),
      bans: { failure: 0, manual: 0, restore: 0 },
      unbans: { expired: 0, manual: 0, stop: 0 },
      dropSec: new Histogram(dropBoundsSec),
    };
    this.#jails.set(name, counts);
    return counts;
  }

  #step(jail: string, action: string, step: string): StepCounts | undefined {
    const key = `${jail}\0${action}\0${step}`;
    const known = this.#steps.get(key);
    if (known !== undefined || this.#steps.size >= mostSteps) return known;
    const counts = { jail, action, step, errors: 0, durationSec: new Histogram(actionBoundsSec) };
    this.#steps.set(key, counts);
    return counts;
  }
}
