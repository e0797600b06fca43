const graceMs = 5000;

/**
 * For a program whose work is done: ends the process if something forgotten (a child, a socket) still keeps it alive after
 * some seconds. Whoever waits for the end of the daemon, such as a restart, must not wait for ever.
 */
export function endSoon(exitCode: number): void {
  process.exitCode = exitCode;
  setTimeout(() => process.exit(), graceMs).unref();
}
