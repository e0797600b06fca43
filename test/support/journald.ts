import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { systemPython } from './python.ts';
import { findTool, requireRoot, requireThat, requireTool } from './tools.ts';

const journaldPath = '/lib/systemd/systemd-journald';

/** Makes the directories of the test the ones that journald works in, in a mount namespace of its own. */
const namespaceScript = `
set -e
mount --make-rprivate /
mkdir -p /run/systemd/journal /run/log/journal
mount --bind "$1/run" /run/systemd/journal
mount --bind "$1/log" /run/log/journal
mount --bind "$1/journald.conf" /etc/systemd/journald.conf
mkdir -p "$1/dev"
mount -t tmpfs -o mode=755 tmpfs "$1/dev"
cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /dev/ptmx "$1/dev/" 2>/dev/null || true
for name in pts shm net; do
  if [ -d "/dev/$name" ]; then mkdir "$1/dev/$name"; mount --rbind "/dev/$name" "$1/dev/$name"; fi
done
ln -s /proc/self/fd "$1/dev/fd"
ln -s /run/systemd/journal/dev-log "$1/dev/log"
mount --move "$1/dev" /dev
exec ${journaldPath}
`;

const configuration = `[Journal]
Storage=volatile
RateLimitIntervalSec=0
RateLimitBurst=0
ReadKMsg=no
Audit=no
ForwardToSyslog=no
ForwardToKMsg=no
ForwardToConsole=no
ForwardToWall=no
`;

/** Says whether a private journald can run here; skips the test loudly if not. */
export function requireJournald(context: TestContext): boolean {
  return (
    requireRoot(context) &&
    requireTool(context, 'journalctl', 'unshare', 'nsenter', 'python3') &&
    requireThat(context, existsSync(journaldPath), `MISSING TOOL: ${journaldPath} is not installed`)
  );
}

/** A systemd-journald of the test's own, which takes nothing from this machine and gives nothing to it. */
export class PrivateJournald {
  /** Where the journal files are: `journalctl -D`, fail2ban's `journalpath`. */
  readonly journalDirectory: string;
  /** The datagram socket that takes `FIELD=value` entries (native protocol). */
  readonly socketPath: string;
  /** The socket that is `/dev/log` within. */
  readonly devLogPath: string;
  /** Of journald; its mount namespace has `/dev/log`, `/run/systemd/journal` and `/run/log/journal`. */
  readonly pid: number;
  readonly #root: string;
  readonly #child: ChildProcess;

  private constructor(root: string, child: ChildProcess) {
    this.#root = root;
    this.#child = child;
    this.pid = child.pid!;
    this.journalDirectory = join(root, 'log');
    this.socketPath = join(root, 'run', 'socket');
    this.devLogPath = join(root, 'run', 'dev-log');
  }

  /** Starts one; it is stopped with the test. Ask `requireJournald` before. */
  static async start(context: TestContext): Promise<PrivateJournald> {
    const root = mkdtempSync(join(tmpdir(), 'warder-journald-'));
    for (const name of ['run', 'log']) mkdirSync(join(root, name));
    writeFileSync(join(root, 'journald.conf'), configuration);
    const child = spawn('unshare', ['--mount', 'sh', '-c', namespaceScript, 'sh', root], { stdio: 'ignore' });
    const journald = new PrivateJournald(root, child);
    context.after(() => journald.stop());
    await journald.#ready();
    return journald;
  }

  /** How to run a command where journald is the machine's own: put this before it. */
  within(): string[] {
    return [findTool('nsenter') ?? 'nsenter', '--mount', `--target=${this.pid}`, '--'];
  }

  /** Writes entries as syslog clients do, with `logger`; resolves when they are in the journal. */
  async log(identifier: string, ...messages: string[]): Promise<void> {
    const logger = spawn('logger', ['--socket', this.devLogPath, '--tag', identifier], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    logger.stdin.end(messages.map((message) => `${message}\n`).join(''));
    await once(logger, 'exit');
    await this.sync();
  }

  /** Writes entries by the native protocol, many a second; resolves when all are on their way. */
  async send(identifier: string, ...messages: string[]): Promise<void> {
    const program = [
      'import socket, sys',
      'out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)',
      'for line in sys.stdin.buffer:',
      '    out.sendto(b"SYSLOG_IDENTIFIER=" + sys.argv[2].encode() + b"\\nMESSAGE=" + line, sys.argv[1])',
    ].join('\n');
    const sender = spawn(systemPython, ['-c', program, this.socketPath, identifier], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    sender.stdin.end(messages.map((message) => `${message}\n`).join(''));
    const [code] = (await once(sender, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`sending entries ended with ${code}`);
  }

  /** Removes all files but the current one, as journald does when they take too much space. */
  async vacuum(): Promise<void> {
    const args = ['--vacuum-files=1', '--quiet', `--directory=${this.journalDirectory}`];
    const [code] = (await once(spawn('journalctl', args, { stdio: 'ignore' }), 'exit')) as [number | null];
    if (code !== 0) throw new Error(`journalctl --vacuum-files ended with ${code}`);
  }

  /** Resolves when journald has written all that it was given. */
  async sync(): Promise<void> {
    const [command = '', ...args] = [...this.within(), 'journalctl', '--sync'];
    const [code] = (await once(spawn(command, args, { stdio: 'inherit' }), 'exit')) as [number | null];
    if (code !== 0) throw new Error(`journalctl --sync ended with ${code}`);
  }

  /** Has journald close its files and begin new ones. */
  async rotate(): Promise<void> {
    const before = this.#files();
    this.#child.kill('SIGUSR2');
    while (this.#files() === before) await changeIn(this.#folder());
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exit = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      await exit;
    }
    rmSync(this.#root, { recursive: true, force: true });
  }

  async #ready(): Promise<void> {
    const ended = once(this.#child, 'exit').then(() => {
      throw new Error('systemd-journald ended at once');
    });
    ended.catch(() => undefined);
    const directory = this.journalDirectory;
    const started = async (): Promise<void> => {
      while (readdirSync(directory).length === 0) await changeIn(directory);
      while (!this.#files().includes('system.journal')) await changeIn(this.#folder());
    };
    await Promise.race([started(), ended]);
  }

  #folder(): string {
    return join(this.journalDirectory, readdirSync(this.journalDirectory)[0] ?? '');
  }

  #files(): string {
    return readdirSync(this.#folder()).sort().join(' ');
  }
}

/** Waits for a change, or a short while: it may have happened before we looked. */
async function changeIn(directory: string): Promise<void> {
  const watcher = watch(directory);
  try {
    await Promise.race([once(watcher, 'change'), new Promise((resolve) => setTimeout(resolve, 50))]);
  } finally {
    watcher.close();
  }
}
