import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeDateReader } from '../../src/detect/dates/index.ts';
import { sharedCompiler } from '../../src/detect/index.ts';
import { foreignNames, patternTable } from '../support/date-pattern-table.ts';
import { moments, spellings } from '../support/date-spellings.ts';
import { DetectOracle, type OracleDates } from '../support/detect-oracle.ts';
import { requireFail2ban } from '../support/fail2ban.ts';

let oracle: DetectOracle | undefined;
const compile = sharedCompiler();
const ownZone = process.env.TZ;

before(() => {
  oracle = new DetectOracle();
});
after(() => {
  oracle?.close();
  if (ownZone === undefined) delete process.env.TZ;
  else process.env.TZ = ownZone;
});

interface Table {
  readonly pattern?: string;
  readonly logTimeZone?: string;
  readonly zone: string;
  readonly now: string;
  readonly lines: readonly string[];
}

/** Runs both on the same lines; fails at the first difference. Returns how many lines there were, and how many times were read. */
async function compare(table: Table): Promise<{ lines: number; times: number }> {
  const { pattern, logTimeZone, zone, lines } = table;
  process.env.TZ = zone;
  const nowSec = Date.parse(table.now) / 1000;
  const theirs = steady(await oracle!.dates({ pattern, logTimeZone, zone, nowSec, lines }));
  const where = JSON.stringify({ ...table, lines: undefined });
  const make = () => makeDateReader({ datePattern: pattern, logTimeZone, nowSec: () => nowSec, compile });
  // A pattern that is no regex breaks the reference at every line; it is refused at once here.
  if (theirs.error !== undefined || theirs.answers!.every((answer) => answer?.error !== undefined)) {
    assert.throws(make, () => true, `${where} should be refused`);
    return { lines: 1, times: 0 };
  }
  const reader = make();
  for (const [index, line] of lines.entries()) {
    const date = reader.read(line);
    const ours =
      date === undefined
        ? null
        : {
            start: date.start,
            end: date.end,
            template: date.template.spec.name,
            timeSec: date.timeSec ?? null,
          };
    const answer = theirs.answers![index]!;
    // Where the reference breaks with an error of its own, a line has no time with us.
    if (answer?.error !== undefined) assert.equal(date?.timeSec, undefined, `${where} ${line}`);
    // An empty date means that there is none; the reference's filter then does not ask for its time.
    else if (answer !== null && answer.start === answer.end) {
      assert.deepEqual(ours, { ...answer, timeSec: null }, `${where} ${line}`);
    } else assert.deepEqual(ours, answer, `${where} ${line}`);
  }
  assert.deepEqual(
    reader.templates.map((template) => template.spec.name),
    theirs.order,
    `${where}: order of the templates`,
  );
  assert.deepEqual(
    reader.templates.map((template) => template.hits),
    theirs.hits,
    `${where}: hits`,
  );
  return { lines: lines.length, times: theirs.answers!.filter((answer) => answer?.timeSec != null).length };
}

/** How the reference names `%Exk` and `%Exl` changes from run to run. */
function steady(dates: OracleDates): OracleDates {
  return JSON.parse(
    JSON.stringify(dates).replaceAll(/Ex(%[kl])/g, (_, tag: string) => `%Ex${tag.slice(1)}`),
  ) as OracleDates;
}

const nows = [
  '2026-11-22T15:28:49Z',
  '2026-01-01T00:30:00Z',
  '2024-02-29T12:00:00Z',
  '2025-03-01T00:00:30Z',
  '2024-12-31T23:59:59.500Z',
];
const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'America/St_Johns',
  'Pacific/Apia',
];

test('default templates read every format in every zone as the reference does', async (context) => {
  if (!requireFail2ban(context)) return;
  let compared = 0;
  const table = moments.map(spellings);
  for (const zone of zones) {
    for (const now of nows) {
      for (const format of table[0]!.keys()) {
        const lines = table.map((row) => `${row[format]} host daemon[1]: text`);
        compared += (await compare({ zone, now, lines })).lines;
      }
    }
  }
  context.diagnostic(`dates compared: ${compared}`);
});

test('logtimezone holds for dates without a zone', async (context) => {
  if (!requireFail2ban(context)) return;
  const lines = moments.flatMap((moment) => spellings(moment).filter((_, index) => index !== 25));
  for (const logTimeZone of [
    'UTC',
    'CET',
    'CEST',
    '-0430',
    'CET+0130',
    'GMT+12',
    'K',
    '',
    'WRONG',
    'UTC+25:00',
    'AB',
  ]) {
    await compare({ logTimeZone, zone: 'Europe/Berlin', now: nows[0]!, lines });
  }
});

test('templates compete by hits, weight and distance as in the reference', async (context) => {
  if (!requireFail2ban(context)) return;
  const mixed = spellings(moments[1]!);
  const inMessage = mixed.map((date) => `daemon[17]: text "${date}" more`);
  const both = mixed.flatMap((date, index) => `srv ${date} client said ${mixed[(index + 7) % mixed.length]}`);
  const lines: string[] = [];
  for (const [index, line] of [...mixed, ...inMessage, ...both].entries()) {
    for (let n = 0; n <= index % 9; n += 1) lines.push(n % 4 === 3 ? both[(index + n) % both.length]! : line);
  }
  lines.push('', ' ', 'no date at all', '12', '2026-11-22', ...lines.toReversed());
  await compare({ zone: 'Europe/Berlin', now: nows[0]!, lines });
  await compare({ pattern: '{^LN-BEG}', zone: 'Europe/Berlin', now: nows[0]!, lines });
});

/** Patterns of users: each directive, prefix and word, and some that cannot work. */
const patterns: readonly string[] = [
  '%Y-%m-%d %H:%M:%S',
  '^%Y-%m-%d',
  '%Y-%m-%d%z**',
  '%ExY-%Exm-%Exd %ExH:%ExM:%ExS(?: ?%Exz)?',
  '%ExY-%Exm-%Exd %ExH:%ExM:%ExS(?: ?%ExZ)?',
  '%Y-%m-%d[T ]%H:%M:%S(?:[.,]%f)?(?:\\s*%z)?',
  '{^LN-BEG}%ExY%Exm%Exd%ExH%ExM%ExS**',
  '{UNB}%H:%M:%S',
  '**%H:%M:%S %d.%m.%Y**',
  '\\[%d/%b/%Y:%H:%M:%S %z\\]',
  '^\\[%d/%b/%Y:%H:%M:%S',
  '%H:%M:%S$',
  '%b %d %k:%M:%S',
  '%B %Exd %l:%ExM:%ExS ?%p',
  '%a %b %d %Exk:%M:%S %Y',
  '%A, %d %B %Y %I:%M %p',
  '%Y %j %H:%M',
  '%y %U %A %ExH:%ExM:%ExS',
  '%y %W %w %H:%M:%S',
  '%d %H:%M',
  '%m/%d %H:%M:%S',
  '%x %X',
  '%c',
  '%G-%V-%u %H:%M:%S',
  '%Z %H:%M:%S',
  '(?i)at %Y-%m-%d %H:%M:%S',
  'ts=(?P<Y>\\d{4})(?P<m>\\d\\d)(?P<d>\\d\\d)',
  '(%Y-%m-%d) extra',
  'EPOCH',
  '^Epoch',
  '{^LN-BEG}epoch',
  'LEPOCH',
  '{^LN-BEG}LEPOCH',
  '(?<=\\|\\s){LEPOCH}(?=\\s\\|)',
  '\\| {EPOCH} \\|',
  'TAI64N',
  '^TAI64N',
  '{^LN-BEG}TAI64N',
  '^<\\d+>\\d+\\s+{DATE}',
  '^{DATE}',
  '{DATE}\\s+\\S+',
  '{DATE}',
  '{DEFAULT}',
  '{default}',
  '%Y-%m-%d\n{^LN-BEG}',
  '{^LN-BEG}\n{DATE}',
  '{NONE}',
  '%Y-%m-%d\n%Y-%m-%d',
  '%Q',
  '%',
  '100%% %H:%M:%S',
  'ISO8601',
  '(%H:%M',
  '%H:%M:%S %H',
];

test('patterns of users match and read as in the reference', async (context) => {
  if (!requireFail2ban(context)) return;
  const lines = [
    ...moments.slice(0, 9).flatMap((moment) => spellings(moment).map((date) => `${date} host: text`)),
    ...spellings(moments[1]!).map((date) => `host daemon: "${date}" text at ${date}`),
    ...['Z', 'UTC', ' +0130', ' CET', ' CEST+01', ' EST', ' XYZ', ' T'].map(
      (zone) => `2026-11-22 15:28:49${zone} text`,
    ),
    '<38>1 2026-11-22T15:28:49.954167-04:00 host daemon',
    '[2026-11-22] 7:5:9 extra',
    '2026112215284920261122152849',
    '##20261122152849 text',
    'November 22 12:59:59 AM',
    'November 22  1:59:59pm',
    'Sunday, 22 November 2026 03:28 PM',
    '2026 326 15:28',
    '26 47 Sunday 21:59:59',
    '26 47 0 21:59:59',
    '26 00 3 21:59:59',
    '22 15:28',
    '11/23 15:28:49',
    '11/22/26 15:28:49',
    'Sun Nov 22 15:28:49 2026',
    '2026-47-7 15:28:49',
    'EST 15:28:49',
    'AT 2026-11-22 15:28:49',
    'ts=20261122 x',
    '2026-11-22 extra',
    'a | 1795361329123 | b',
    'a | 1795361329 | b',
    '1795361329123456 x',
    '1795361329.123456 x',
    '@4000000041f4104f00000000 x',
    'x @4000000041f4104f00000000',
    '100% 15:28:49',
    'x15:28:49',
    '٢٠٢٦-١١-٢٢ 15:28:49',
    '',
  ];
  for (const pattern of patterns) await compare({ pattern, zone: 'Europe/Berlin', now: nows[0]!, lines });
});

test('every prefix and directive reads the same in every zone, around leap days and changes of the clock', async (t) => {
  if (!requireFail2ban(t)) return;
  let compared = 0;
  let times = 0;
  for (const { pattern, spell } of patternTable) {
    const lines = [...moments.map(spell), ...foreignNames];
    for (const [index, zone] of zones.entries()) {
      // Each zone at two of the moments, and so each moment in two zones.
      for (const now of [nows[index % nows.length]!, nows[(index + 2) % nows.length]!]) {
        const { lines: asked, times: read } = await compare({ pattern, zone, now, lines });
        compared += asked;
        times += read;
      }
    }
  }
  t.diagnostic(`dates compared: ${compared}, with a time: ${times}`);
  assert.ok(times > compared / 2, 'most lines have a date');
});

test('logtimezone holds for the patterns of users as well', async (t) => {
  if (!requireFail2ban(t)) return;
  for (const { pattern, spell } of patternTable) {
    const lines = moments.map(spell);
    for (const logTimeZone of ['UTC', 'CEST', '-0430', 'GMT+12']) {
      await compare({ pattern, logTimeZone, zone: 'America/New_York', now: nows[2]!, lines });
    }
  }
});
