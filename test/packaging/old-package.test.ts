import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { repositoryRoot } from '../support/sources.ts';
import { requireRoot, requireTool } from '../support/tools.ts';

/** The script, with folders of the test in the place of the machine's, and a dpkg-query that knows the old package. */
function machine(context: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'warder-old-package-'));
  context.after(() => rmSync(root, { recursive: true }));
  const source = readFileSync(join(repositoryRoot, 'packaging/libexec/old-package'), 'utf8');
  const script = join(root, 'old-package');
  writeFileSync(script, source.replace(/(?<![\w.-])\/(?=etc\b|var\/l)/g, `${root}/`));
  for (const folder of ['bin', 'etc/fail2ban', 'var/lib/fail2ban', 'var/log'])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'bin/dpkg-query'), '#!/bin/sh\nprintf config-files\n', { mode: 0o755 });
  return {
    root,
    /** Runs words of a shell in which `$1` is the script. */
    run(words: string): string {
      const env = { PATH: `${root}/bin:${process.env.PATH ?? ''}`, DPKG_HOOK_ACTION: 'purge' };
      const { status, stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-euc', words, 'sh', script], {
        cwd: root,
        env,
        encoding: 'utf8',
      });
      assert.equal(status, 0, stderr);
      return stdout;
    },
  };
}

test('a configuration that is a mount of its own comes back to where it was', (context) => {
  if (!requireRoot(context) || !requireTool(context, 'unshare', 'mount')) return;
  const { run } = machine(context);
  const found = run(`
    mount -t tmpfs none etc/fail2ban
    echo own >etc/fail2ban/jail.local
    sh "$1" before
    rm etc/fail2ban/jail.local
    sh "$1" after
    cd etc && find . -type f -path './fail2ban/*' -exec grep -H . {} +`);
  assert.equal(found, './fail2ban/jail.local:own\n');
});

test('a link in the place of what is kept is not followed', (context) => {
  if (!requireRoot(context) || !requireTool(context, 'unshare')) return;
  const { run } = machine(context);
  const found = run(`
    mkdir elsewhere
    echo theirs >elsewhere/secret
    echo log >var/log/fail2ban.log
    ln -s ../../elsewhere var/log/.fail2ban-kept
    sh "$1" before 2>/dev/null
    sh "$1" after
    ls elsewhere var/log`);
  assert.equal(found, 'elsewhere:\nsecret\n\nvar/log:\nfail2ban.log\n');
});

test('what dpkg reads is there as a whole or not at all', (context) => {
  if (!requireRoot(context) || !requireTool(context, 'unshare', 'mount')) return;
  const { run } = machine(context);
  const full = run(`
    mkdir -p etc/dpkg/dpkg.cfg.d
    mount -t tmpfs -o size=4k none etc/dpkg/dpkg.cfg.d
    head -c 4096 /dev/zero >etc/dpkg/dpkg.cfg.d/0 2>/dev/null || true
    sh "$1" watch 2>/dev/null || true
    cd etc/dpkg/dpkg.cfg.d && ls | grep -v '\\.' || true`);
  assert.equal(full, '0\n');
  assert.match(
    run('sh "$1" watch; ls etc/dpkg/dpkg.cfg.d; cat etc/dpkg/dpkg.cfg.d/warder'),
    /^warder\n#.*\npre-invoke=.*\npost-invoke=.*\n$/,
  );
});
