import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { formatStream, formatStreamPretty, readConfiguration, toStream } from '../../src/config/index.ts';
import { repositoryRoot } from '../support/sources.ts';
import { requireTool } from '../support/tools.ts';
import { generateConfiguration } from './config-generator.ts';
import { type DumpJob, referenceDumps, scratchFolder, writeLogs, writeTree } from './config-reference.ts';

const stock = '/etc/fail2ban';

function ourDump({ directory, isPretty }: DumpJob): string {
  const stream = toStream(readConfiguration({ layers: [directory], allowNoFiles: true }));
  return isPretty === true ? formatStreamPretty(stream) : formatStream(stream);
}

/** Compares line by line, so that a difference shows itself and not a quarter of a megabyte. */
function assertSameDump(ours: string, reference: string | undefined, what: string): void {
  assert.ok(reference !== undefined, `the reference refuses ${what.slice(0, 200)}`);
  const expected = reference.split('\n');
  for (const [index, line] of ours.split('\n').entries()) assert.equal(line, expected[index], what);
  assert.equal(ours.length, reference.length, what);
}

/** A copy of the stock directory with a jail.local. */
function stockWith(directory: string, local: string): string {
  cpSync(stock, directory, { recursive: true });
  writeFileSync(join(directory, 'jail.local'), local);
  return directory;
}

/** The stock directory with a jail.local, compared for each text given. */
function compareStock(context: TestContext, locals: readonly string[]): void {
  const folder = scratchFolder(context);
  const jobs = locals.map((local, index) => ({ directory: stockWith(join(folder, String(index)), local) }));
  for (const [index, reference] of referenceDumps(jobs).entries()) {
    assertSameDump(ourDump(jobs[index]!), reference, locals[index]!);
    assert.ok(reference!.includes("'addaction'"), 'some jail is there to be compared');
  }
}

const everyJail = '[DEFAULT]\nenabled = true\n[pass2allow-ftp]\nenabled = false\n';

test('the stock configuration with every jail enabled gives the same stream, for each backend', (context) => {
  if (!requireTool(context, 'fail2ban-client')) return;
  const overrides = [
    '',
    'backend = polling',
    'backend = systemd',
    'default_backend = systemd[journalflags=1]',
  ];
  // In a section of its own the backend also replaces those of jails that set one.
  const jails = ['sshd', 'apache-auth', 'postfix', 'dovecot', 'recidive'];
  const sections = jails.map((jail) => `[${jail}]\nbackend = systemd\n`).join('');
  compareStock(context, [
    ...overrides.map((line) => everyJail.replace('\n', `\n${line}\n`)),
    everyJail + sections,
  ]);
});

test('the stock configuration gives the same stream and pretty stream as the installed client prints', (context) => {
  if (!requireTool(context, 'fail2ban-client')) return;
  const directory = stockWith(scratchFolder(context), everyJail);
  for (const isPretty of [false, true]) {
    const args = ['-c', directory, isPretty ? '--dp' : '-d'];
    const { stdout } = spawnSync('fail2ban-client', args, { encoding: 'utf8', maxBuffer: 1 << 26 });
    assertSameDump(ourDump({ directory, isPretty }), stdout, args.join(' '));
  }
});

test('the stock configuration over our own layer gives the same stream', (context) => {
  if (!requireTool(context, 'fail2ban-client')) return;
  const directory = stockWith(scratchFolder(context), everyJail);
  const ours = readConfiguration({ layers: [join(repositoryRoot, 'config'), directory], allowNoFiles: true });
  assertSameDump(formatStream(toStream(ours)), referenceDumps([{ directory }])[0], 'stock over ours');
});

test('the stock configuration gives the same stream with every kind of action', (context) => {
  if (!requireTool(context, 'fail2ban-client')) return;
  const kinds = [
    'action_mw',
    'action_mwl',
    'action_xarf',
    'action_abuseipdb',
    'action_blocklist_de',
    'action_cf_mwl',
  ];
  const keys = 'cfemail = me@example.org\ncfapikey = key\nblocklist_de_apikey = key\n';
  compareStock(
    context,
    kinds.map((kind) =>
      everyJail.replace('\n', `\n${keys}action = %(${kind})s\nbanaction = nftables-multiport\n`),
    ),
  );
});

test('each stock filter and each stock action gives the same stream in a jail of its own', (context) => {
  if (!requireTool(context, 'fail2ban-client')) return;
  const names = (folder: string): string[] =>
    readdirSync(join(stock, folder))
      .filter((name) => name.endsWith('.conf'))
      .map((name) => basename(name, '.conf'))
      // Fragments for other filters to include; alone they refer to what is not there.
      .filter((name) => !name.endsWith('common'));
  const filters = names('filter.d').flatMap((name, index) => [
    `[f${index}]`,
    'enabled = true',
    `filter = ${name}`,
    'logpath = /nonexistent',
    `[f${index}-journal]`,
    'enabled = true',
    `filter = ${name}[mode=aggressive, logtype=journal]`,
    'backend = systemd',
  ]);
  const actions = names('action.d').flatMap((name, index) => [
    `[a${index}]`,
    'enabled = true',
    'filter = sshd',
    `action = ${name}[port="22,80", protocol=udp]`,
    `         ${name}[name=%(__name__)s-second, chain=FORWARD, actname=second]`,
  ]);
  compareStock(context, [filters.join('\n'), actions.join('\n')]);
});

test('generated configurations give the same stream, or errors where the reference refuses them', (context) => {
  if (!requireTool(context, 'fail2ban-client')) return;
  const folder = scratchFolder(context);
  writeLogs(join(folder, 'logs'));
  const seeds = Array.from({ length: 160 }, (_, index) => index);
  const jobs = seeds.map((seed) => {
    const directory = join(folder, String(seed));
    writeTree(directory, generateConfiguration(seed, join(folder, 'logs')));
    return { directory, isPretty: seed % 5 === 0 };
  });
  let compared = 0;
  for (const [seed, reference] of referenceDumps(jobs).entries()) {
    const job = jobs[seed]!;
    if (reference === undefined) {
      const { errors } = readConfiguration({ layers: [job.directory], allowNoFiles: true });
      assert.ok(errors.length > 0, `seed ${seed}: the reference refuses what we accept`);
    } else {
      assertSameDump(ourDump(job), reference, `seed ${seed}`);
      compared++;
    }
  }
  context.diagnostic(`${compared} of ${seeds.length} generated configurations were valid`);
  assert.ok(compared > seeds.length / 2, 'most generated configurations are valid');
});
