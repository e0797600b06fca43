import { type Clock, systemClock } from '../base/index.ts';

/** What signals ask of the daemon. */
export interface SignalHandlers {
  /** SIGTERM, SIGINT: end. The second one does not wait any longer. */
  readonly stop: () => void;
  readonly stopNow: () => void;
  /** SIGHUP. */
  readonly reload: () => void;
  /** SIGUSR1. */
  readonly flushLogs: () => void;
}

/** Where signals come from; `process`, or a test's own. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

/** Ctrl-C under npm comes twice: from the terminal to the whole group, and passed on by npm. That is one wish. */
const sameWishSec = 1;

/** Listens to the signals that fail2ban's server knows, and SIGHUP. Returns how to stop listening. */
export function listenToSignals(
  handlers: SignalHandlers,
  source: SignalSource = process,
  clock: Clock = systemClock,
): () => void {
  let firstSec: number | undefined;
  const stop = (): void => {
    if (firstSec === undefined) {
      firstSec = clock.nowSec();
      handlers.stop();
    } else if (clock.nowSec() - firstSec >= sameWishSec) handlers.stopNow();
  };
  const listeners: readonly [NodeJS.Signals, () => void][] = [
    ['SIGTERM', stop],
    ['SIGINT', stop],
    ['SIGHUP', handlers.reload],
    ['SIGUSR1', handlers.flushLogs],
  ];
  for (const [signal, listener] of listeners) source.on(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) source.off(signal, listener);
  };
}
