import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { formatStream, toStream } from '../../src/config/index.ts';
import { commandsOf } from '../../src/daemon/configure.ts';
import { read } from './memory-files.ts';

const stock = '[Definition]\ntype = multiport\nactionban = stock <ip>\nactionunban = x\n[Init]\nport = ssh\n';
const ours = `[Definition]\nengine = nftables\ntype = multiport\nactionban = ours <ip>\n[Init]\nport = ssh\n`;
const digest = createHash('sha256').update(stock).digest('hex');

/** The engine, or why there is none, of the action `wall` of a jail; `/w` holds our own files. */
function choice(files: Readonly<Record<string, string>>, text = 'wall'): unknown {
  const configuration = read(
    {
      '/w/stock-digests.json': JSON.stringify({ 'action.d/wall.conf': [digest] }),
      '/w/action.d/wall.conf': ours,
      '/w/jail.conf': `[j]\nenabled = true\nfilter =\naction = ${text}\n`,
      ...files,
    },
    { layers: ['/w', '/c'] },
  );
  const engine = configuration.jails[0]?.actions[0]?.engine;
  return engine === undefined ? undefined : 'engine' in engine ? engine.engine : engine.asWritten;
}

test('our own action is served by the engine that its file names', () => {
  assert.equal(choice({}), 'nftables');
});

test('a file of fail2ban that nobody touched is served by the engine of our file of that name', () => {
  assert.equal(choice({ '/c/action.d/wall.conf': stock }), 'nftables');
});

test('a touched file runs as it is written', () => {
  assert.equal(choice({ '/c/action.d/wall.conf': `${stock}#\n` }), '/c/action.d/wall.conf sets actionban');
});

test('a .local that sets parameters leaves the engine, one that writes a command or a part of one does not', () => {
  const base = { '/c/action.d/wall.conf': stock };
  const local = (text: string): unknown => choice({ ...base, '/c/action.d/wall.local': text });
  assert.equal(local('[Init]\nport = 22\n[Init?family=inet6]\nport = 2222\n'), 'nftables');
  assert.equal(local('[Definition]\ntype = allports\nnorestored = true\n'), 'nftables');
  assert.equal(local('[Definition]\nactionban = mine <ip>\n'), '/c/action.d/wall.local sets actionban');
  assert.equal(local('[Init]\n_rule = x\n'), '/c/action.d/wall.local sets _rule');
  assert.equal(local('[Definition]\nengine = none\n'), 'engine = none is set');
});

test('stock-actions = as-written leaves fail2ban’s files to their commands, and ours to the engine', () => {
  const server = { '/c/fail2ban.conf': '[Definition]\nstock-actions = as-written\n' };
  assert.equal(choice({ ...server, '/c/action.d/wall.conf': stock }), 'stock-actions = as-written is set');
  assert.equal(choice(server), 'nftables');
});

test('an action that no file of ours has an engine for has none, and nothing is said about it', () => {
  assert.equal(choice({ '/c/action.d/own.conf': '[Definition]\nactionban = own\n' }, 'own'), undefined);
  assert.equal(
    choice({ '/w/stock-digests.json': '{', '/c/action.d/wall.conf': stock }),
    '/c/action.d/wall.conf sets actionban',
  );
});

test('fail2ban’s stream does not tell of the engine, the daemon’s own commands do', () => {
  const configuration = read(
    {
      '/w/stock-digests.json': '{}',
      '/w/action.d/wall.conf': ours,
      '/w/jail.conf': '[j]\nenabled = true\nfilter =\naction = wall\n wall[actname=b, engine=none]\n',
    },
    { layers: ['/w', '/c'] },
  );
  assert.doesNotMatch(formatStream(toStream(configuration)).replace(/.*actname', 'b.*/, ''), /engine/);
  const properties = commandsOf(configuration)
    .filter(({ args }) => args[2] === 'action')
    .map(({ args }) => new Map(args[4] as unknown as [string, string][]));
  assert.deepEqual(
    properties.map((map) => [map.get('engine'), map.get('type')]),
    [
      ['nftables', 'multiport'],
      ['none', 'multiport'],
    ],
  );
});
