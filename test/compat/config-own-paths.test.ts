import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfiguration } from '../../src/config/index.ts';
import { requireFail2ban } from '../support/fail2ban.ts';
import { ownConfig } from '../support/own-filter.ts';
import { scratchFolder } from './config-reference.ts';

const stock = '/etc/fail2ban';

/** The names that a file of paths sets. */
function namesIn(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^(\w+)\s*=/gm)]
    .map(([, name]) => name!)
    .filter((name) => !['before', 'after'].includes(name));
}

/** What paths are where a file of paths holds: each name in a jail of its own, as jail.local would use it. */
function pathsOf(layers: readonly string[], file: string, names: readonly string[], write: string): unknown {
  const probes = names.map((name) => `[probe-${name}]\nenabled = true\nfilter = sshd\nprobe = %(${name})s\n`);
  writeFileSync(join(write, 'jail.local'), `[INCLUDES]\nbefore = ${file}\n${probes.join('')}`);
  const { jails } = readConfiguration({ layers, allowNoFiles: true });
  const value = (name: string): unknown =>
    jails.find((jail) => jail.name === `probe-${name}`)?.options.get('probe')?.value;
  return Object.fromEntries(names.map((name) => [name, value(name)]));
}

for (const file of ['paths-common.conf', 'paths-debian.conf', 'paths-arch.conf', 'paths-opensuse.conf']) {
  test(`the names in ${file} are those of the stock file, and so are their values`, (context) => {
    if (!requireFail2ban(context)) return;
    const names = [...new Set([...namesIn(join(stock, 'paths-common.conf')), ...namesIn(join(stock, file))])];
    assert.ok(names.length > 35, 'the stock names are read');
    const own = scratchFolder(context);
    const ours = pathsOf([ownConfig, own], file, names, own);
    const folder = scratchFolder(context);
    cpSync(stock, folder, { recursive: true });
    const theirs = pathsOf([folder], file, names, folder) as Record<string, unknown>;
    // On Debian the names of two files that are no longer written lead to syslog (config-own-jails.test.ts says why).
    const moved: Record<string, string> = { '/var/log/daemon.log': '/var/log/syslog' };
    if (file === 'paths-debian.conf') moved['/var/log/messages'] = '/var/log/syslog';
    const expected = Object.entries(theirs).map(([name, value]) => [name, moved[String(value)] ?? value]);
    assert.deepEqual(ours, Object.fromEntries(expected));
  });
}

for (const file of ['paths-fedora.conf', 'paths-freebsd.conf', 'paths-osx.conf']) {
  test(`with ${file} every path is known`, (context) => {
    const names = namesIn(join(ownConfig, 'paths-common.conf'));
    const folder = scratchFolder(context);
    const paths = pathsOf([ownConfig, folder], file, names, folder) as Record<string, unknown>;
    for (const [name, value] of Object.entries(paths)) {
      assert.match(String(value), name.endsWith('_backend') ? /^(?:auto|systemd)$/ : /^\//, name);
    }
    for (const name of namesIn(join(ownConfig, file)))
      assert.ok(names.includes(name), `${name} is a known name`);
  });
}
