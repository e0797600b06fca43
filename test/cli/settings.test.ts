import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { defaultOptions } from '../../src/cli/options.ts';
import { resolvePath, shippedConfig, systemPaths, type UserPlace, userPaths } from '../../src/cli/paths.ts';
import { glanceAtSocket, optionText, socketPath } from '../../src/cli/settings.ts';
import { readConfiguration } from '../../src/config/index.ts';

function layer(context: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'warder-settings-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const root: UserPlace = { isRoot: true, home: '/srv/x', runtimeDir: undefined, stateDir: undefined };
const user: UserPlace = { ...root, isRoot: false, runtimeDir: '/run/user/1000' };

test('a glance at the socket agrees with the whole reader, or leaves it to that', (t) => {
  const cases: readonly [files: Record<string, string>, isPlain: boolean][] = [
    [{}, true],
    [{ 'fail2ban.conf': '[Definition]\nsocket = /a/sock\n' }, true],
    [{ 'fail2ban.conf': '[DEFAULT]\nsocket = /a/sock\n[Definition]\n' }, true],
    [
      {
        'fail2ban.conf': '[DEFAULT]\nsocket = /a/sock\n[Definition]\nloglevel = INFO\n',
        'fail2ban.local': '[Definition]\nsocket: /b/sock\n',
      },
      true,
    ],
    [
      {
        'fail2ban.conf': '[Definition]\nsocket = /a/sock\n',
        'fail2ban.local': '[DEFAULT]\nsocket = /b/sock\n',
      },
      true,
    ],
    [
      {
        'fail2ban.d/b.conf': '[Definition]\nsocket = /b\n',
        'fail2ban.d/a.conf': '[Definition]\nsocket = /a\n',
      },
      true,
    ],
    [
      {
        'fail2ban.d/z.conf': '[Definition]\nsocket = /z\n',
        'fail2ban.local': '[Definition]\nsocket = /l\n',
        'fail2ban.d/a.local': '[Definition]\nsocket = /al\n',
      },
      true,
    ],
    [{ 'fail2ban.local': '[Other]\nsocket = /a/sock\n' }, true],
    [{ 'fail2ban.local': '[Definition]\n# socket = /a/sock\nsocket = /b/sock\n' }, true],
    [{ 'fail2ban.local': '[Definition]\nbase = /x\nsocket = %(base)s/sock\n' }, false],
    [
      {
        'fail2ban.local': '[INCLUDES]\nafter = more.conf\n',
        'more.conf': '[Definition]\nsocket = /m/sock\n',
      },
      false,
    ],
    [{ 'fail2ban.local': '[Definition]\nSOCKET = /a/sock\n' }, false],
    [{ 'fail2ban.local': '[Definition]\nsocket = /a/sock ; a comment\n' }, false],
    [{ 'fail2ban.local': '[Definition]\nsocket = /a\nloglevel = INFO\nsocket = /b\n' }, false],
    [{ 'fail2ban.local': '[Definition]\nsocket = /a\n  /continued\n' }, false],
  ];
  for (const [files, isPlain] of cases) {
    const layers = [shippedConfig(), layer(t, files)];
    const glance = glanceAtSocket(layers);
    assert.equal(glance !== undefined, isPlain, JSON.stringify(files));
    if (glance !== undefined) {
      assert.equal(
        glance,
        optionText(readConfiguration({ layers, jails: [] }), 'socket'),
        JSON.stringify(files),
      );
    }
  }
});

test('the socket of the command line wins; one with interpolation is read in full', async (t) => {
  const conf = layer(t, { 'fail2ban.local': '[Definition]\nbase = /x\nsocket = %(base)s/sock\n' });
  assert.equal(await socketPath({ ...defaultOptions, conf, socket: '/own' }, root), '/own');
  assert.equal(await socketPath({ ...defaultOptions, conf }, root), '/x/sock');
});

test("root uses the system's paths, an ordinary user his own in their place", () => {
  assert.equal(
    resolvePath('socket', '/var/run/fail2ban/fail2ban.sock', root),
    '/var/run/fail2ban/fail2ban.sock',
  );
  assert.equal(
    resolvePath('socket', '/var/run/fail2ban/fail2ban.sock', user),
    '/run/user/1000/warder/fail2ban.sock',
  );
  assert.equal(
    resolvePath('socket', '/run/fail2ban/fail2ban.sock', user),
    '/run/user/1000/warder/fail2ban.sock',
  );
  assert.equal(resolvePath('socket', '/srv/own.sock', user), '/srv/own.sock');
  assert.deepEqual(userPaths({ ...user, runtimeDir: undefined, stateDir: '/state' }), {
    socket: '/state/warder/run/fail2ban.sock',
    pidfile: '/state/warder/run/fail2ban.pid',
    logtarget: '/state/warder/fail2ban.log',
    dbfile: '/state/warder/fail2ban.sqlite3',
  });
  assert.equal(userPaths(user).logtarget, '/srv/x/.local/state/warder/fail2ban.log');
});

test("a user without a server of his own asks the system's, where there is one", async (t) => {
  const conf = layer(t, { 'fail2ban.local': '[Definition]\nloglevel = INFO\n' });
  const asked = await socketPath({ ...defaultOptions, conf }, { ...user, runtimeDir: join(conf, 'none') });
  assert.ok(asked === systemPaths.socket || asked === join(conf, 'none', 'warder', 'fail2ban.sock'));
});
