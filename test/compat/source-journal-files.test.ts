import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { WarderError } from '../../src/base/index.ts';
import {
  checkJournalSettings,
  type JournalEntry,
  journalArguments,
  lineCodec,
  parseJournalEntry,
} from '../../src/source/index.ts';
import { temporaryDirectory } from '../source/harness.ts';
import { type FiledEntry, requireJournalFiles, writeJournalFile } from '../support/journal-file.ts';
import { runPython, systemPython } from '../support/python.ts';
import { requireThat } from '../support/tools.ts';

const startSec = Date.parse('2026-11-22T15:00:00Z') / 1000;

const readProgram = `
from fail2ban.server.filtersystemd import FilterSystemd
result = []
for asked in given['asked']:
    jail_filter = FilterSystemd(None, journalfiles=given['files'])
    jail_filter.setLogEncoding('utf-8')
    lines = []
    try:
        for words in asked['matches']:
            jail_filter.addJournalMatch(words)
        reader = jail_filter.getJournalReader()
        if asked.get('sinceSec') is None:
            reader.seek_head()
        else:
            jail_filter.seekToTime(asked['sinceSec'])
        while True:
            entry = reader.get_next()
            if not entry:
                break
            lines.append(jail_filter.formatJournalEntry(entry)[0][2])
        result.append(lines)
    except ValueError as error:
        result.append('refused')
`;

function isReady(context: TestContext): boolean {
  const reference = spawnSync(systemPython, ['-c', 'import fail2ban.server.filtersystemd']).status === 0;
  const reason = "MISSING TOOL: Debian's fail2ban and python3-systemd are not installed";
  return requireJournalFiles(context) && requireThat(context, reference, reason);
}

function read(files: string, matches: readonly (readonly string[])[], sinceSec = 0): JournalEntry[] {
  const settings = { journalMatch: matches.flatMap(alternatives), journalOptions: { journalfiles: files } };
  const { stdout } = spawnSync('journalctl', journalArguments(settings, { sinceSec }, false), {
    maxBuffer: 1 << 26,
  });
  const lines = stdout.toString('latin1').split('\n').filter(Boolean);
  return lines.flatMap((line) => parseJournalEntry(Buffer.from(line, 'latin1'), lineCodec('utf-8')) ?? []);
}

/** As the daemon divides the words of one `addjournalmatch`. */
function alternatives(words: readonly string[]): string[][] {
  const groups: string[][] = [[]];
  for (const word of words) {
    if (word === '+') groups.push([]);
    else groups.at(-1)!.push(word);
  }
  return groups;
}

const values: Readonly<Record<string, readonly string[]>> = {
  SYSLOG_IDENTIFIER: ['sshd', 'sshd-session', 'a b'],
  _SYSTEMD_UNIT: ['ssh.service', 'ssh=x', 'q"uoted'],
  _COMM: ['sshd', '+'],
};
const term = fc
  .constantFrom(...Object.keys(values))
  .chain((name) => fc.constantFrom(...values[name]!, 'none').map((value) => `${name}=${value}`));
const words = fc.array(fc.oneof({ weight: 3, arbitrary: term }, { weight: 1, arbitrary: fc.constant('+') }), {
  minLength: 1,
  maxLength: 6,
});

test('matches select what they select in fail2ban, several of them and with + between', (context) => {
  if (!isReady(context)) return;
  const path = join(temporaryDirectory(context), 'some.journal');
  const names = Object.keys(values);
  const filed = Array.from({ length: 64 }, (_, index): FiledEntry => {
    const fields = names.flatMap((name, place): [string, string][] => {
      const chosen = values[name]![Math.floor(index / 4 ** place) % 4];
      return chosen === undefined ? [] : [[name, chosen]];
    });
    return { timeSec: startSec + index, fields: [...fields, ['MESSAGE', `entry ${index}`]] };
  });
  writeJournalFile(path, filed);
  const seed = process.env.WARDER_SEED ? { seed: Number(process.env.WARDER_SEED) } : {};
  const asked = fc.sample(fc.array(words, { maxLength: 3 }), { numRuns: 60, ...seed });
  const theirs = runPython(readProgram, {
    files: path,
    asked: asked.map((matches) => ({ matches })),
  }) as string[][];
  let selected = 0;
  asked.forEach((matches, index) => {
    const ours = read(path, matches).map(({ text }) => text);
    assert.deepEqual(ours, theirs[index], JSON.stringify(matches));
    selected += ours.length;
  });
  assert.ok(selected > 100);
});

test('what fail2ban refuses as a match is refused, and nothing else', (context) => {
  if (!isReady(context)) return;
  const path = join(temporaryDirectory(context), 'some.journal');
  writeJournalFile(path, [{ timeSec: startSec, fields: [['MESSAGE', 'x']] }]);
  const terms = [
    'abc',
    'a=1',
    '__CURSOR=1',
    '=x',
    'A',
    'A=',
    '1=2',
    '_A=1',
    `${'A'.repeat(70)}=1`,
    'A B=1',
    'A="x y"',
  ];
  const more = ['É=1', 'A==', '', '--file=x', 'A=\n', '/usr/sbin/sshd', '_TRANSPORT', 'A=é'];
  const asked = [...terms, ...more].map((term) => ({ matches: [[term]] }));
  const theirs = runPython(readProgram, { files: path, asked }) as (string[] | 'refused')[];
  asked.forEach(({ matches }, index) => {
    assert.equal(isRefused(matches), theirs[index] === 'refused', JSON.stringify(matches));
  });
});

test('reading begins at a time, and a line is made of the fields that an entry has', (context) => {
  if (!isReady(context)) return;
  const directory = temporaryDirectory(context);
  const full: [string, string][] = [
    ['_HOSTNAME', 'host'],
    ['SYSLOG_IDENTIFIER', 'sshd'],
    ['_PID', '12'],
    ['MESSAGE', 'all of it'],
  ];
  const kinds: readonly (readonly (readonly [string, string])[])[] = [
    full,
    ...full.map(([left]) => full.filter(([name]) => name !== left)),
    [['MESSAGE', 'nothing else']],
    [['PRIORITY', '6']],
    [...full.slice(0, 3), ['MESSAGE', 'one'], ['MESSAGE', 'two']],
    [
      ['SYSLOG_IDENTIFIER', 'kernel'],
      ['MESSAGE', 'up'],
    ],
    [
      ['SYSLOG_IDENTIFIER', 'kernel'],
      ['_SOURCE_MONOTONIC_TIMESTAMP', '7000001'],
      ['MESSAGE', 'up'],
    ],
    [
      ['_COMM', 'cat'],
      ['SYSLOG_PID', '7'],
      ['_PID', '8'],
      ['MESSAGE', 'two process ids'],
    ],
  ];
  const filed = kinds.map((fields, index): FiledEntry => ({ timeSec: startSec + index, fields }));
  // Two files are read as one journal, by time.
  const half = Math.ceil(filed.length / 2);
  writeJournalFile(join(directory, 'a.journal'), filed.slice(half));
  writeJournalFile(join(directory, 'b.journal'), filed.slice(0, half));
  const files = `${directory}/*.journal`;
  const starts = [-1, 0, 0.5, 3, half, filed.length + 1].map((offset) => startSec + offset);
  const asked = starts.map((sinceSec) => ({ matches: [], sinceSec }));
  const theirs = runPython(readProgram, { files, asked }) as string[][];
  starts.forEach((sinceSec, index) => {
    assert.deepEqual(
      read(files, [], sinceSec).map(({ text }) => text),
      theirs[index],
    );
  });
  assert.equal(theirs[0]!.length, filed.length);
});

test('the time of an entry is the one of its writer, to the microsecond', (context) => {
  if (!isReady(context)) return;
  const path = join(temporaryDirectory(context), 'some.journal');
  const source: [string, string] = ['_SOURCE_REALTIME_TIMESTAMP', String((startSec - 5) * 1e6 + 123_456)];
  writeJournalFile(path, [
    { timeSec: startSec + 0.000001, fields: [['MESSAGE', 'x']] },
    { timeSec: startSec + 1, fields: [['MESSAGE', 'y'], source] },
  ]);
  assert.deepEqual(
    read(path, []).map(({ text, timeSec }) => [text, timeSec]),
    [
      ['x', startSec + 0.000001],
      ['y', startSec - 5 + 0.123456],
    ],
  );
});

function isRefused(journalMatch: string[][]): boolean {
  try {
    checkJournalSettings({ journalMatch, journalOptions: {} });
    return false;
  } catch (error) {
    assert.ok(error instanceof WarderError && error.code === 'SOURCE_JOURNALMATCH');
    return true;
  }
}
