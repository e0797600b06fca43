import assert from 'node:assert/strict';
import { join, relative } from 'node:path';
import { type TestContext, test } from 'node:test';
import { formatStream, readConfiguration, toStream } from '../../src/config/index.ts';
import { requireTool } from '../support/tools.ts';
import { referenceDumps, scratchFolder, writeTree } from './config-reference.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;

/** A jail that works, beside whatever a case adds. */
const base: Files = {
  'fail2ban.conf': '[Definition]\nloglevel = INFO\n',
  'jail.conf': '[good]\nenabled = true\nfilter = fgood\naction = agood\n',
  'filter.d/fgood.conf': '[Definition]\nfailregex = ^good <HOST>$\n',
  'action.d/agood.conf': '[Definition]\nactionban = echo <ip>\n[Init]\nport = ssh\n',
};

/** A second jail, with a filter that the case brings. */
const second = '[other]\nenabled = true\nfilter = fother\naction = agood\n';

interface Place {
  readonly code: string;
  readonly place: string;
  readonly jail?: string;
}

interface Case {
  readonly files: Files;
  /** What we report, as `file:line`; the reference need not say anything. */
  readonly errors?: readonly Place[];
}

/** What fail2ban reads; our stream is the same, and what is odd is reported all the same. */
const accepted: Readonly<Record<string, Case>> = {
  'a file that includes itself': {
    files: { 'filter.d/fother.conf': '[INCLUDES]\nafter = fother.conf\n[Definition]\nfailregex = a\n' },
    errors: [{ code: 'CONFIG_CIRCULAR_INCLUDE', place: 'filter.d/fother.conf:2', jail: 'other' }],
  },
  'two files that include each other': {
    files: {
      'filter.d/fother.conf':
        '[INCLUDES]\nbefore = x.conf\n[Definition]\nfailregex = a %(known/failregex)s\n',
      'filter.d/x.conf': '[INCLUDES]\n\nbefore = y.conf\n  fother.conf\n[Definition]\nfailregex = b\n',
      'filter.d/y.conf': '[Definition]\nprefregex = c\n',
    },
    errors: [{ code: 'CONFIG_CIRCULAR_INCLUDE', place: 'filter.d/x.conf:4', jail: 'other' }],
  },
  'a file that is included by two others': {
    files: {
      'filter.d/fother.conf': '[INCLUDES]\nbefore = x.conf\n y.conf\n[Definition]\nfailregex = <tag1>\n',
      'filter.d/x.conf': '[INCLUDES]\nbefore = z.conf\n[Init]\ntag1 = x\n',
      'filter.d/y.conf': '[INCLUDES]\nbefore = z.conf\n[Init]\ntag2 = y\n',
      'filter.d/z.conf': '[Init]\ntag1 = z\n',
      'filter.d/z.local': '[Init]\ntag1 = local\n',
    },
  },
  'a jail.local that is not UTF-8': {
    files: {
      'jail.local': Buffer.from('# caf\xe9\n[good]\nmaxretry = 1\n', 'latin1'),
      'filter.d/fother.conf': '[Definition]\nfailregex = a\n',
    },
    errors: [{ code: 'CONFIG_ENCODING', place: 'jail.local:1' }],
  },
  'a filter of which only the .local can be read': {
    files: {
      'filter.d/fother.conf': Buffer.from('[Definition]\nfailregex = \xff\n', 'latin1'),
      'filter.d/fother.local': '[Definition]\nfailregex = a\n',
    },
    errors: [{ code: 'CONFIG_ENCODING', place: 'filter.d/fother.conf:2', jail: 'other' }],
  },
  'a filter of which nothing can be read': {
    files: { 'filter.d/fother.conf': Buffer.from('[Definition]\nfailregex = \xff\n', 'latin1') },
    errors: [{ code: 'CONFIG_NO_FILTER', place: 'jail.d/other.conf:3', jail: 'other' }],
  },
  'an empty filter': {
    files: { 'filter.d/fother.conf': '' },
  },
  'an action without a definition': {
    files: {
      'filter.d/fother.conf': '',
      'action.d/agood.local': '',
      'action.d/agood.conf': '[Init]\nx = 1\n',
    },
  },
  'line ends of other systems, tabs, and text beyond ASCII': {
    files: {
      'filter.d/fother.conf':
        '[Definition]\rfailregex = é\r\n\t\u{1f600} x\u00a0\r\n \u2028y\n[Init]\n\fa b : c\x1f\n',
    },
  },
  'a missing filter': {
    files: {},
    errors: [{ code: 'CONFIG_NO_FILTER', place: 'jail.d/other.conf:3', jail: 'other' }],
  },
  'an unknown action': {
    files: { 'filter.d/fother.conf': '', 'jail.d/p.conf': '[other]\naction = agood\n\n   nothere[x=1]\n' },
    errors: [{ code: 'CONFIG_NO_ACTION', place: 'jail.d/p.conf:4', jail: 'other' }],
  },
  'a filter whose brackets do not close': {
    files: { 'jail.d/p.conf': '[other]\nfilter = fother[x="1"' },
    errors: [{ code: 'CONFIG_BAD_FILTER_NAME', place: 'jail.d/p.conf:2', jail: 'other' }],
  },
  'an action with wrong options': {
    files: { 'filter.d/fother.conf': '', 'jail.d/p.conf': '[other]\naction = agood[x="1" y=2]\n' },
    errors: [{ code: 'CONFIG_BAD_ACTION_NAME', place: 'jail.d/p.conf:2', jail: 'other' }],
  },
  'a word where a number belongs': {
    files: {
      'filter.d/fother.conf': '[Init]\nmaxlines = many\n',
      'jail.d/p.conf': '[other]\nmaxretry = few\n',
    },
    errors: [
      { code: 'CONFIG_WRONG_VALUE', place: 'jail.d/p.conf:2', jail: 'other' },
      { code: 'CONFIG_WRONG_VALUE', place: 'filter.d/fother.conf:2', jail: 'other' },
    ],
  },
};

/** What makes fail2ban give up altogether; here it costs the second jail, or one option of it. */
const refused: Readonly<Record<string, Case & { readonly keepsJail?: boolean }>> = {
  'circular interpolation': {
    files: { 'filter.d/fother.conf': '[Definition]\n_a = %(_b)s\n_b = %(_a)s\nfailregex = x\n  %(_a)s\n' },
    errors: [{ code: 'CONFIG_CIRCULAR_INTERPOLATION', place: 'filter.d/fother.conf:3', jail: 'other' }],
  },
  'interpolation that is nested too deeply': {
    files: {
      'filter.d/fother.conf': `[Definition]\nv0 = %%\n${Array.from({ length: 12 }, (_, i) => `v${i + 1} = %(v${i})s\n`).join('')}`,
    },
    errors: [{ code: 'CONFIG_INTERPOLATION_TOO_DEEP', place: 'filter.d/fother.conf:3', jail: 'other' }],
  },
  'an undefined name in a filter': {
    files: { 'filter.d/fother.conf': '[Definition]\nfailregex = a\n    # comment\n    b %(nothing)s\n' },
    errors: [{ code: 'CONFIG_UNDEFINED_NAME', place: 'filter.d/fother.conf:4', jail: 'other' }],
  },
  'an undefined name in an option that a jail cannot do without': {
    files: { 'filter.d/fother.conf': '', 'jail.d/p.conf': '[other]\nignoreip = %(nothing)s\n' },
    errors: [{ code: 'CONFIG_UNDEFINED_NAME', place: 'jail.d/p.conf:2', jail: 'other' }],
  },
  'an undefined name in an option with a default': {
    files: { 'filter.d/fother.conf': '', 'jail.d/p.conf': '[other]\nfindtime = %(nothing)s\n' },
    errors: [{ code: 'CONFIG_UNDEFINED_NAME', place: 'jail.d/p.conf:2', jail: 'other' }],
    keepsJail: true,
  },
  'a single percent sign': {
    files: { 'filter.d/fother.conf': '[Definition]\nfailregex = 100%\n' },
    errors: [{ code: 'CONFIG_INTERPOLATION_SYNTAX', place: 'filter.d/fother.conf:2', jail: 'other' }],
  },
  'circular tags': {
    files: { 'filter.d/fother.conf': '[Definition]\nfailregex = <a>\n[Init]\na = <b>\nb = <a>\n' },
    errors: [{ code: 'CONFIG_CIRCULAR_TAG', place: 'filter.d/fother.conf:2', jail: 'other' }],
  },
  'a filter without a section header': {
    files: { 'filter.d/fother.conf': '\n# c\nfailregex = a\n' },
    errors: [{ code: 'CONFIG_NO_SECTION_HEADER', place: 'filter.d/fother.conf:3', jail: 'other' }],
  },
  'a jail file without a section header': {
    files: { 'filter.d/fother.conf': '', 'jail.local': 'enabled = true\n[other]\nmaxretry = 3\n' },
    errors: [{ code: 'CONFIG_NO_SECTION_HEADER', place: 'jail.local:1' }],
    keepsJail: true,
  },
  'a line that is no option': {
    files: {
      'filter.d/fother.conf': '',
      'jail.local': '[other]\nmaxretry 3\n  continued = 1\nfindtime = 5\n',
    },
    errors: [{ code: 'CONFIG_SYNTAX', place: 'jail.local:2', jail: 'other' }],
    keepsJail: true,
  },
  'an option that appears twice': {
    files: { 'filter.d/fother.conf': '', 'jail.local': '[other]\nmaxretry = 3\nMaxRetry = 4\n' },
    errors: [{ code: 'CONFIG_DUPLICATE_OPTION', place: 'jail.local:3', jail: 'other' }],
    keepsJail: true,
  },
  'a section that appears twice': {
    files: { 'filter.d/fother.conf': '', 'jail.local': '[other]\nmaxretry = 3\n[other]\nfindtime = 5\n' },
    errors: [{ code: 'CONFIG_DUPLICATE_SECTION', place: 'jail.local:3', jail: 'other' }],
    keepsJail: true,
  },
  'an include with an undefined name': {
    files: { 'filter.d/fother.conf': '[INCLUDES]\nbefore = %(x)s.conf\n' },
    errors: [{ code: 'CONFIG_UNDEFINED_NAME', place: 'filter.d/fother.conf:2', jail: 'other' }],
  },
  'a journalmatch with an open quote': {
    files: { 'filter.d/fother.conf': '[Definition]\njournalmatch = "a\n' },
    errors: [{ code: 'CONFIG_WRONG_VALUE', place: 'filter.d/fother.conf:2', jail: 'other' }],
  },
};

/** Writes the cases into a folder each and runs the reference over all of them. */
function prepare(context: TestContext, cases: Readonly<Record<string, Case>>) {
  const folder = scratchFolder(context);
  const named = Object.entries(cases).map(([name, one], index) => {
    const directory = join(folder, String(index));
    writeTree(directory, Object.entries({ ...base, 'jail.d/other.conf': second, ...one.files }));
    return { name, one, directory };
  });
  const references = referenceDumps(named);
  return named.map((entry, index) => ({ ...entry, reference: references[index] }));
}

function reported(directory: string): Place[] {
  return readConfiguration({ layers: [directory], allowNoFiles: true }).errors.map((error) => ({
    code: error.code,
    place: `${relative(directory, error.file ?? '')}:${error.line}`,
    ...(error.jail === undefined ? {} : { jail: error.jail }),
  }));
}

function dump(directory: string): string {
  return formatStream(toStream(readConfiguration({ layers: [directory], allowNoFiles: true })));
}

function assertReported(directory: string, one: Case, name: string): void {
  const found = reported(directory);
  for (const expected of one.errors ?? []) {
    const has = found.some((error) => JSON.stringify(error) === JSON.stringify(expected));
    assert.ok(has, `${name}: ${JSON.stringify(expected)} is not in ${JSON.stringify(found)}`);
  }
  if (one.errors === undefined) assert.deepEqual(found, [], name);
}

test('what the reference reads gives the same stream, and mistakes in it are reported with file and line', (context) => {
  if (!requireTool(context, 'fail2ban-client')) return;
  for (const { name, one, directory, reference } of prepare(context, accepted)) {
    assert.equal(dump(directory), reference, name);
    assertReported(directory, one, name);
  }
});

test('what the reference refuses altogether costs one jail or one option, with file and line', (context) => {
  if (!requireTool(context, 'fail2ban-client')) return;
  for (const { name, one, directory, reference } of prepare(context, refused)) {
    assert.equal(reference, undefined, `${name}: the reference reads it`);
    assertReported(directory, one, name);
    const text = dump(directory);
    assert.match(text, /^\['start', 'good'\]$/m, name);
    const keepsJail = refused[name]!.keepsJail === true;
    assert.equal(text.includes("['start', 'other']"), keepsJail, name);
    assert.equal(/^\['config-error', .*other/m.test(text), !keepsJail, name);
  }
});
