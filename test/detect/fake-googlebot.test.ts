import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(
  new URL('../../config/filter.d/ignorecommands/apache-fakegooglebot', import.meta.url),
);
const folder = mkdtempSync(join(tmpdir(), 'googlebot-'));
after(() => rmSync(folder, { recursive: true }));

/** What the name service answers: for `hosts ADDRESS` a line, for `ahosts NAME` the addresses. */
const answers: Readonly<Record<string, string>> = {
  'hosts 192.0.2.1': '192.0.2.1       crawl-1.googlebot.com',
  'ahosts crawl-1.googlebot.com':
    '192.0.2.1      STREAM crawl-1.googlebot.com\n192.0.2.1      DGRAM\n192.0.2.1      RAW',
  'hosts 2001:db8::1': '2001:db8::1     Rate-Limited-Proxy.GOOGLE.com',
  'ahosts rate-limited-proxy.google.com': '203.0.113.9     STREAM x\n2001:db8::1     STREAM',
  // Names that their owners chose.
  'hosts 203.0.113.1': '203.0.113.1     crawl-1.googlebot.com',
  'hosts 203.0.113.2': '203.0.113.2     crawl.googlebot.com.attacker.example',
  'ahosts crawl.googlebot.com.attacker.example': '203.0.113.2     STREAM x',
  'hosts 203.0.113.3': '203.0.113.3     evilgooglebot.com',
  'ahosts evilgooglebot.com': '203.0.113.3     STREAM x',
  'hosts 203.0.113.4': '203.0.113.4     1.bc.googleusercontent.com',
  'ahosts 1.bc.googleusercontent.com': '203.0.113.4     STREAM x',
  'hosts 203.0.113.5': '203.0.113.5     -x.googlebot.com $(id).googlebot.com *.googlebot.com',
  'hosts 203.0.113.6': '203.0.113.6     crawl-2.googlebot.com',
  'ahosts crawl-2.googlebot.com': '203.0.113.66     STREAM x\n1203.0.113.6     STREAM x',
  // The real name is an alias.
  'hosts 192.0.2.2': '192.0.2.2     other.example crawl-3.googlebot.com',
  'ahosts crawl-3.googlebot.com': '192.0.2.2     STREAM x',
};

const cases = Object.entries(answers).map(
  ([question, answer]) => `'${question}') cat <<'END'\n${answer}\nEND\n;;`,
);
// As the real one: a numeric address is answered with itself in its usual spelling, without a question to anybody.
writeFileSync(
  join(folder, 'getent'),
  `#!/bin/sh
[ "$1" = --no-addrconfig ] && shift
case "$1 $2" in
${cases.join('\n')}
'hosts 203.0.113.7') sleep 60 ;;
'ahosts 2001:DB8:0::1') echo '2001:db8::1 STREAM 2001:DB8:0::1' ;;
'hosts 2001:DB8:0::1') echo '2001:db8::1     rate-limited-proxy.google.com' ;;
'ahosts '[0-9]*) echo "$2 STREAM $2" ;;
*) exit 2 ;;
esac
`,
  { mode: 0o755 },
);

function exitCode(...args: string[]): number | null {
  return spawnSync(script, args, { env: { PATH: `${folder}:/usr/bin:/bin` }, stdio: 'ignore' }).status;
}

test('the address of a name of Google is excused when that name has the address', () => {
  assert.equal(exitCode('192.0.2.1'), 0);
  assert.equal(exitCode('2001:db8::1', '5'), 0);
  assert.equal(exitCode('2001:DB8:0::1'), 0);
  assert.equal(exitCode('192.0.2.2'), 0);
});

test('an address is not excused by a name that its owner chose', () => {
  for (const last of [1, 2, 3, 4, 5, 6]) assert.equal(exitCode(`203.0.113.${last}`), 1, `203.0.113.${last}`);
});

test('an address without a name, or without an answer in time, is not excused', () => {
  assert.equal(exitCode('192.0.2.99'), 1);
  assert.equal(exitCode('203.0.113.7', '1'), 1);
});

test('what is no address, and a time that is no number, is refused without a question', () => {
  const wrong = [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '256.1.1.1',
    '192.0.2.1\n',
    '1:2:3',
    '1::2::3',
    '12345::1',
  ];
  for (const address of [
    ...wrong,
    'fe80::1%eth0',
    '-h',
    '$(id)',
    'localhost',
    '192.0.2.0/24',
    ':::',
    '1:::2',
  ]) {
    assert.equal(exitCode(address), 2, JSON.stringify(address));
  }
  assert.equal(exitCode(), 2);
  assert.equal(exitCode('192.0.2.1', '1', 'x'), 2);
  assert.equal(exitCode('192.0.2.1', '-1'), 2);
});
