import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfiguration } from '../../src/config/index.ts';
import { commandsOf } from '../../src/daemon/configure.ts';
import { actionSettings, shippedConfig } from '../enforce/shipped.ts';
import { requireFail2ban } from '../support/fail2ban.ts';
import { repositoryFiles } from '../support/sources.ts';

const reference = '/etc/fail2ban';

/** Actions that we do not ship; docs/differences.md says why, too. */
const leftOut = ['mynetwatchman'];

/** Parameters that ours has no use for: how hostsdeny writes an address is decided by the address. */
const otherParameters: Readonly<Record<string, readonly string[]>> = { hostsdeny: ['ip_value'] };

function namesIn(folder: string): string[] {
  return readdirSync(join(folder, 'action.d'))
    .filter((name) => /\.(?:conf|py)$/.test(name))
    .map((name) => name.replace(/\.(?:conf|py)$/, ''));
}

/** Names of the parameters that an action has in `[Init]`, those of the files that it includes among them. */
function parametersOf(action: string, folder: string): string[] {
  const { properties } = actionSettings(`${action}[name=x]`, {}, [folder]);
  const names = Array.from(properties.keys(), (name) => name.replace(/\?.*$/, ''));
  return [...new Set(names)].filter((name) => !/^(?:action\w+|norestored|name|actname)$/.test(name)).sort();
}

test('every action of the reference is there under its name, or left out for a reason that is told', (t) => {
  if (!requireFail2ban(t)) return;
  const ours = new Set(namesIn(shippedConfig));
  assert.deepEqual(
    namesIn(reference).filter((name) => !ours.has(name)),
    leftOut,
  );
  const differences = repositoryFiles('docs/differences.md')[0]?.text ?? '';
  for (const name of leftOut) assert.ok(differences.includes(`\`${name}\``), name);
});

test('every parameter of the reference’s actions is one of ours', (t) => {
  if (!requireFail2ban(t)) return;
  const missing: string[] = [];
  let compared = 0;
  t.diagnostic('action                               theirs  ours  missing');
  for (const name of namesIn(reference)) {
    if (leftOut.includes(name) || name.endsWith('-common') || name === 'smtp') continue;
    const theirs = parametersOf(name, reference);
    const ours = parametersOf(name, shippedConfig);
    const lost = theirs.filter((each) => !ours.includes(each) && !otherParameters[name]?.includes(each));
    compared += theirs.length;
    t.diagnostic(
      `${name.padEnd(36)} ${String(theirs.length).padStart(6)} ${String(ours.length).padStart(5)}  ${lost.join(' ')}`,
    );
    missing.push(...lost.map((each) => `${name}: ${each}`));
  }
  assert.deepEqual(missing, []);
  assert.ok(compared > 150, `${compared} parameters`);
});

test('the parameters of smtp.py are those of smtp', () => {
  const ours = parametersOf('smtp', shippedConfig);
  for (const name of ['host', 'user', 'password', 'ssl', 'sendername', 'sender', 'dest', 'matches']) {
    assert.ok(ours.includes(name), name);
  }
});

/** What the daemon is told of an action of a host that was guarded by the reference, with further files on top. */
function migrated(
  action: string,
  files: Readonly<Record<string, string>> = {},
): ReadonlyMap<string, unknown> {
  const own = mkdtempSync(join(tmpdir(), 'warder-migrated-'));
  try {
    cpSync(join(reference, 'action.d'), join(own, 'action.d'), { recursive: true });
    const jail = `[x]\nenabled = true\nbackend = polling\nlogpath = /dev/null\nfilter =\naction = ${action}\n`;
    for (const [name, text] of Object.entries({ 'jail.local': jail, ...files }))
      writeFileSync(join(own, name), text);
    const configuration = readConfiguration({
      layers: [shippedConfig, own],
      jails: ['x'],
      allowNoFiles: true,
    });
    const command = commandsOf(configuration).find(
      ({ args }) => args[0] === 'multi-set' && args[2] === 'action',
    );
    return new Map(command?.args[4] as [string, unknown][]);
  } finally {
    rmSync(own, { recursive: true });
  }
}

test('the reference’s own mail and report actions get our commands and texts, and keep their parameters', (t) => {
  if (!requireFail2ban(t)) return;
  const names = namesIn(reference).filter((name) =>
    /^(?:send)?mail|^(?:abuseipdb|blocklist_de|cloudflare|apprise|ipthreat|nsupdate)/.test(name),
  );
  for (const name of names.filter((each) => !each.endsWith('-common'))) {
    const properties = migrated(`${name}[name=x, dest="me@example.org", sendername="Own"]`);
    assert.match(String(properties.get('actionban')), /^warder-notify /, name);
    assert.equal(properties.get('dest'), 'me@example.org', name);
    assert.ok(
      [...properties.keys()].some((each) => /^(?:ban|summary)_/.test(each)),
      name,
    );
  }
  assert.ok(names.length > 15);
  assert.equal(
    migrated('sendmail-whois[name=x]').get('mailcmd'),
    '/usr/sbin/sendmail -f "<sender>" "<dest>"',
  );
});

test('who has emptied a command of the reference’s stays without it, and who has written one gets his own', (t) => {
  if (!requireFail2ban(t)) return;
  const quiet = migrated('sendmail-whois[name=x]', {
    'action.d/sendmail-common.local':
      '[Definition]\nactionstart =\nactionstop =\n[Init]\ndest = me@example.org\n',
  });
  assert.equal(quiet.get('actionstart'), '');
  assert.equal(quiet.get('actionstop'), '');
  assert.match(String(quiet.get('actionban')), /^warder-notify mail ban$/);
  assert.equal(quiet.get('dest'), 'me@example.org');
  const own = migrated('sendmail[name=x]', {
    'action.d/sendmail.local': '[Definition]\nactionban = echo <ip>\n',
  });
  assert.equal(own.get('actionban'), 'echo <ip>');
  assert.match(String(own.get('actionstart')), /printf/);
  for (const name of ['dshield', 'complain', 'xarf-login-attack', 'netscaler']) {
    assert.doesNotMatch(String(migrated(`${name}[name=x]`).get('actionban')), /warder-notify/, name);
  }
});
