import type { TestContext } from 'node:test';
import { debianPackage } from '../support/debian-package.ts';
import type { DocBlock } from '../support/doc-pages.ts';
import { type CommandResult, TestMachine } from '../support/netns.ts';
import { TestGuard } from '../support/sshd-guard.ts';

/**
 * A machine on which a reader of the documentation tries what it says: the package is there, sshd is guarded, and its
 * auth.log has an attack. `systemctl` does by the client what the unit does (test/e2e/first-way plays the real one).
 */
export class DocMachine {
  readonly #machine: TestMachine;
  readonly #guard: TestGuard;

  private constructor(machine: TestMachine, guard: TestGuard) {
    this.#machine = machine;
    this.#guard = guard;
  }

  static async start(context: TestContext): Promise<DocMachine> {
    const machine = await TestMachine.start('docs');
    context.after(() => machine.stop());
    await machine.must('bash', ['-euo', 'pipefail', '-c', installation, 'bash', debianPackage()]);
    const guard = new TestGuard(machine, 'warder', '/usr/bin');
    await guard.start('sshd');
    return new DocMachine(machine, guard);
  }

  /** As it was before a page, whatever the page did; the daemon reads the configuration again. */
  async beginPage(preparation: string | undefined): Promise<void> {
    await this.#machine.shell(`
      rm -rf /etc/fail2ban; mkdir -p /etc/fail2ban/{jail,action,filter}.d
      ${preparation ?? ''}
      fail2ban-client ping || fail2ban-client start
      fail2ban-client reload
      fail2ban-client unban --all`);
  }

  /** A file of the configuration, where the example says by its first comment which one it is. */
  async put({ text }: DocBlock): Promise<void> {
    const path = /^# (\/etc\/\S+)/.exec(text)?.[1];
    if (path === undefined) return;
    await this.#machine.shell(`mkdir -p '${path.replace(/[^/]*$/, '')}'; cat > '${path}'`, { input: text });
  }

  /** Types a command as a person without an environment of ours. `forMs` ends one that does not end by itself. */
  type(command: string, forMs?: number): Promise<CommandResult> {
    const limit = forMs === undefined ? [] : ['timeout', String(forMs / 1000)];
    const person = ['-i', 'PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root', 'LANG=C.UTF-8'];
    return this.#machine.run('env', [...person, `--chdir=${folder}`, ...limit, 'bash', '-c', command], {
      timeoutMs: 60_000,
    });
  }

  log(): Promise<string> {
    return this.#guard.log();
  }
}

/** Where commands are typed. */
const folder = '/run/typed';

const installation = `
  mkdir -p ${folder}
  for name in share lib; do
    mkdir -p /run/$name/upper /run/$name/work
    mount -n -t overlay overlay -o lowerdir=/usr/$name,upperdir=/run/$name/upper,workdir=/run/$name/work /usr/$name
  done
  rm -f /usr/bin/fail2ban-*
  dpkg-deb --fsys-tarfile "$1" | tar -x -C / --keep-directory-symlink
  rm -rf /etc/fail2ban; mkdir -p /etc/fail2ban/{jail,action,filter}.d
  for second in 1 2 3; do
    echo "$(date '+%b %e %H:%M:%S') server sshd[4711]: Failed password for root from 203.0.113.66 port 4000$second ssh2"
  done > /var/log/auth.log
  rm -f /usr/bin/systemctl
  cat > /usr/bin/systemctl <<'END'
#!/bin/sh
case "$*" in
  'daemon-reload') ;;
  'restart fail2ban') exec fail2ban-client restart ;;
  'reload fail2ban') exec fail2ban-client reload ;;
  'stop fail2ban') exec fail2ban-client stop ;;
  'start fail2ban') exec fail2ban-client start ;;
  'status fail2ban') exec fail2ban-client ping ;;
  *) echo "systemctl of this test knows no '$*'" >&2; exit 1 ;;
esac
END
  chmod +x /usr/bin/systemctl`;
