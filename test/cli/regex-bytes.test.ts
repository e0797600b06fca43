import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../../src/base/index.ts';
import { MemoryTerminal, runRegex } from '../../src/cli/index.ts';
import { testNowSec } from '../support/detector.ts';

let folder: string;
let log: string;

/** Rules that may pass over lines: behind a prefregex that takes any line, or only some, or without one; with sessions. */
const filters: Readonly<Record<string, string>> = {
  any: `prefregex = ^(?:\\s*\\S+ )?(?:app\\[<F-MLFID>\\d+</F-MLFID>\\]: )?(?:error: )?<F-CONTENT>.+</F-CONTENT>$
failregex = ^denied for <F-USER>\\S+</F-USER> from <HOST>$
            ^<F-NOFAIL>begins</F-NOFAIL> for <F-USER>\\S*</F-USER> from <ADDR>
            ^<F-MLFGAINED>welcome</F-MLFGAINED> <F-USER>\\S+</F-USER>`,
  some: `prefregex = ^\\s*\\S+ app\\[\\d+\\]: <F-CONTENT>.+</F-CONTENT>$
failregex = ^denied for \\S+ from <HOST>$
            ^begins for .* from <ADDR>`,
  none: `failregex = denied for <F-ALT_USER>\\S+</F-ALT_USER> from <HOST>$
            ^.*begins for \\S* from <ADDR>
datepattern = {^LN-BEG}`,
  picky: `failregex = denied for \\S+ from <HOST>$
ignoreregex = from 192\\.0\\.2\\.2$`,
  silent: `prefregex = ^\\s*\\S+ app\\[\\d+\\]: <F-CONTENT>.+</F-CONTENT>$
failregex = ^denied for \\S+ from <HOST>$
datepattern = ^%%Y:%%m:%%d-%%H:%%M:%%S`,
};

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'warder-bytes-'));
  log = join(folder, 'log');
  mkdirSync(join(folder, 'filter.d'));
  for (const [name, text] of Object.entries(filters)) {
    writeFileSync(join(folder, 'filter.d', `${name}.conf`), `[Definition]\n${text}\n`);
  }
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** What is said from the results on, without the time that it took. */
async function results(from: string, filter: string, options: readonly string[]): Promise<string> {
  const terminal = new MemoryTerminal();
  const args = ['-c', folder, ...options, from, `${filter}.conf`];
  await runRegex('fail2ban-regex', args, terminal, {
    clock: new ManualClock(testNowSec),
    resolve: async (name) => (name.startsWith('two') ? ['192.0.2.7', '2001:db8::7'] : []),
    names: { hostOf: async () => undefined, fullName: async () => '', shortName: () => '' },
    isWatched: false,
  });
  const text = terminal.stdout.replace(/^\[processed in .*\]$/m, '[processed]');
  return options.includes('-o') ? text : text.slice(text.indexOf('Results\n'));
}

/** The text of a log is tried line by line as texts, the same in a file as bytes. */
async function compare(text: string, filter: string, options: readonly string[]): Promise<string> {
  writeFileSync(log, text);
  const asBytes = await results(log, filter, options);
  const asText = await results(text, filter, options);
  assert.equal(asBytes, asText, `${filter} ${options.join(' ')}: ${JSON.stringify(text)}`);
  return asBytes;
}

const dates = [
  'Nov 22 15:28:49',
  'Nov 22 15:28:50',
  'Nov 21 15:27:49',
  'Feb 30 15:28:49',
  '2026-11-22T15:28:49.123+01:00',
  '2026-11-22 15:28:48',
  '[22/Nov/2026:15:28:49 +0100]',
  '2026:11:22-15:28:49',
  '1795361329',
  '',
];
const middles = [
  ' srv app[1]: ',
  ' srv app[2]: ',
  ' srv app[3]: error: ',
  ' app[1]: ',
  ' srv other: ',
  ' ',
  '',
];
const messages = [
  'denied for root from 192.0.2.1',
  'denied for ü from 2001:db8::1',
  'denied for root from two.example',
  'denied for root from nobody.example',
  'denied for root from 192.0.2.2',
  'begins for root from 192.0.2.3 port 1',
  'begins for  from ::ffff:192.0.2.9',
  'welcome root',
  'nothing of interest',
  'begins of something denied',
  '',
];
const line = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(
        fc.oneof(fc.constantFrom(...dates.slice(0, 2)), fc.constantFrom(...dates)),
        fc.constantFrom(...middles),
        fc.constantFrom(...messages),
      )
      .map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: fc.constantFrom('', '# denied for root from 192.0.2.1', '\r', ' ', '\u2028x') },
);
const options = fc.constantFrom<readonly string[]>(
  [],
  ['-v'],
  ['--print-all-matched', '--print-all-missed', '--print-all-ignored'],
  ['--no-check-all'],
  ['-r'],
  ['--usedns', 'no', '--print-all-missed'],
  ['-l', 'info'],
  ['-o', 'row'],
  ['-o', 'row', '-i'],
);

test('lines that are passed over as bytes count as those that are tried as texts', async () => {
  let matched = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 2, maxLength: 60 }),
      fc.constantFrom(...Object.keys(filters)),
      options,
      fc.constantFrom('\n', '\n', '\r\n'),
      async (lines, filter, chosen, lineEnd) => {
        const report = await compare(lines.map((each) => each + lineEnd).join(''), filter, chosen);
        if (!/ 0 matched/.test(report)) matched += 1;
      },
    ),
    { numRuns: 80 },
  );
  assert.ok(matched > 15, `${matched} of the logs had matches`);
});

test('a log with more lines than are read at once has the counts of its lines', async () => {
  const lines: string[] = [];
  for (let index = 0; index < 60_000; index += 1) {
    const kind = index % 10;
    const message = kind === 0 ? messages[0] : kind === 1 ? messages[5] : `padding ${'x'.repeat(90)}`;
    lines.push(
      `${kind === 7 ? '' : `Nov 22 15:28:${String(index % 60).padStart(2, '0')}`} srv app[${index % 7}]: ${message}`,
    );
  }
  writeFileSync(log, `${lines.join('\n')}\n`);
  const report = await results(log, 'some', []);
  assert.match(report, /^Lines: 60000 lines, 0 ignored, 12000 matched, 48000 missed$/m);
  assert.match(report, /^Prefregex: 60000 total$/m);
  assert.match(report, /\[54000\] \{\^LN-BEG\}/);
});
