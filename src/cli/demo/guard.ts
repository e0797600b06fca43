import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WarderError } from '../../base/index.ts';
import { programs } from './cast.ts';
import { collected, eachLine } from './children.ts';

/** How the daemon of the demo is to guard. */
export interface GuardSettings {
  /** Everything that it reads and writes lies in here. */
  readonly folder: string;
  readonly loginLog: string;
  readonly maxRetry: number;
  readonly banTimeSec: number;
  /** `observe`: it blocks nothing. */
  readonly firewall: 'nftables' | 'iptables' | 'observe';
}

/** Starts a program where the daemon is to run; it must end with the demo. */
export type StartProgram = (command: string, args: readonly string[], options: SpawnOptions) => ChildProcess;

export interface Guard {
  readonly socketPath: string;
  readonly process: ChildProcess;
}

const startLimitMs = 30_000;

/**
 * Starts a real daemon with a configuration of its own and waits until it guards. Throws `DEMO_STAGE` with its own words
 * when it does not come up, or with less than all of its jails.
 */
export async function startGuard(settings: GuardSettings, start: StartProgram): Promise<Guard> {
  const conf = join(settings.folder, 'fail2ban');
  await mkdir(conf);
  await writeFile(join(conf, 'fail2ban.local'), serverConfig(settings.folder));
  await writeFile(join(conf, 'jail.local'), jailConfig(settings));
  const [command, ...args] = programs.warder();
  const child = start(
    command,
    [...args, 'run', '--json', '-c', conf, '--logtarget', join(settings.folder, 'warder.log')],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const stderr = collected(child.stderr);
  const ready = await new Promise<string | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), startLimitMs);
    const end = (line: string | undefined): void => {
      clearTimeout(timer);
      resolve(line);
    };
    child.once('close', () => end(undefined));
    eachLine(child.stdout, end);
  });
  const problems = problemsIn(ready) ?? [stderr().trim() || 'it says nothing'];
  if (problems.length > 0) {
    throw new WarderError('DEMO_STAGE', `the daemon of the demo does not guard: ${problems.join('; ')}`);
  }
  return { socketPath: join(settings.folder, 'warder.sock'), process: child };
}

/** Undefined where it never was ready. */
function problemsIn(line: string | undefined): readonly string[] | undefined {
  try {
    return line === undefined ? undefined : (JSON.parse(line) as { problems: string[] }).problems;
  } catch {
    return undefined;
  }
}

function serverConfig(folder: string): string {
  return `[Definition]
socket = ${join(folder, 'warder.sock')}
pidfile = ${join(folder, 'warder.pid')}
dbfile = ${join(folder, 'warder.sqlite3')}
`;
}

/** What an administrator would write: sshd is guarded, and who is banned again goes to the tarpit, on all ports. */
function jailConfig({ folder, loginLog, maxRetry, banTimeSec, firewall }: GuardSettings): string {
  const blocks = firewall !== 'observe';
  return `[DEFAULT]
banaction = ${blocks ? `${firewall}-multiport` : firewall}
banaction_allports = ${blocks ? `${firewall}-allports[blocktype=TARPIT]` : firewall}
banaction_hostsdeny =
usedns = no
${blocks ? '' : '# The addresses are those of a story; it does not matter whether this machine has one of them.\nignoreself = false\n'}
[sshd]
enabled = true
backend = auto
logpath = ${loginLog}
maxretry = ${maxRetry}
bantime = ${banTimeSec}

[recidive]
enabled = true
backend = auto
logpath = ${join(folder, 'warder.log')}
maxretry = 2
findtime = 1h
bantime = 1h
`;
}
