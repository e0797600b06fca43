import { WarderError } from '../base/index.ts';
import type { SourceSettings } from './types.ts';

/** journald's flags, by which fail2ban's `journalflags` chooses (sd-journal.h). */
const localOnly = 1;
const runtimeOnly = 2;
const systemOnly = 4;
const currentUser = 8;
const allNamespaces = 32;
const defaultNamespaceToo = 64;
const knownFlags = localOnly | runtimeOnly | systemOnly | currentUser | allNamespaces | defaultNamespaceToo;

const knownOptions = ['journalpath', 'journalfiles', 'journalflags', 'namespace', 'rotated'];

type JournalOptionTexts = SourceSettings['journalOptions'];

/** Fields that make up a line; the cursor and the times come always. */
const fields = [
  '_HOSTNAME',
  'SYSLOG_IDENTIFIER',
  '_COMM',
  'SYSLOG_PID',
  '_PID',
  'MESSAGE',
  '_SOURCE_REALTIME_TIMESTAMP',
  '_SOURCE_MONOTONIC_TIMESTAMP',
];

/** Where in the journal to begin: at an entry, or at a time in seconds since the epoch. */
export type JournalStart = { readonly cursor: string } | { readonly sinceSec: number };

/**
 * The arguments of `journalctl` that read what fail2ban's `systemd` backend would with these options. `rotated` is
 * accepted and changes nothing: journalctl reads rotated files too, without which entries would be lost at every
 * rotation, and which cost it nothing behind a cursor.
 * Throws SOURCE_JOURNAL_OPTION or SOURCE_JOURNALMATCH.
 */
export function journalArguments(
  settings: Pick<SourceSettings, 'journalMatch' | 'journalOptions'>,
  start: JournalStart,
  follow: boolean,
): string[] {
  return [
    '--output=json',
    '--all',
    '--quiet',
    '--no-pager',
    `--output-fields=${fields.join(',')}`,
    ...(follow ? ['--follow', '--no-tail'] : []),
    ...sourceArguments(settings.journalOptions),
    'cursor' in start ? `--cursor=${start.cursor}` : `--since=@${start.sinceSec.toFixed(6)}`,
    '--',
    ...matchArguments(settings.journalMatch),
  ];
}

/** Refuses settings that `journalArguments` would refuse. */
export function checkJournalSettings(
  settings: Pick<SourceSettings, 'journalMatch' | 'journalOptions'>,
): void {
  journalArguments(settings, { sinceSec: 0 }, false);
}

/** As fail2ban lists it: terms side by side, ` + ` between alternatives. */
export function describeMatches(matches: SourceSettings['journalMatch']): string {
  return matches.map((terms) => terms.join(' ')).join(' + ');
}

/**
 * Globs for the files that journald may be writing entries to which a reader with these options sees. Entries in other
 * files are seen too, only not as soon.
 */
export function activeJournalFiles(options: JournalOptionTexts): string[] {
  const isDefaultPlace = (options.journalpath ?? '') === '' && listedFiles(options).length === 0;
  const flags = readFlags(options.journalflags, isDefaultPlace);
  const isSystemOnly = (flags & (systemOnly | currentUser)) === systemOnly;
  return journalFiles(options, ['system.journal', ...(isSystemOnly ? [] : ['user-*.journal'])]);
}

/** Globs for all journal files, or those with these names, where a reader with these options looks. */
export function journalFiles(
  options: JournalOptionTexts,
  names: readonly string[] = ['*.journal'],
): string[] {
  const path = options.journalpath ?? '';
  const files = listedFiles(options);
  if (files.length > 0) return files;
  const ofNamespace = options.namespace ? `*.${options.namespace}` : '*';
  const folders =
    path !== ''
      ? [path, `${path}/*`]
      : ['/run/log/journal', '/var/log/journal'].map((folder) => `${folder}/${ofNamespace}`);
  return folders.flatMap((folder) => names.map((name) => `${folder}/${name}`));
}

function sourceArguments(options: JournalOptionTexts): string[] {
  const unknown = Object.keys(options).find((name) => !knownOptions.includes(name));
  if (unknown !== undefined) {
    throw new WarderError(
      'SOURCE_JOURNAL_OPTION',
      `the systemd backend has no option '${unknown.slice(0, 60)}'`,
      {
        hint: `it has ${knownOptions.join(', ')}`,
      },
    );
  }
  const path = options.journalpath ?? '';
  const files = listedFiles(options);
  if (path !== '' && files.length > 0) {
    throw new WarderError('SOURCE_JOURNAL_OPTION', 'journalpath and journalfiles exclude each other');
  }
  const flags = readFlags(options.journalflags, path === '' && files.length === 0);
  return [
    ...(path === '' ? [] : [`--directory=${path}`]),
    ...files.map((file) => `--file=${file}`),
    // Without it journalctl keeps to this machine's journals, and when following to this boot.
    ...(flags & localOnly ? [] : ['--merge']),
    ...(flags & systemOnly ? ['--system'] : []),
    ...(flags & currentUser ? ['--user'] : []),
    ...(flags & runtimeOnly && path === '' ? ['--directory=/run/log/journal'] : []),
    ...namespaceArguments(options.namespace ?? '', flags),
  ];
}

function namespaceArguments(namespace: string, flags: number): string[] {
  if (flags & allNamespaces) return ['--namespace=*'];
  if (namespace === '') return [];
  return [`--namespace=${flags & defaultNamespaceToo ? '+' : ''}${namespace}`];
}

function listedFiles(options: JournalOptionTexts): string[] {
  return (options.journalfiles ?? '').split(/[\s,]+/).filter(Boolean);
}

/** fail2ban's default is the system's journals, or all that there are in a given place. */
function readFlags(text: string | undefined, isDefaultPlace: boolean): number {
  if (text === undefined || text === '') return isDefaultPlace ? systemOnly : 0;
  const flags = Number(text);
  if (!/^\s*\d{1,3}\s*$/.test(text) || (flags & ~knownFlags) !== 0) {
    throw new WarderError('SOURCE_JOURNAL_OPTION', `journalflags '${text.slice(0, 60)}' is not known`, {
      hint: 'a sum of 1 (this machine), 2 (since boot), 4 (system), 8 (this user), 32 (all namespaces), 64 (the default one too)',
    });
  }
  return flags;
}

function matchArguments(matches: SourceSettings['journalMatch']): string[] {
  const alternatives = matches.filter((terms) => terms.length > 0);
  return alternatives.flatMap((terms, index) => [
    ...(index === 0 ? [] : ['+']),
    ...terms.map((term) => checkedTerm(term)),
  ]);
}

/** A term as sd_journal_add_match takes it: a field name, `=`, a value. */
function checkedTerm(term: string): string {
  if (/^(?!__)[A-Z0-9_]+=[^\0]*$/s.test(term)) return term;
  throw new WarderError('SOURCE_JOURNALMATCH', `'${term.slice(0, 100)}' is not a journal match`, {
    hint: 'write FIELD=value, the field in upper case',
  });
}
