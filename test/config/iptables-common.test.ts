import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { machineFiles } from '../../src/config/files.ts';
import { readConfiguration } from '../../src/config/index.ts';
import { repositoryRoot } from '../support/sources.ts';
import { memoryFiles, read } from './memory-files.ts';

/** Stock actions of releases since 1.0.1: they include iptables.conf, and nothing includes iptables-common.conf. */
const stockLike = {
  '/c/jail.conf': '[j]\nenabled = true\nfilter = f\naction = iptables-multiport\n',
  '/c/filter.d/f.conf': '',
  '/c/action.d/iptables.conf':
    '[Definition]\nactionban = iptables -j <blocktype>\n[Init]\nblocktype = REJECT\n',
  '/c/action.d/iptables-multiport.conf':
    '[INCLUDES]\nbefore = iptables.conf\n[Definition]\ntype = multiport\n',
  '/c/action.d/other.conf': '[Definition]\nactionban = other <blocktype>\n[Init]\nblocktype = DROP\n',
};
const tarpit = { '/c/action.d/iptables-common.local': '[Init]\nblocktype = TARPIT\n' };

function blockType(files: Readonly<Record<string, string>>): unknown {
  return read(files).jails[0]?.actions[0]?.options.get('blocktype');
}

test('iptables-common.local holds for every action that builds on iptables.conf', () => {
  assert.deepEqual(blockType(stockLike), {
    name: 'blocktype',
    value: 'REJECT',
    origin: { file: '/c/action.d/iptables.conf', line: 4 },
  });
  assert.deepEqual(blockType({ ...stockLike, ...tarpit }), {
    name: 'blocktype',
    value: 'TARPIT',
    origin: { file: '/c/action.d/iptables-common.local', line: 2 },
  });
  const plain = { ...stockLike, ...tarpit, '/c/jail.local': '[j]\naction = iptables\n' };
  assert.equal((blockType(plain) as { value: string }).value, 'TARPIT');
});

test('iptables-common.local yields to the .local of an action and to arguments, and concerns no other action', () => {
  const files = { ...stockLike, ...tarpit };
  const value = (more: Record<string, string>): unknown =>
    (blockType({ ...files, ...more }) as { value: string }).value;
  assert.equal(value({ '/c/action.d/iptables.local': '[Init]\nblocktype = DROP\n' }), 'DROP');
  assert.equal(value({ '/c/action.d/iptables-multiport.local': '[Init]\nblocktype = DROP\n' }), 'DROP');
  assert.equal(value({ '/c/jail.local': '[j]\naction = iptables-multiport[blocktype=DROP]\n' }), 'DROP');
  assert.equal(value({ '/c/jail.local': '[j]\naction = other\n' }), 'DROP');
});

test('iptables-common.local of an administrator holds for our own actions', () => {
  const mine = memoryFiles({
    '/etc/action.d/iptables-common.local': '[Init]\nblocktype = TARPIT\n',
    '/etc/jail.local': '[sshd]\nenabled = true\nbanaction = iptables-multiport\n',
  });
  const isMine = (path: string): boolean => path.startsWith('/etc/');
  const fileSystem = Object.fromEntries(
    (['kind', 'nameExists', 'list', 'read'] as const).map((name) => [
      name,
      (path: string, limit: number) => (isMine(path) ? mine : machineFiles)[name](path, limit),
    ]),
  ) as unknown as typeof machineFiles;
  const layers = [join(repositoryRoot, 'config'), '/etc'];
  const [jail] = readConfiguration({ layers, fileSystem, allowNoFiles: true }).jails;
  assert.equal(jail?.actions[0]?.options.get('blocktype')?.value, 'TARPIT');
});
