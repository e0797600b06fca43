import { appendFileSync } from 'node:fs';
import { ended, start } from './children.ts';
import { startGuard } from './guard.ts';
import { failedPassword, LoginLog } from './log-file.ts';
import type { StageOptions } from './set-stage.ts';
import { addresses, type Stage } from './stage.ts';

/**
 * For machines on which nothing can be blocked without touching them: a daemon that only observes, and a log into which the
 * lines of an attack are written one by one. Throws `DEMO_STAGE`.
 */
export async function setObservedStage(options: StageOptions): Promise<Stage> {
  const { folder, onLogLine, onEnd, maxRetry, banTimeSec } = options;
  const log = new LoginLog(`${folder}/auth.log`, onLogLine);
  appendFileSync(log.path, '');
  const guard = await startGuard(
    { folder, loginLog: log.path, maxRetry, banTimeSec, firewall: 'observe' },
    (command, args, spawnOptions) => {
      const child = start('sh', ['-c', leash, command, ...args], spawnOptions);
      onEnd(async () => {
        child.stdin?.destroy();
        await ended(child, 5000);
      });
      return child;
    },
  );
  let port = 40_000;
  return {
    socketPath: guard.socketPath,
    described: [
      `nothing is blocked: the lines of an attack by ${addresses.attacker} are replayed, and Warder only observes`,
      `${maxRetry} failures would be a ban of ${banTimeSec} s (sshd), the second ban one of 1 h on all ports (recidive)`,
    ],
    network: undefined,
    async attack() {
      port += 1;
      log.write(failedPassword(addresses.attacker, port), port);
      return 'password refused';
    },
  };
}

/** Ends the daemon, which the shell becomes, when the other end of the pipe is closed: by us, or because we are no more. */
const leash = `
  exec 3<&0
  ( read -r _ <&3; kill $$ ) >/dev/null 2>&1 &
  exec "$0" "$@" 3<&- </dev/null
`;
