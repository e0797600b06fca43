import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { PythonValue } from '../../src/base/index.ts';
import { requireFail2ban } from '../support/fail2ban.ts';
import { ActionOracle, type OracleRequest, type OracleStep, type OracleTicket } from './enforce-oracle.ts';
import { runOurs, ticketOf } from './enforce-ours.ts';

// The installed fail2ban and ours are told the same, and must run the same commands: the same text, the same variables.

const oracle = new ActionOracle();
after(() => oracle.stop());

// Values of which both hold the same view: plain words on the one side, text with a character that no shell leaves alone
// on the other. What lies between is a variable in ours and part of the text in fail2ban, see fillValues.
const plain = fc.stringMatching(/^[a-z0-9][A-Za-z0-9_.:/@%+,-]{0,20}$/);
const wild = fc
  .tuple(
    fc.string({
      unit: fc.oneof(fc.string({ minLength: 1, maxLength: 1 }), fc.constantFrom('é', '€', '\n')),
      maxLength: 12,
    }),
    fc.constantFrom(...'\\#&;`|*?~<>^()[]{}$\'"\n'),
    fc.string({ maxLength: 6 }),
  )
  .map((parts) => parts.join('').replaceAll('\0', ''));
const value = fc.oneof(plain, wild);
const address = fc.constantFrom(
  '192.0.2.1',
  '198.51.100.7',
  '192.0.2.0/24',
  '2001:db8::1',
  '2001:db8:1::/64',
  'someone',
);

const ticket: fc.Arbitrary<OracleTicket> = fc.record({
  id: address,
  time: fc.integer({ min: 1_600_000_000, max: 1_700_000_000 }).map((second) => second + 0.5),
  bantime: fc.oneof(fc.constant(-1), fc.integer({ min: 1, max: 10_000_000 })),
  bancount: fc.integer({ min: 0, max: 9 }),
  failures: fc.integer({ min: 0, max: 99 }),
  matches: fc.array(value, { maxLength: 4 }),
  fields: fc.dictionary(fc.constantFrom('user', 'fport', 'fid', 'host', 'a-b', 'x_1'), value, {
    noNullPrototype: true,
  }),
  restored: fc.constant(false),
});

const tags = [
  ...[
    'ip',
    'family',
    'ip-rev',
    'ip-host',
    'fid',
    'failures',
    'time',
    'bantime',
    'bancount',
    'matches',
    'restored',
  ],
  ...[
    'ipmatches',
    'ipjailmatches',
    'ipfailures',
    'ipjailfailures',
    'jail.banned',
    'jail.banned_total',
    'jail.found',
  ],
  ...[
    'jail.found_total',
    'raw-ticket',
    'fq-hostname',
    'sh-hostname',
    'br',
    'sp',
    'F-USER',
    'F-PORT',
    'F-ID',
    'F-A-B',
  ],
  ...['F-X_1', 'F-NONE', 'F-user', 'HOST', 'a', 'b', 'c', 'd', 'known/x', 'name'],
];
const tag = fc.oneof(
  fc.constantFrom(...tags).map((name) => `<${name}>`),
  fc.constantFrom('<<c>>', '<a_<d>>', '<<d>_<c>>', '<', '>', '<x y>'),
);
const words = fc.constantFrom('', ' ', 'iptables -I ', '"', "'", '\n', 'echo ', '$x ', '2>&1 ', 'a_b');
const text = fc.array(fc.oneof(tag, words), { maxLength: 8 }).map((parts) => parts.join(''));
// Of nobody's ticket fail2ban prints another ban time; all other tags are the same.
const plainText = text.map((generated) => generated.replaceAll('<raw-ticket>', ''));
// Circles double the text in fail2ban until it has counted to 25; they have a test of their own.
const innerText = plainText.map((generated) =>
  generated.replaceAll(/<<c>>|<a_<d>>|<<d>_<c>>|<[abc]>/g, '<d>'),
);
const middleText = innerText.map((generated) => generated.replaceAll('<d>', '<b>'));
const properties: fc.Arbitrary<[string, PythonValue][]> = fc
  .record({
    actionban: text,
    actionstart: plainText,
    actionstop: plainText,
    actionflush: plainText,
    a: middleText,
    b: innerText,
    c: fc.constantFrom('a', 'b', 'd', 'a_1', 'matches', 'F-USER', 'ip'),
    d: fc.constantFrom('1', 'c', ''),
    a_1: fc.oneof(innerText, plain),
    conditional: fc.boolean(),
    six: innerText,
  })
  .map(({ conditional, six, ...rest }) => {
    const all = Object.entries(rest) as [string, PythonValue][];
    return conditional ? [...all, ['b?family=inet6', six], ['d?family=inet4', '1']] : all;
  });

test('generated properties and tickets give the same commands and variables', async (context) => {
  if (!requireFail2ban(context)) return;
  await fc.assert(
    fc.asyncProperty(properties, ticket, fc.boolean(), async (generated, banned, database) => {
      const isConditional = generated.some(([name]) => name.includes('?'));
      const steps: OracleStep[] = [{ do: 'start' }, { do: 'ban', ticket: banned }, { do: 'stop' }];
      // Where a ban's family is none of those that were started, fail2ban stops the action once more for it; not so we.
      if (!isConditional || banned.id === 'someone') steps.splice(database ? 1 : 2, 1);
      const request = { properties: generated, steps, database };
      const theirs = await oracle.run(request);
      const own = await runOurs(request);
      assert.deepEqual(own.ran, theirs.ran);
      assert.deepEqual([own.failed, theirs.errors], [0, []]);
    }),
    { numRuns: 3000 },
  );
});

test('circles of properties are an error in both', async (context) => {
  if (!requireFail2ban(context)) return;
  const circles: [string, PythonValue][][] = [
    [['actionban', '<actionban>']],
    [
      ['actionban', 'x <a>'],
      ['a', '<b>'],
      ['b', '<a>'],
    ],
    [
      ['actionban', 'x'],
      ['a', '<b>'],
      ['b', 'y <a>'],
    ],
    [
      ['actionban', 'x <a>'],
      ['a', '<<b>>'],
      ['b', 'a'],
    ],
    [
      ['actionban', 'x'],
      ['a', '<a>'],
      ['a?family=inet4', '1'],
      ['a?family=inet6', '1'],
    ],
  ];
  for (const properties of circles) {
    const request: OracleRequest = { properties, steps: [{ do: 'ban', ticket: ticketOf('192.0.2.1') }] };
    const theirs = await oracle.run(request);
    assert.match(theirs.errors[0] ?? '', /self referencing/);
    assert.deepEqual(await runOurs(request), { ran: [], failed: 1 });
  }
});

test('a value that is a variable only in ours reads the same in a command that quotes it', async (context) => {
  if (!requireFail2ban(context)) return;
  const between = ['John Smith', 'a=b', '!x', 'café', '-e x', 'a\tb', ' ', 'x'.repeat(300)];
  const properties: [string, PythonValue][] = [['actionban', 'printf "[%s]" "<F-USER>" "<matches>"']];
  for (const user of between) {
    const steps: OracleStep[] = [
      { do: 'ban', ticket: ticketOf('192.0.2.1', { fields: { user }, matches: [user] }) },
    ];
    const theirs = await oracle.run({ properties, steps });
    const own = await runOurs({ properties, steps });
    assert.equal(own.ran[0]?.length, 3, 'a variable for each');
    assert.equal(printed(own.ran[0]!), `[${user}][${user}]`);
    assert.equal(printed(theirs.ran[0]!), printed(own.ran[0]!));
  }
});

function printed(command: readonly string[]): string {
  return spawnSync('/bin/sh', ['-c', ...command], { encoding: 'utf8' }).stdout;
}

const stock = '/etc/fail2ban/action.d';

test('every stock action file gives the same commands, for both families, with plain and with wild values', async (context) => {
  if (!requireFail2ban(context)) return;
  const files = readdirSync(stock).filter((name) => name.endsWith('.conf') && !name.endsWith('-common.conf'));
  assert.ok(files.length > 40);
  const wildFields = { user: `a'b"c $(id)`, fid: 'x;y', host: 'plain' };
  const tickets = [
    ticketOf('192.0.2.1', { matches: ['Jan 1 sshd[1]: a "b"', '$(id) `id`'], fields: wildFields }),
    ticketOf('2001:db8::1', { matches: ['plain'], restored: true, time: 1_600_000_000 }),
    ticketOf('198.51.100.0/24'),
  ];
  for (const file of files) {
    const name = file.slice(0, -'.conf'.length);
    const properties = await oracle.properties('/etc/fail2ban', name, {
      port: '22,80:90',
      protocol: 'tcp,udp',
    });
    const isConditional = properties.some(([property]) => property.includes('?'));
    const bans: OracleStep[] = tickets.map((banned) => ({ do: 'ban', ticket: banned }));
    const unbans: OracleStep[] = tickets.map((banned) => ({ do: 'unban', ticket: banned }));
    // An action without families has one environment with us; fail2ban has one for each family of its bans besides.
    const check: OracleStep[] = isConditional ? [{ do: 'check' }] : [];
    const ends: OracleStep[] = isConditional ? [{ do: 'flush' }, { do: 'stop' }] : [];
    const steps: OracleStep[] = [{ do: 'start' }, ...bans, ...check, ...unbans, ...ends];
    await compare({ properties, steps, database: true });
    if (!isConditional) await compare({ properties, steps: [{ do: 'start' }, { do: 'stop' }] });
  }
});

async function compare(request: OracleRequest): Promise<void> {
  const theirs = await oracle.run(request);
  const own = await runOurs(request);
  assert.deepEqual(own.ran, theirs.ran);
  assert.equal(own.failed, theirs.errors.length, theirs.errors.join('\n'));
}
