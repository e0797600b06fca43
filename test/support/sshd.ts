import type { ChildProcess } from 'node:child_process';
import { type TestMachine, until } from './netns.ts';

/** How a login ended: `in`, a wrong `password`, or no `connection` at all. */
export type LoginResult = 'in' | 'password' | 'connection';

const user = 'ada';
const rightPassword = 'correct horse';

/** Where the server's messages go: rsyslog and its auth.log, systemd's journal, or what listens there already. */
export type SshdLog = 'auth.log' | 'journal' | 'as it is';

/**
 * A real OpenSSH server on a test machine, logging through the machine's own /dev/log to a real rsyslog or journald.
 * It ends with the machine.
 */
export class TestSshd {
  readonly #machine: TestMachine;
  readonly #address: string;

  private constructor(machine: TestMachine, address: string) {
    this.#machine = machine;
    this.#address = address;
  }

  static async start(machine: TestMachine, address: string, log: SshdLog): Promise<TestSshd> {
    if (log === 'auth.log') await startRsyslog(machine);
    else if (log === 'journal') await startJournald(machine);
    await machine.shell(`
      useradd --no-create-home --home-dir / --shell /bin/sh ${user}
      echo '${user}:${rightPassword}' | chpasswd
      rm -rf /etc/ssh/*
      ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
      mkdir /run/sshd
      cat > /etc/ssh/sshd_config <<'END'
ListenAddress ${address}
UsePAM no
UseDNS no
PasswordAuthentication yes
KbdInteractiveAuthentication no
MaxStartups 100
PidFile none
END`);
    const server = machine.spawn('/usr/sbin/sshd', ['-D'], { stdio: 'ignore' });
    await until('sshd listens', async () => {
      failIfEnded(server, 'sshd');
      return (await machine.run('ss', ['-Hltn', 'sport = :22'])).stdout.includes(address);
    });
    return new TestSshd(machine, address);
  }

  /** Logs in from another machine's address, with a wrong password or the right one. */
  async login(from: TestMachine, source: string, password: 'right' | 'wrong'): Promise<LoginResult> {
    const options = [
      'StrictHostKeyChecking=no',
      'UserKnownHostsFile=/dev/null',
      'PreferredAuthentications=password',
      'NumberOfPasswordPrompts=1',
      'ConnectTimeout=2',
      `BindAddress=${source}`,
    ].flatMap((option) => ['-o', option]);
    const given = password === 'right' ? rightPassword : `not ${rightPassword}`;
    // A ban that falls between connecting and the password leaves ssh waiting for a server that cannot answer.
    const command = [
      ...['--kill-after=1', '5', 'sshpass', '-p', given],
      ...['ssh', '-F', 'none', ...options, `${user}@${this.#address}`, 'echo', 'hello'],
    ];
    const result = await from.run('timeout', command);
    if (result.code === 0 && result.stdout === 'hello\n') return 'in';
    if (result.stderr.includes('Permission denied')) return 'password';
    if (result.code === 124 || result.code === 137) return 'connection';
    if (/Connection (?:refused|timed out|reset)|No route to host/.test(result.stderr)) return 'connection';
    throw new Error(`ssh ended with ${result.code}: ${result.stderr}`);
  }

  /** What the server has logged so far, for the text of a failure. */
  async log(): Promise<string> {
    return (
      await this.#machine.run('sh', [
        '-c',
        'cat /var/log/auth.log || journalctl --no-pager -o json --output-fields=MESSAGE,_COMM,_UID',
      ])
    ).stdout;
  }
}

async function startRsyslog(machine: TestMachine): Promise<void> {
  await machine.shell(`cat > /etc/rsyslog.conf <<'END'
module(load="imuxsock")
auth,authpriv.* action(type="omfile" file="/var/log/auth.log" template="RSYSLOG_TraditionalFileFormat")
END`);
  const server = machine.spawn('/usr/sbin/rsyslogd', ['-n', '-i', 'NONE'], { stdio: 'ignore' });
  await until('rsyslogd listens', async () => {
    failIfEnded(server, 'rsyslogd');
    return (await machine.run('test', ['-S', '/dev/log'])).code === 0;
  });
}

async function startJournald(machine: TestMachine): Promise<void> {
  await machine.shell(`
    printf '[Journal]\\nStorage=persistent\\nReadKMsg=no\\nAudit=no\\nRateLimitIntervalSec=0\\n' > /etc/systemd/journald.conf
    cat /proc/sys/kernel/random/uuid | tr -d - > /etc/machine-id
    mkdir -p /run/systemd/journal /var/log/journal
    ln -s /run/systemd/journal/dev-log /dev/log`);
  // journald looks a sender up while it still runs, so it must be quicker than a failing login is gone.
  const server = machine.spawn('sh', ['-c', startedFirst, '/lib/systemd/systemd-journald'], {
    stdio: 'ignore',
  });
  await until('journald listens', async () => {
    failIfEnded(server, 'systemd-journald');
    return (await machine.run('test', ['-S', '/run/systemd/journal/dev-log'])).code === 0;
  });
}

/** Ahead of everything else where that is allowed, else with the best priority there is. */
const startedFirst = 'chrt --fifo 10 true 2>/dev/null && exec chrt --fifo 10 "$0"; exec nice -n -20 "$0"';

function failIfEnded(process: ChildProcess, name: string): void {
  if (process.exitCode !== null) throw new Error(`${name} ended with ${process.exitCode}`);
}
