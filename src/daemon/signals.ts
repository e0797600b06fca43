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

/** Listens to the signals that fail2ban's server knows, and SIGHUP. Returns how to stop listening. */
export function listenToSignals(handlers: SignalHandlers, source: SignalSource = process): () => void {
  let stops = 0;
  const stop = (): void => {
    stops += 1;
    if (stops === 1) handlers.stop();
    else handlers.stopNow();
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
