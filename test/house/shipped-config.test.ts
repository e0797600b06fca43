import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Configuration, readConfiguration } from '../../src/config/index.ts';
import { repositoryRoot } from '../support/sources.ts';

const shipped = join(repositoryRoot, 'config');

/** Reads our configuration under an administrator's jail.local, on a machine that has an auth.log. */
function read(context: TestContext, jailLocal: string, builtInNames?: Record<string, string>): Configuration {
  const folder = mkdtempSync(join(tmpdir(), 'warder-config-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const authLog = join(folder, 'auth.log');
  writeFileSync(authLog, '');
  writeFileSync(
    join(folder, 'paths-overrides.local'),
    `[DEFAULT]\nsyslog_authpriv = ${authLog}\nfail2ban_log = ${authLog}\n`,
  );
  writeFileSync(join(folder, 'jail.local'), jailLocal);
  return readConfiguration({
    layers: [shipped, folder],
    hasJournal: () => true,
    ...(builtInNames === undefined ? {} : { builtInNames: new Map(Object.entries(builtInNames)) }),
  });
}

function actionsOf(configuration: Configuration, jail: string): string[] {
  return configuration.jails.find(({ name }) => name === jail)?.actions.map(({ name }) => name) ?? [];
}

test('the shipped configuration has no mistake, guards sshd, and leaves recidive to the administrator', (t) => {
  const { errors, warnings, jails } = read(t, '');
  assert.deepEqual({ errors, warnings }, { errors: [], warnings: [] });
  assert.deepEqual(
    jails.map(({ name }) => name),
    ['sshd'],
  );
});

test('sshd has the values that fail2ban starts from', (t) => {
  const [sshd] = read(t, '').jails;
  const value = (name: string) => sshd?.options.get(name)?.value;
  assert.deepEqual(
    ['maxretry', 'findtime', 'bantime', 'usedns', 'ignoreself', 'maxmatches', 'logencoding'].map(value),
    [5, '10m', '10m', 'warn', true, 5, 'auto'],
  );
});

test('sshd follows auth.log where there is one, and the journal elsewhere', (t) => {
  const [withFile] = read(t, '').jails;
  assert.equal(withFile?.backend, 'auto');
  assert.match(withFile?.logPaths[0]?.pattern ?? '', /auth\.log$/);
  const [without] = read(t, '[DEFAULT]\nsyslog_authpriv = /no/such/auth.log\n').jails;
  assert.equal(without?.backend, 'systemd');
  assert.notEqual(without?.filter?.journalMatch.length, 0);
});

test('recidive is turned on by one line, and then holds all ports for a week', (t) => {
  const { errors, jails } = read(t, '[recidive]\nenabled = true\n');
  assert.deepEqual(errors, []);
  const recidive = jails.find(({ name }) => name === 'recidive');
  assert.deepEqual(
    ['bantime', 'findtime'].map((name) => recidive?.options.get(name)?.value),
    ['1w', '1d'],
  );
  assert.deepEqual(
    recidive?.actions.map(({ name }) => name),
    ['iptables-allports'],
  );
});

test('the daemon’s findings choose what bans', (t) => {
  const found = {
    warder_banaction: 'nftables-multiport',
    warder_banaction_allports: 'nftables-allports',
    warder_hostsdeny: 'hostsdeny',
  };
  const configuration = read(t, '[recidive]\nenabled = true\n', found);
  assert.deepEqual(actionsOf(configuration, 'sshd'), ['nftables-multiport', 'hostsdeny']);
  assert.deepEqual(actionsOf(configuration, 'recidive'), ['nftables-allports', 'hostsdeny']);
});

test('the administrator’s choice goes before what the daemon finds', (t) => {
  const found = {
    warder_banaction: 'nftables-multiport',
    warder_banaction_allports: 'nftables-allports',
    warder_hostsdeny: 'hostsdeny',
  };
  const own = '[DEFAULT]\nbanaction = iptables-ipset-proto6\nbanaction_hostsdeny =\n';
  assert.deepEqual(actionsOf(read(t, own, found), 'sshd'), ['iptables-ipset-proto6']);
});

test('every action shortcut of fail2ban’s jail.conf is there under its name', (t) => {
  for (const name of [
    'action_',
    'action_mw',
    'action_mwl',
    'action_xarf',
    'action_cf_mwl',
    'action_blocklist_de',
    'action_abuseipdb',
  ]) {
    const { errors } = read(
      t,
      `[DEFAULT]\ncfemail = a@example.org\ncfapikey = k\nblocklist_de_apikey = k\naction = %(${name})s\n`,
    );
    assert.deepEqual(errors, [], name);
  }
});
