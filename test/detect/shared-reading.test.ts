import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Failure, FilterSettings } from '../../src/detect/index.ts';
import { DetectLoop } from '../support/detect-loop.ts';

const nowSec = Date.parse('2026-11-22T15:30:00Z') / 1000;
const when = '2026-11-22T15:29:59Z';

/** A log, a loop that reads it for several jails, and what it reads. */
class SharedLog {
  readonly loop: DetectLoop;
  readonly path: string;
  /** Bytes that were read in large pieces, as lines are. */
  bytesRead = 0;
  #failures: Failure[] = [];

  constructor(context: TestContext) {
    const folder = mkdtempSync(join(tmpdir(), 'warder-shared-'));
    this.path = join(folder, 'log');
    this.loop = new DetectLoop(nowSec, {
      onRead: (length) => {
        if (length > 4096) this.bytesRead += length;
      },
    });
    context.after(() => {
      this.loop.stop();
      rmSync(folder, { recursive: true });
    });
  }

  jail(name: string, rule: string, encoding = 'utf-8', more: Partial<FilterSettings> = {}): void {
    const filter: FilterSettings = {
      jail: name,
      failRegex: [rule],
      ignoreRegex: [],
      useDns: 'warn',
      maxLines: 1,
      findTimeSec: 600,
      ...more,
    };
    this.loop.add(filter, [{ pattern: this.path, tail: false }], encoding);
  }

  append(texts: readonly string[], encoding: BufferEncoding = 'utf8'): void {
    appendFileSync(this.path, Buffer.from(texts.map((text) => `${when} ${text}\n`).join(''), encoding));
  }

  /** Looks at the log, and returns the ids that a jail has found since the start. */
  ids(jail: string): string[] {
    this.#failures.push(...this.loop.pass(2));
    return this.#failures.filter((failure) => failure.jail === jail).map(({ id }) => id);
  }
}

const addresses = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `203.0.113.${index % 250}`);

test('however many jails watch a log, it is read once', (context) => {
  const log = new SharedLog(context);
  log.append(Array.from({ length: 2000 }, (_, index) => `nothing of interest in line ${index}`));
  log.append(['three 192.0.2.3']);
  for (const name of ['one', 'two', 'three', 'four']) log.jail(name, ` ${name} <HOST>$`);
  assert.deepEqual(log.ids('three'), ['192.0.2.3']);
  const before = log.bytesRead;
  const more = Array.from({ length: 3000 }, (_, index) => `nothing of interest in line ${index} either`);
  log.append([...more, 'one 192.0.2.1', 'four 192.0.2.4']);
  assert.deepEqual([log.ids('one'), log.ids('four')], [['192.0.2.1'], ['192.0.2.4']]);
  const appended = Buffer.byteLength(more.map((text) => `${when} ${text}\n`).join(''));
  assert.ok(log.bytesRead - before < 1.1 * appended, `${log.bytesRead - before} of ${appended}`);
});

test('a jail that comes later reads what the others have read, and then with them', (context) => {
  const log = new SharedLog(context);
  log.jail('first', ' bad <HOST>$');
  log.append(['bad 192.0.2.1', 'bad 192.0.2.2']);
  assert.deepEqual(log.ids('first'), ['192.0.2.1', '192.0.2.2']);
  log.jail('second', ' (?:bad|evil) <HOST>$');
  log.append(['bad 192.0.2.3', 'evil 192.0.2.4']);
  assert.deepEqual(log.ids('second'), ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4']);
  assert.deepEqual(log.ids('first'), ['192.0.2.1', '192.0.2.2', '192.0.2.3']);
});

test('where a batch is full in the middle of a read, no jail loses a line or sees one twice', (context) => {
  const log = new SharedLog(context);
  const ids = addresses(1700);
  for (const name of ['one', 'two', 'three']) log.jail(name, ' bad <HOST>$');
  log.loop.holdsCredit = true;
  log.append(ids.map((id, index) => `${index % 3 === 0 ? 'good' : 'bad'} ${id}`));
  log.ids('one');
  const expected = ids.filter((_, index) => index % 3 !== 0);
  for (let round = 0; round < 20; round += 1) log.loop.giveCredit();
  for (const name of ['one', 'two', 'three']) assert.deepEqual(log.ids(name), expected, name);
});

test('an idle jail keeps its place while the others read on; a removed one is missed by nobody', (context) => {
  const log = new SharedLog(context);
  for (const name of ['one', 'two', 'three']) log.jail(name, ' bad <HOST>$');
  log.append(['bad 192.0.2.1']);
  assert.deepEqual(log.ids('one'), ['192.0.2.1']);
  log.loop.change('two', { idle: true });
  log.loop.remove('three');
  log.append(['bad 192.0.2.2', 'nothing', 'bad 192.0.2.3']);
  assert.deepEqual(log.ids('one'), ['192.0.2.1', '192.0.2.2', '192.0.2.3']);
  assert.deepEqual(log.ids('two'), ['192.0.2.1']);
  log.loop.change('two', { idle: false });
  assert.deepEqual(log.ids('two'), ['192.0.2.1', '192.0.2.2', '192.0.2.3']);
  assert.deepEqual(log.ids('three'), ['192.0.2.1']);
});

test('a jail with another encoding reads the same log by itself', (context) => {
  const log = new SharedLog(context);
  log.jail('utf', ' größe <HOST>$');
  log.jail('latin', ' größe <HOST>$', 'latin-1');
  log.jail('wide', ' größe <HOST>$', 'cp1252');
  log.append(['größe 192.0.2.1']);
  log.append(['größe 192.0.2.2'], 'latin1');
  assert.deepEqual(log.ids('utf'), ['192.0.2.1']);
  assert.deepEqual(log.ids('latin'), ['192.0.2.2']);
  assert.deepEqual(log.ids('wide'), ['192.0.2.2']);
});

test('a jail that needs every line gets every line, beside others that do not', (context) => {
  const log = new SharedLog(context);
  log.jail('lines', '^ begin <HOST>\\n(?:.*\\n)*? end$', 'utf-8', { maxLines: 5 });
  log.jail('bare', '^ <HOST>$', 'utf-8', { useDns: 'no' });
  log.jail('plain', ' bad <HOST>$');
  log.append(['begin 192.0.2.1', 'something', 'bad 192.0.2.2', 'end', '192.0.2.3']);
  assert.deepEqual(log.ids('lines'), ['192.0.2.1']);
  assert.deepEqual(log.ids('bare'), ['192.0.2.3']);
  assert.deepEqual(log.ids('plain'), ['192.0.2.2']);
});

test('a jail gets the lines that its new rules ask for from the next read on', (context) => {
  const log = new SharedLog(context);
  log.jail('one', ' bad <HOST>$');
  log.append(['bad 192.0.2.1', 'evil 192.0.2.9']);
  assert.deepEqual(log.ids('one'), ['192.0.2.1']);
  const filter: FilterSettings = {
    jail: 'one',
    failRegex: [' evil <HOST>$'],
    ignoreRegex: [],
    useDns: 'warn',
    maxLines: 1,
    findTimeSec: 600,
  };
  log.loop.change('one', { filter });
  log.append(['bad 192.0.2.2', 'evil 192.0.2.3']);
  assert.deepEqual(log.ids('one'), ['192.0.2.1', '192.0.2.3']);
});

test('overlong lines and wrong bytes are told of, although no rule looks at them', (context) => {
  const log = new SharedLog(context);
  log.jail('one', ' bad <HOST>$');
  log.append(['first', `long ${'x'.repeat(80_000)}`, 'last']);
  log.append(['caf\xe9'], 'latin1');
  assert.deepEqual(log.ids('one'), []);
  const warnings = log.loop.logged.filter((line) => line.startsWith('WARNING'));
  assert.ok(
    warnings.some((line) => /A line at 27 in .* is longer than 65536 bytes/.test(line)),
    `${warnings}`,
  );
  assert.ok(warnings.some((line) => line.includes('Error decoding line')));
});
