import assert from 'node:assert/strict';
import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Configuration, type JailConfig, readConfiguration } from '../../src/config/index.ts';
import { requireFail2ban } from '../support/fail2ban.ts';
import { ownConfig } from '../support/own-filter.ts';
import { scratchFolder } from './config-reference.ts';

const stock = '/etc/fail2ban';

/** A setting in which a jail of ours differs from the stock one on purpose. */
interface Difference {
  readonly jails: readonly string[];
  readonly setting: string;
  readonly stock: unknown;
  readonly ours: unknown;
  readonly why: string;
}

const noDaemonLog = 'Debian 12 writes no daemon.log any more; syslog holds the same in every release';
const noMessages = 'Debian has no /var/log/messages since release 12; syslog holds the same in every release';
const differences: readonly Difference[] = [
  {
    jails: ['drupal-auth', 'gssftpd', 'mysqld-auth', 'nagios', 'xinetd-fail'],
    setting: 'logpath',
    stock: ['/var/log/daemon.log'],
    ours: ['/var/log/syslog'],
    why: noDaemonLog,
  },
  {
    jails: ['scanlogd', 'solid-pop3d'],
    setting: 'logpath',
    stock: ['/var/log/messages'],
    ours: ['/var/log/syslog'],
    why: noMessages,
  },
];

/** Jails that the installed release does not have: added by later ones, or for logs in JSON. */
const addedJails = [
  'caddy',
  'caddy-auth',
  'cowrie',
  'dante',
  'nginx-forbidden',
  'nginx-json',
  'openvpn',
  'proxmox',
  'routeros-auth',
  'traefik-json',
  'vaultwarden',
  'xrdp',
];

/** Filters that no jail uses, and why. */
const withoutJail: ReadonlyMap<string, string> = new Map([['common', 'what the other filters include']]);

/** Jails that need the files of the system's log: their services are long gone, or are no one service. */
const withoutJournal = new Set(['gssftpd', 'pam-generic', 'suhosin', 'solid-pop3d', 'uwimap-auth', 'wuftpd']);

/** What belongs to the filter, which is ours, or is compared as the list of actions. */
const otherwiseCompared = new Set([
  'prefregex',
  'failregex',
  'ignoreregex',
  'datepattern',
  'journalmatch',
  'maxlines',
  'logformat',
  'action',
  'action_',
  'logpath',
]);

const allEnabled = '[DEFAULT]\nenabled = true\n';

/** Our configuration under a jail.local; logs need not exist. */
function readOurs(context: TestContext, local: string, jails?: readonly string[]): Configuration {
  const folder = scratchFolder(context);
  writeFileSync(join(folder, 'jail.local'), local);
  return readConfiguration({
    layers: [ownConfig, folder],
    allowNoFiles: true,
    ...(jails === undefined ? {} : { jails }),
  });
}

/** A copy of the stock configuration with a jail.local. */
function stockWith(context: TestContext, local: string): string {
  const folder = scratchFolder(context);
  cpSync(stock, folder, { recursive: true });
  writeFileSync(join(folder, 'jail.local'), local);
  return folder;
}

/** Everything about a jail that does not come from the text of its filter and actions. */
function settingsOf(jail: JailConfig, folder: string): Record<string, unknown> {
  const entries = [...jail.options.values()]
    .filter(({ name }) => !otherwiseCompared.has(name))
    .map(({ name, value }) => [
      name,
      typeof value === 'string' ? value.replaceAll(folder, '/CONFIG').trim() : value,
    ]);
  return {
    ...Object.fromEntries(entries),
    backend: jail.backend,
    filter: [jail.filter?.name, String(jail.options.get('filter')?.value)],
    logpath: jail.logPaths.map(({ pattern, tail }) => (tail ? `${pattern} tail` : pattern)),
    readsJournal: (jail.filter?.journalMatch.length ?? 0) > 0,
    actions: jail.actions.map(({ name, file, arguments: given }) => [
      name,
      file,
      Object.fromEntries([...given].sort()),
    ]),
  };
}

/** The settings in which ours differ from the stock ones, without the deliberate differences that are found there. */
function complaintsAbout(
  name: string,
  stockSettings: Record<string, unknown>,
  ours: Record<string, unknown>,
  met: Set<string>,
): string[] {
  const complaints: string[] = [];
  for (const setting of new Set([...Object.keys(stockSettings), ...Object.keys(ours)])) {
    const [theirs, own] = [stockSettings[setting], ours[setting]].map((value) => JSON.stringify(value));
    // Where theirs knows no place in the journal, ours may.
    if (theirs === own || (setting === 'readsJournal' && own === 'true')) continue;
    const known = differences.find((entry) => entry.setting === setting && entry.jails.includes(name));
    if (known !== undefined && JSON.stringify(known.stock) === theirs && JSON.stringify(known.ours) === own) {
      met.add(`${name} ${setting}`);
      continue;
    }
    complaints.push(`[${name}] ${setting}: ${own} instead of ${theirs}`);
  }
  return complaints;
}

test('each jail, enabled alone, has the settings of the stock one', (context) => {
  if (!requireFail2ban(context)) return;
  const folder = stockWith(context, allEnabled);
  const names = readConfiguration({ layers: [folder], allowNoFiles: true }).jails.map(({ name }) => name);
  assert.ok(names.length > 90, 'the stock jails are read');
  const complaints: string[] = [];
  const met = new Set<string>();
  for (const name of names) {
    const [theirs] = readConfiguration({ layers: [folder], allowNoFiles: true, jails: [name] }).jails;
    const [ours] = readOurs(context, `[${name}]\nenabled = true\n`, [name]).jails;
    if (theirs === undefined || ours === undefined) complaints.push(`[${name}] is not there`);
    else
      complaints.push(...complaintsAbout(name, settingsOf(theirs, folder), settingsOf(ours, ownConfig), met));
  }
  assert.deepEqual(complaints, []);
  const listed = differences.flatMap(({ jails, setting }) => jails.map((jail) => `${jail} ${setting}`));
  assert.deepEqual([...met].sort(), listed.sort(), 'each difference that is listed exists');
});

test('there are no jails but those of the stock configuration and of later releases', (context) => {
  if (!requireFail2ban(context)) return;
  const names = readConfiguration({
    layers: [stockWith(context, allEnabled)],
    allowNoFiles: true,
  }).jails.map(({ name }) => name);
  const known = new Set([...names, ...addedJails]);
  const added = readOurs(context, allEnabled).jails.filter(({ name }) => !known.has(name));
  assert.deepEqual(
    added.map(({ name }) => name),
    [],
  );
});

test('only sshd is on before anybody decides', (context) => {
  const { jails, errors } = readOurs(context, '');
  assert.deepEqual(errors, []);
  assert.deepEqual(
    jails.map(({ name }) => name),
    ['sshd'],
  );
});

test('every jail has its filter and its action', (context) => {
  const { jails, errors } = readOurs(context, allEnabled);
  assert.deepEqual(errors.map(String), []);
  for (const { name, filter, actions } of jails) {
    assert.ok((filter?.failRegex.length ?? 0) > 0, `[${name}] looks for something`);
    assert.ok(actions.length > 0, `[${name}] does something`);
  }
});

test('without files of the system’s log, jails that read it read the journal', (context) => {
  const logs = ['local0', 'authpriv', 'daemon', 'ftp', 'user', 'mail'].map((name) => `syslog_${name}`);
  const local = [...logs, 'proftpd_log'].map((name) => `${name} = /no/such/log\n`).join('');
  const folder = scratchFolder(context);
  writeFileSync(join(folder, 'jail.local'), allEnabled + local);
  const { jails } = readConfiguration({ layers: [ownConfig, folder], hasJournal: () => true });
  const stuck = jails
    .filter(({ logPaths, backend }) => backend !== 'systemd' && logPaths[0]?.pattern === '/no/such/log')
    .map(({ name }) => name)
    .filter((name) => !withoutJournal.has(name));
  assert.deepEqual(stuck, []);
  assert.equal(jails.find(({ name }) => name === 'postfix')?.backend, 'systemd');
});

test('every filter is used by some jail', (context) => {
  const used = new Set(readOurs(context, allEnabled).jails.map(({ filter }) => filter?.name));
  const unused = readdirSync(join(ownConfig, 'filter.d'))
    .filter((file) => file.endsWith('.conf'))
    .map((file) => file.replace(/\.conf$/, ''))
    .filter((name) => !used.has(name) && !name.endsWith('-common') && !withoutJail.has(name));
  assert.deepEqual(unused, []);
});

test('a jail that bans over TCP and UDP has two actions that differ in name and protocol', (context) => {
  const { jails } = readOurs(
    context,
    `${allEnabled}[murmur]\nport = 1\n[counter-strike]\ntcpport = 2\nudpport = 3\n`,
  );
  const given = (name: string, option: string): (string | undefined)[] | undefined =>
    jails.find((jail) => jail.name === name)?.actions.map((action) => action.arguments.get(option));
  assert.deepEqual(given('murmur', 'protocol'), ['tcp', 'udp']);
  assert.deepEqual(given('murmur', 'name'), ['murmur-tcp', 'murmur-udp']);
  assert.deepEqual(given('murmur', 'port'), ['1', '1']);
  assert.deepEqual(given('counter-strike', 'port'), ['2', '3']);
});

test('options appended to an action shortcut reach the blocking action, also where TCP wrappers ban as well', (context) => {
  const { jails } = readOurs(
    context,
    `[DEFAULT]\nbanaction_hostsdeny = hostsdeny\naction = %(action_ban)s\n[sshd]\naction = %(action_)s[blocktype=DROP]\n[pass2allow-ftp]\nenabled = true\n[murmur]\nenabled = true\n`,
  );
  const actions = (name: string) =>
    jails
      .find((jail) => jail.name === name)
      ?.actions.map(({ file, arguments: given }) => [file, given.get('blocktype')]);
  assert.deepEqual(actions('sshd'), [['iptables-multiport', 'DROP']]);
  // Whoever knocks is let in: nothing may deny him.
  assert.deepEqual(actions('pass2allow-ftp'), [['iptables-multiport', 'RETURN']]);
  assert.deepEqual(actions('murmur'), [
    ['iptables-multiport', undefined],
    ['iptables-multiport', undefined],
    ['hostsdeny', undefined],
  ]);
});
