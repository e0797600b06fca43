import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { BufferedOutput } from '../../src/cli/regex/buffered-output.ts';
import { TimeLimit } from '../../src/cli/regex/time-limit.ts';
import { hostileJails } from '../support/hostile-jails.ts';
import { repositoryRoot } from '../support/sources.ts';

const stamp = '2026-11-22T16:28:49Z';
const slow = `${stamp} slow ${'x'.repeat(60)}!`;
const bad = (ip: string): string => `${stamp} bad ${ip}`;

interface Answer {
  readonly lines: readonly {
    readonly line: string;
    readonly error?: string;
    readonly failures?: unknown[];
  }[];
  readonly summary: Record<string, unknown>;
}

/** Runs a program on a log; JSON, a line of it for each line of the log. */
function run(context: TestContext, program: string, log: readonly string[], ...rest: string[]): Answer {
  const folder = mkdtempSync(join(tmpdir(), 'warder-held-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'a.log');
  writeFileSync(file, log.map((line) => `${line}\n`).join(''));
  const verb = program === 'warder' ? ['test', '--json', file] : ['--json', file];
  const { stdout, stderr } = spawnSync(join(repositoryRoot, 'bin', program), [...verb, ...rest], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, TZ: 'UTC' },
  });
  assert.notEqual(stdout, '', stderr);
  const objects = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { lines: objects.slice(0, -1), summary: objects.at(-1) };
}

for (const program of ['fail2ban-regex', 'warder']) {
  test(`${program} is not hung by a line: it is told, and the others are tried`, (context) => {
    const log = [bad('192.0.2.1'), slow, bad('192.0.2.2'), slow, slow, bad('192.0.2.3')];
    const { lines } = run(context, program, log, '^ (?:bad|slow (?:x+)+) <HOST>$');
    assert.deepEqual(
      lines.map(({ line }) => line),
      log,
    );
    const errors = lines.map(({ error }) => error);
    assert.match(errors[1]!, /^failregex 1 held this line for more than \d+ ms$/);
    for (const again of [errors[3]!, errors[4]!])
      assert.match(again, /^failregex 1: .* took more than \d+ steps/);
    assert.deepEqual([errors[0], errors[2], errors[5]], [undefined, undefined, undefined]);
  });
}

test('a prefregex, an ignoreregex and a date pattern cannot hang the rule tester either', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'warder-held-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const kinds = hostileJails.filter(({ rule, name }) => rule === name);
  assert.equal(kinds.length, 3);
  for (const { name, filter, attack, hostile, rule } of kinds) {
    const file = join(folder, `${name}.conf`);
    writeFileSync(file, `[Definition]\n${filter}`);
    const dated = (line: string): string => (name === 'datepattern' ? line : `${stamp} ${line}`);
    const log = [attack('192.0.2.1'), hostile, hostile, attack('192.0.2.2')].map(dated);
    const { lines } = run(context, 'fail2ban-regex', log, file);
    const errors = lines.map(({ error }) => error?.startsWith(rule) ?? false);
    assert.deepEqual(errors, [false, true, true, false], `${name}: ${JSON.stringify(lines)}`);
  }
});

test('work is ended when it takes too long, and told apart from a process that slept', () => {
  const limit = new TimeLimit();
  let count = 0;
  assert.equal(
    limit.run(() => {
      count += 1;
    }, 1000),
    'done',
  );
  assert.equal(count, 1);
  // On a busy machine it may look like sleep.
  assert.notEqual(
    limit.run(() => void /^(?:x+)+y/.test('x'.repeat(60)), 50),
    'done',
  );
  const sleep = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  assert.equal(
    limit.run(() => {
      sleep();
      for (;;) count += 1;
    }, 100),
    'interrupted',
  );
  assert.throws(() => limit.run(() => assert.fail('mine'), 1000), /mine/);
});

test('output that is held is written when it is released', () => {
  const written: string[] = [];
  const output = new BufferedOutput({
    isTerminal: false,
    out: (text) => void written.push(text),
    err: () => undefined,
  });
  output.hold();
  output.out('x'.repeat(100_000));
  output.out('y');
  assert.deepEqual(written, []);
  output.release();
  assert.equal(written.join('').length, 100_001);
});
