import { execFile } from 'node:child_process';

/** What the daemon is at, as systemd is told of it. */
export type ServiceState = 'running' | 'reloading' | 'stopping';

/** What a test gives instead of the real things. */
export interface ServiceManagerParts {
  readonly environment: NodeJS.ProcessEnv;
  /** Sends one message; one that fails is left out. */
  send(fields: readonly string[], environment: NodeJS.ProcessEnv): Promise<void>;
  /** The clock that systemd compares with (CLOCK_MONOTONIC), in microseconds. */
  monotonicUsec(): bigint;
}

const sendTimeoutMs = 10_000;

/**
 * Tells systemd how we are (sd_notify(3)), where it wants to know: ready, reloading, stopping, and at intervals that the main
 * thread is alive. A unit needs `NotifyAccess=all`, since a program sends it for us: Node.js has no datagrams of that kind.
 */
export class ServiceManager {
  readonly #parts: ServiceManagerParts;
  #sending: Promise<void> = Promise.resolve();
  #pulse: NodeJS.Timeout | undefined;

  constructor(parts: Partial<ServiceManagerParts> = {}) {
    this.#parts = {
      environment: process.env,
      send: sendByProgram,
      monotonicUsec: () => process.hrtime.bigint() / 1000n,
      ...parts,
    };
  }

  /** `status` is a sentence for `systemctl status`. */
  tell(state: ServiceState, status: string): void {
    if (state === 'running') {
      this.#send('READY=1', `STATUS=${status}`);
      this.#startPulse();
    } else if (state === 'reloading') {
      this.#send('RELOADING=1', `MONOTONIC_USEC=${this.#parts.monotonicUsec()}`, `STATUS=${status}`);
    } else this.#send('STOPPING=1', `STATUS=${status}`);
  }

  /** Waits for what was told last, so that it is not lost with the process. */
  async stop(): Promise<void> {
    clearInterval(this.#pulse);
    await this.#sending;
  }

  /** Twice as often as it is waited for. */
  #startPulse(): void {
    const { WATCHDOG_USEC, WATCHDOG_PID } = this.#parts.environment;
    const intervalMs = Number(WATCHDOG_USEC) / 1000 / 2;
    const isForUs = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === process.pid;
    if (this.#pulse !== undefined || !(intervalMs > 0) || !isForUs) return;
    this.#pulse = setInterval(() => this.#send('WATCHDOG=1'), intervalMs);
    this.#pulse.unref();
  }

  /** One after the other, so that they arrive in their order. */
  #send(...fields: string[]): void {
    const { environment, send } = this.#parts;
    if (environment.NOTIFY_SOCKET === undefined) return;
    // One that fails, as where there is no memory for a process, must not keep back the signs of life after it.
    this.#sending = this.#sending.then(() => send(fields, environment)).catch(() => undefined);
  }
}

function sendByProgram(fields: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  const { NOTIFY_SOCKET, PATH } = environment;
  return new Promise((resolve) => {
    // Where it cannot be sent, systemd says by itself that nothing came.
    execFile(
      'systemd-notify',
      [...fields],
      { env: { NOTIFY_SOCKET, PATH: `${PATH ?? ''}:/usr/bin:/bin` }, timeout: sendTimeoutMs },
      () => resolve(),
    );
  });
}
