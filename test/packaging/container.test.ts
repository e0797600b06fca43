import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bootMachine, requireBooting } from '../support/booted-machine.ts';
import { debianPackage, requirePackaging } from '../support/debian-package.ts';
import { until } from '../support/netns.ts';
import { requireTool } from '../support/tools.ts';

const packaging = join(import.meta.dirname, '..', '..', 'packaging');
const read = (name: string): string => readFileSync(join(packaging, name), 'utf8');

interface Instruction {
  readonly word: string;
  readonly rest: string;
}

/** Lines that end in a backslash go on in the next one. */
function instructions(): Instruction[] {
  const text = read('Dockerfile')
    .replace(/^#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ({ word: line.split(' ', 1)[0]!, rest: line.slice(line.indexOf(' ') + 1).trim() }));
}

/** The compose file as data. */
function compose(): { readonly services: { readonly warder: Readonly<Record<string, unknown>> } } {
  const script = 'import json,sys,yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))';
  const output = execFileSync('/usr/bin/python3', ['-c', script, join(packaging, 'compose.yaml')], {
    encoding: 'utf8',
  });
  return JSON.parse(output) as ReturnType<typeof compose>;
}

function hasYaml(): boolean {
  try {
    execFileSync('/usr/bin/python3', ['-c', 'import yaml'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('the Dockerfile has instructions that Docker knows, and copies what there is', () => {
  const known = ['FROM', 'COPY', 'RUN', 'VOLUME', 'HEALTHCHECK', 'STOPSIGNAL', 'ENTRYPOINT', 'CMD'];
  const all = instructions();
  assert.equal(all[0]?.word, 'FROM');
  for (const { word } of all) assert.ok(known.includes(word), word);
  for (const { rest } of all.filter(({ word }) => word === 'COPY')) {
    const [source = ''] = rest.split(' ').filter((word) => !word.startsWith('--'));
    if (!source.startsWith('dist/')) assert.ok(existsSync(join(packaging, '..', source)), source);
  }
  for (const { rest } of all.filter(({ word }) => ['ENTRYPOINT', 'CMD', 'VOLUME'].includes(word)))
    assert.ok(Array.isArray(JSON.parse(rest)), rest);
  assert.ok((statSync(join(packaging, 'container-start')).mode & 0o111) !== 0);
  assert.equal(globSync('Dockerfile.dockerignore', { cwd: packaging }).length, 1);
});

test('the compose example takes the network of the host and two capabilities, and writes nowhere else', (context) => {
  if (!requireTool(context, 'python3') || !hasYaml()) return;
  const { warder } = compose().services;
  assert.equal(warder.network_mode, 'host');
  assert.deepEqual(warder.cap_drop, ['ALL']);
  assert.deepEqual(warder.cap_add, ['NET_ADMIN', 'NET_RAW']);
  assert.equal(warder.read_only, true);
  assert.ok((warder.volumes as string[]).includes('/var/log:/var/log:ro'));
  assert.equal(warder.privileged, undefined);
});

test('what the image runs bans with its two capabilities and a read-only root, by the iptables of the host', async (context) => {
  if (!requireBooting(context) || !requirePackaging(context) || !requireTool(context, 'setpriv', 'iptables'))
    return;
  const machine = await bootMachine(context, 'container');
  const deb = debianPackage();
  // The command of the image's RUN, without a network and without what is there already; nothing is started, as in a build.
  await machine.shell(`
    if dpkg-query -W fail2ban >/dev/null 2>&1; then dpkg --purge fail2ban; fi
    rm -rf /etc/fail2ban /var/lib/fail2ban
    printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d
    cp '${deb}' /tmp/warder_image.deb
    apt-get install -y --no-install-recommends /tmp/warder_*.deb nftables ipset conntrack iproute2 </dev/null
    install -m 755 '${packaging}/container-start' /usr/lib/warder/container-start
    mkdir -p /var/lib/fail2ban /run/fail2ban; touch /run/xtables.lock
    printf 'Nov 23 00:00:00 host sshd[1]: nothing\\n' > /var/log/auth.log
    chown syslog:adm /var/log/auth.log 2>/dev/null || chgrp adm /var/log/auth.log; chmod 640 /var/log/auth.log
    iptables-legacy -A INPUT -s 198.51.100.1 -j ACCEPT`);
  const [entry, command] = ['ENTRYPOINT', 'CMD'].map(
    (name) => JSON.parse(instructions().find(({ word }) => word === name)!.rest) as string[],
  );
  const started = machine.spawn('unshare', [
    '--mount',
    'sh',
    '-c',
    `mount -o remount,bind,ro / && mount -t tmpfs tmpfs /tmp && mount --bind /run /run && mount --bind /var/lib/fail2ban /var/lib/fail2ban \\
      && mount -o remount,bind,rw /var/lib/fail2ban && exec setpriv --bounding-set=-all,+net_admin,+net_raw --inh-caps=-all --no-new-privs --groups 4 "$@"`,
    'sh',
    ...entry!,
    ...command!,
  ]);
  let said = '';
  for (const stream of [started.stdout, started.stderr])
    stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const explain = async (): Promise<string> => said;
  await until('the server is ready', async () => said.includes('Server ready'), {
    explain,
    timeoutMs: 60_000,
  });
  await machine.must('fail2ban-client', ['set', 'sshd', 'banip', '192.0.2.66']);
  await until(
    'the host has the rule, in its own kind of tables',
    async () => (await machine.must('iptables-legacy', ['-S'])).includes('192.0.2.66'),
    { explain },
  );
  assert.ok(!(await machine.must('iptables-nft-save')).includes('192.0.2.66'));
  assert.doesNotMatch(said, / (?:ERROR|CRITICAL) /);
});
