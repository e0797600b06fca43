import type { ControlEvent, EventHub } from '../control/index.ts';
import type { DetectionEvent, Failure } from '../detect/index.ts';
import type { Outcome } from '../enforce/index.ts';
import type { Ban, Decision } from '../track/index.ts';

/** A line may be as long as an attacker likes; an event is for looking at. */
const mostMatches = 10;
const longestMatch = 1000;

/** Turns what the stages say into the events of the live stream. Costs nothing while nobody watches. */
export class EventSource {
  readonly #hub: EventHub;
  readonly #nowSec: () => number;
  /** Logs that a jail cannot read at the moment, so that only they recover. */
  readonly #troubled = new Map<string, Set<string>>();

  constructor(hub: EventHub, nowSec: () => number) {
    this.#hub = hub;
    this.#nowSec = nowSec;
  }

  /** A failure that counts. */
  found(failure: Failure): void {
    this.#hub.publish(() => ({
      type: 'found',
      jail: failure.jail,
      timeSec: Math.min(failure.timeSec, this.#nowSec()),
      id: failure.id,
      failures: failure.attempts,
      ...(failure.rule === undefined ? {} : { rule: failure.rule }),
      matches: capped(failure.lines),
    }));
  }

  decided(decisions: readonly Decision[]): void {
    for (const decision of decisions) {
      if (decision.kind !== 'recheck') this.#hub.publish(() => eventOf(decision, this.#nowSec()));
    }
  }

  /** What became of a step of an action; only failures are told. */
  enforced(outcome: Outcome): void {
    if (outcome.ok) return;
    this.#hub.publish(() => ({
      type: 'error',
      jail: outcome.jail,
      timeSec: this.#nowSec(),
      action: outcome.action,
      step: outcome.step,
      ...(outcome.id === undefined ? {} : { id: outcome.id }),
      message: [outcome.reason ?? `${outcome.step} failed`, outcome.error]
        .filter((part) => part !== undefined && part !== '')
        .join(': '),
    }));
  }

  detection(event: DetectionEvent): void {
    if (event.kind === 'idle') this.jail('degraded', event.jail, 'too many errors: it stopped itself');
    else if (event.kind === 'rule suspended') {
      this.jail('degraded', event.jail, `${event.rule} holds lines too long and was suspended`);
    } else this.#log(event);
  }

  jail(type: 'degraded' | 'recovered' | 'started' | 'stopped', jail: string, message = ''): void {
    if (type === 'stopped') this.#troubled.delete(jail);
    this.#hub.publish(() => ({ type, jail, timeSec: this.#nowSec(), message }));
  }

  #log({ jail, path, state, reason }: Extract<DetectionEvent, { kind: 'log' }>): void {
    const name = path ?? 'the journal';
    const troubled = this.#troubled.get(jail) ?? new Set<string>();
    const isWell = state === 'reading';
    if (isWell && !troubled.delete(name)) return;
    if (!isWell) this.#troubled.set(jail, troubled.add(name));
    const because = reason === '' ? '' : ` (${reason})`;
    this.jail(isWell ? 'recovered' : 'degraded', jail, `${name}: ${state}${because}`);
  }
}

function eventOf(decision: Exclude<Decision, { kind: 'recheck' }>, timeSec: number): ControlEvent {
  const { jail, id, banTimeSec, timeSec: sinceSec } = decision.ban;
  if (decision.kind === 'unban') {
    const cause = ({ expired: 'expired', manual: 'by hand', stop: 'jail stops' } as const)[decision.reason];
    return { type: 'unban', jail, timeSec, id, sinceSec, banTimeSec, cause };
  }
  const details = banDetails(decision.ban);
  if (decision.kind === 'prolong') {
    return { type: 'increase', jail, timeSec, ...details, cause: decision.cause ?? 'increment' };
  }
  const isByHand = decision.origin === 'manual' || decision.ban.byHand === true;
  const type = decision.origin === 'restore' ? 'restore' : 'ban';
  return { type, jail, timeSec, ...details, cause: isByHand ? 'by hand' : 'failures' };
}

function banDetails({ id, timeSec, banTimeSec, banCount, failures, matches }: Ban) {
  return { id, sinceSec: timeSec, banTimeSec, banCount, failures, matches: capped(matches) };
}

/** The newest lines, each cut to a length that suits a screen. */
function capped(lines: readonly string[]): string[] {
  return lines
    .slice(-mostMatches)
    .map((line) => (line.length <= longestMatch ? line : `${line.slice(0, longestMatch)}…`));
}
