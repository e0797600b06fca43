import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { JsonFace, TextFace, wrap } from '../../src/cli/demo/face.ts';
import { type Surroundings, whatIsMissing } from '../../src/cli/demo/needs.ts';
import { News } from '../../src/cli/demo/news.ts';
import { MemoryTerminal, type Terminal } from '../../src/cli/index.ts';

class ColourTerminal implements Terminal {
  readonly isTerminal = true;
  stdout = '';

  out(text: string): void {
    this.stdout += text;
  }

  err(): void {
    assert.fail('nothing goes to standard error');
  }
}

const machine: Surroundings = { isRoot: true, has: () => true, namespaceTrouble: async () => undefined };

test('a text is broken at spaces, loses nothing, and fits', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), fc.integer({ min: 1, max: 40 }), (text, columns) => {
      const lines = wrap(text, columns);
      assert.ok(lines.every((line) => line.length <= columns));
      const plain = wrap(text, Number.POSITIVE_INFINITY).join('');
      assert.equal(lines.join('').replaceAll(' ', ''), plain.replaceAll(' ', ''));
    }),
  );
});

test('a narrow terminal gets lines that fit, a wide one a time line', () => {
  for (const columns of [30, 59, 60, 120]) {
    const terminal = new ColourTerminal();
    const face = new TextFace(terminal, columns, () => 12.34);
    face.scene('An attacker guesses passwords, and is banned');
    face.say(
      'log',
      'Nov 22 15:00:01 guarded sshd[7]: Failed password for root from 203.0.113.66 port 4711 ssh2',
    );
    face.end('done', 'That was it; all of the demo is put away, and nothing of this machine was changed.');
    assert.ok(terminal.stdout.includes('\x1b['), 'there are colours');
    const lines = stripVTControlCharacters(terminal.stdout).split('\n');
    assert.deepEqual(
      lines.filter((line) => line.length > columns),
      [],
    );
    assert.ok(lines.some((line) => line.startsWith(' 12.3 s  log')));
  }
});

test('what is waited for is shown on a terminal, and taken away by the next line', () => {
  const terminal = new ColourTerminal();
  const face = new TextFace(terminal, 80, () => 0);
  face.waiting('the ban ends in 3 s');
  face.say('unban', 'sshd unbans 203.0.113.66');
  assert.match(stripVTControlCharacters(terminal.stdout), /^\r… the ban ends in 3 s\r {2}0\.0 s {2}unban/);
  const pipe = new MemoryTerminal();
  new TextFace(pipe, undefined, () => 0).waiting('the ban ends in 3 s');
  assert.equal(pipe.stdout, '');
});

test('a pipe gets plain text, one line for each thing, in which nothing can move the cursor', () => {
  const terminal = new MemoryTerminal();
  const face = new TextFace(terminal, 20, () => 1);
  face.say('log', `a long line ${'with many words '.repeat(20)}and \x1b[2J\nmore`);
  assert.equal(terminal.stdout.split('\n').length, 2);
  assert.ok(terminal.stdout.includes('\\x1b[2J\\nmore'));
  assert.ok(!terminal.stdout.includes('\x1b'));
});

test('as JSON each thing is a line with its time, its scene and the event behind it', () => {
  const terminal = new MemoryTerminal();
  const face = new JsonFace(terminal, () => 1.23456);
  face.scene('The ban ends by itself');
  face.say('unban', 'sshd unbans 203.0.113.66', { event: { type: 'unban' } });
  face.end('done', 'That was it.');
  assert.deepEqual(
    terminal.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
    [
      { atSec: 1.235, scene: 1, kind: 'scene', text: 'The ban ends by itself' },
      { atSec: 1.235, scene: 1, kind: 'unban', text: 'sshd unbans 203.0.113.66', event: { type: 'unban' } },
      { atSec: 1.235, scene: 1, kind: 'end', outcome: 'done', text: 'That was it.' },
    ],
  );
});

test('what a real attack lacks is said, with what to install', async () => {
  assert.equal(await whatIsMissing(machine), undefined);
  assert.match((await whatIsMissing({ ...machine, isRoot: false })) ?? '', /takes root/);
  const bare = {
    ...machine,
    has: (name: string) => !['ip', 'nft', 'iptables', 'nsenter', 'unshare'].includes(name),
  };
  assert.equal(
    await whatIsMissing(bare),
    'not installed: unshare, nsenter, ip, nft or iptables; on Debian: apt-get install util-linux iproute2 nftables',
  );
  const withIptables = { ...machine, has: (name: string) => name !== 'nft' };
  assert.equal(await whatIsMissing(withIptables), undefined);
  const caged = { ...machine, namespaceTrouble: async () => 'unshare: Operation not permitted' };
  assert.match(
    (await whatIsMissing(caged)) ?? '',
    /no namespaces \(unshare: Operation not permitted\).*--privileged/,
  );
});

test('waiting for an event ends with its time, and at once with a signal', async () => {
  const news = new News();
  const { signal } = new AbortController();
  await assert.rejects(
    news.until('a ban', () => true, { from: 0, limitMs: 1, signal }),
    {
      code: 'DEMO_STEP',
      message: /a ban \(not within 0 s\)/,
    },
  );
  const controller = new AbortController();
  const waiting = news.until('a ban', () => true, { from: 0, limitMs: 600_000, signal: controller.signal });
  controller.abort();
  await assert.rejects(waiting, { name: 'AbortError' });
});
