import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { bootMachine, requireBooting } from '../support/booted-machine.ts';
import { debianPackage, requirePackaging } from '../support/debian-package.ts';
import { type TestMachine, until } from '../support/netns.ts';
import { requireThat, requireTool } from '../support/tools.ts';

const banCount = 500;
const addresses = Array.from(
  { length: banCount },
  (_, index) => `203.0.${Math.trunc(index / 250)}.${(index % 250) + 1}`,
);

/** What an administrator has made of his fail2ban over the years. */
const jailLocal = `[DEFAULT]
bantime = 1d
banaction = nftables-multiport
banaction_allports = nftables-allports
[sshd]
enabled = true
backend = polling
logpath = /var/log/auth.log
maxretry = 4
[recidive]
enabled = true
`;

test('a machine with fail2ban and 500 bans goes over to Warder, may purge the old package, and goes back', async (context) => {
  if (!requireBooting(context) || !requirePackaging(context)) return;
  if (!requireTool(context, 'nft', 'apt-get')) return;
  const isThere = existsSync('/var/lib/dpkg/info/fail2ban.list');
  if (!requireThat(context, isThere, 'MISSING TOOL: the package fail2ban is not installed')) return;
  const machine = await bootMachine(context, 'server');
  const deb = debianPackage();
  const guard = new Guard(machine);

  await guard.shell(packAgain);
  await guard.startFail2ban();
  const before = await guard.picture();
  assert.deepEqual(before.bans, addresses);
  assert.match(before.jails, /sshd/);

  const goingMs = performance.now();
  await guard.shell(`cp '${deb}' /srv/ && cd /srv && apt-get install -y ./warder_*.deb </dev/null`);
  assert.match(await guard.shell('warder --version'), /^Warder /);
  context.diagnostic(`from fail2ban to Warder: ${((performance.now() - goingMs) / 1000).toFixed(1)} s`);
  await guard.expect(before, 'after the installation');
  assert.match(
    await guard.shell('cat /var/log/fail2ban.log'),
    /NOTICE {2}\[sshd\] Restore Ban 203\.0\.0\.1\n/,
  );

  const configuration = await guard.shell(digests);
  await guard.shell('dpkg --purge fail2ban </dev/null');
  const state = await guard.shell(`dpkg-query -W -f '\${db:Status-Status}' fail2ban || true`);
  assert.ok(['', 'not-installed'].includes(state), state);
  assert.equal(await guard.shell(digests), configuration, 'what is in use stays');
  assert.equal((await guard.shell('systemctl is-enabled fail2ban')).trim(), 'enabled');
  assert.equal(await guard.shell('ls -A /etc/dpkg/dpkg.cfg.d | grep -c warder || true'), '0\n');
  assert.match(
    await guard.shell('cat /var/log/fail2ban.log'),
    /NOTICE {2}\[sshd\] Restore Ban 203\.0\.0\.1\n/,
  );
  await guard.shell('systemctl restart fail2ban');
  await guard.expect(before, 'after the old package was purged');

  await guard.shell(`apt-get install -y --no-install-recommends /srv/old.deb </dev/null`);
  assert.match(await guard.shell('fail2ban-client --version'), /^Fail2Ban v/);
  await guard.expect(before, 'after going back');
  await guard.shell('dpkg --purge warder');
  await guard.expect(before, 'after Warder was purged');
});

/** The package that is installed, made from its files, so that one can go back without a network. */
const packAgain = `
  set -e
  mkdir -p /srv/old/DEBIAN
  dpkg -L fail2ban | while read -r file; do
    if [ -f "$file" ]; then cp -a --parents "$file" /srv/old; fi
  done
  for name in preinst postinst prerm postrm conffiles; do
    cp "/var/lib/dpkg/info/fail2ban.$name" "/srv/old/DEBIAN/$name"
  done
  dpkg-query -s fail2ban | sed '/^Status:/d; /^Conffiles:/,/^[^ ]/ { /^Conffiles:/d; /^ /d }' > /srv/old/DEBIAN/control
  dpkg-deb --root-owner-group -Znone --build /srv/old /srv/old.deb >/dev/null`;

/** Everything of the configuration, with what is in it. */
const digests = 'cd /etc/fail2ban && find . -type f ! -name README -exec sha256sum {} + | sort -k2';

interface Picture {
  readonly jails: string;
  /** What the daemon says. */
  readonly bans: readonly string[];
  /** What the kernel holds. */
  readonly held: readonly string[];
}

class Guard {
  readonly #machine: TestMachine;

  constructor(machine: TestMachine) {
    this.#machine = machine;
  }

  shell(script: string): Promise<string> {
    const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    return this.#machine.must('env', ['-i', path, 'LANG=C.UTF-8', 'bash', '-c', script], {
      timeoutMs: 180_000,
    });
  }

  async startFail2ban(): Promise<void> {
    await this.shell(`
      rm -rf /var/lib/fail2ban; mkdir /var/lib/fail2ban
      touch /var/log/auth.log /var/log/fail2ban.log
      rm -f /etc/fail2ban/jail.d/*
      cat > /etc/fail2ban/jail.local <<'END'
${jailLocal}END
      systemctl enable --now fail2ban`);
    await this.until('fail2ban answers', async () =>
      (await this.#machine.run('fail2ban-client', ['ping'])).stdout.includes('pong'),
    );
    await this.shell(`fail2ban-client set sshd banip ${addresses.join(' ')}`);
    await this.until('all are banned', async () => (await this.picture()).held.length === banCount);
  }

  async picture(): Promise<Picture> {
    const status = await this.shell('fail2ban-client status');
    const banned = await this.shell('fail2ban-client get sshd banned');
    const ruleset = (await this.#machine.run('nft', ['list', 'table', 'inet', 'f2b-table'])).stdout;
    const set = /set addr-set-sshd \{[\s\S]*?\n\t\}/.exec(ruleset)?.[0] ?? '';
    const jails = (/Jail list:\s*(.*)/.exec(status)?.[1] ?? '').split(', ').sort().join(', ');
    return { jails, bans: sorted(banned), held: sorted(set) };
  }

  /** The bans come back by themselves; how fast is the daemon's affair. */
  async expect(before: Picture, when: string): Promise<void> {
    await this.until(
      `all bans are in force ${when}`,
      async () => (await this.picture()).held.length === banCount,
    );
    assert.deepEqual(await this.picture(), before, when);
  }

  async until(what: string, ask: () => Promise<boolean>): Promise<void> {
    await until(what, async () => (await ask().catch(() => false)) || undefined, {
      timeoutMs: 60_000,
      explain: async () =>
        (await this.#machine.run('sh', ['-c', 'tail -40 /var/log/fail2ban.log; journalctl --no-pager -n 60']))
          .stdout,
    });
  }
}

function sorted(text: string): string[] {
  const found = new Set(text.match(/203\.0\.\d+\.\d+/g) ?? []);
  return addresses.filter((address) => found.has(address));
}
