import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatStream, readConfiguration, toStream } from '../../src/config/index.ts';
import { memoryFiles, plainParts, read, sent, shortErrors } from './memory-files.ts';

const jail = '[j]\nenabled = true\nfilter = f\naction = a\n';

/** The jail's maxretry after reading all these files, each of which sets it. */
function maxRetry(names: readonly string[], layers = ['/c']): unknown {
  const files = names.map((name, index) => [name, `[j]\nmaxretry = ${index + 1}\n`] as const);
  const configuration = read(
    { ...plainParts, '/c/jail.conf': jail, ...Object.fromEntries(files) },
    { layers },
  );
  return sent(configuration, 'j', 'maxretry')[0];
}

test('jail files count in the order .conf, .d/*.conf, .local, .d/*.local', () => {
  const inOrder = [
    '/c/jail.d/a.conf',
    '/c/jail.d/b.conf',
    '/c/jail.local',
    '/c/jail.d/a.local',
    '/c/jail.d/b.local',
  ];
  for (let last = inOrder.length; last > 0; last--) {
    assert.equal(maxRetry(inOrder.slice(0, last).reverse()), 1, `${inOrder[last - 1]} comes last`);
  }
});

test('files of a .d directory are sorted by name, hidden and foreign ones left out', () => {
  assert.equal(maxRetry(['/c/jail.d/10.conf', '/c/jail.d/9.conf']), 2);
  assert.equal(maxRetry(['/c/jail.d/z.conf', '/c/jail.d/Z.conf']), 1);
  assert.equal(maxRetry(['/c/jail.d/a.conf', '/c/jail.d/.b.conf', '/c/jail.d/c.conf.bak']), 1);
});

test('a file of the same name in a higher layer replaces the lower one', () => {
  assert.equal(maxRetry(['/low/jail.d/x.conf', '/c/jail.d/x.conf'], ['/low', '/c']), 2);
  const configuration = read(
    {
      ...plainParts,
      '/low/jail.conf': '[old]\nenabled = true\n',
      '/c/jail.conf': jail,
      '/low/filter.d/f.conf': '[Definition]\nprefregex = low\n',
    },
    { layers: ['/low', '/c'] },
  );
  assert.deepEqual(
    configuration.jails.map(({ name }) => name),
    ['j'],
  );
  assert.deepEqual(sent(configuration, 'j', 'prefregex'), []);
});

test('.local and .d files of all layers come on top', () => {
  const configuration = read(
    {
      '/low/jail.conf': jail,
      '/low/filter.d/f.conf': '[Definition]\nfailregex = low\n',
      '/low/action.d/a.conf': '[Definition]\nactionban = x\n',
      '/low/jail.d/b.conf': '[j]\nfindtime = 1\n',
      '/c/jail.d/a.conf': '[j]\nfindtime = 2\nbantime = 2\n',
      '/c/filter.d/f.local': '[Definition]\nfailregex = %(known/failregex)s\n  high\n',
    },
    { layers: ['/low', '/missing', '/c'] },
  );
  assert.deepEqual(sent(configuration, 'j', 'addfailregex'), [['low', 'high']]);
  assert.deepEqual(sent(configuration, 'j', 'findtime'), ['1']);
  assert.deepEqual(sent(configuration, 'j', 'bantime'), ['2']);
});

test('an include is looked for in the layer of the file that names it, then in the others', () => {
  const filter =
    '[INCLUDES]\nbefore = common.conf\n only-high.conf\n[Definition]\nfailregex = %(who)s %(high)s\n';
  const configuration = read(
    {
      '/c/jail.conf': jail,
      '/c/action.d/a.conf': '',
      '/low/filter.d/f.conf': filter,
      '/low/filter.d/common.conf': '[DEFAULT]\nwho = low\n',
      '/c/filter.d/common.conf': '[DEFAULT]\nwho = high\n',
      '/c/filter.d/only-high.conf': '[DEFAULT]\nhigh = yes\n',
    },
    { layers: ['/low', '/c'] },
  );
  assert.deepEqual(sent(configuration, 'j', 'addfailregex'), ['low yes']);
  assert.deepEqual(configuration.errors, []);
});

test('the .local of an included file counts, wherever the file itself lies', () => {
  const configuration = read(
    {
      '/c/jail.conf': jail,
      '/c/action.d/a.conf': '',
      '/low/filter.d/f.conf': '[INCLUDES]\nbefore = common.conf\n[Definition]\nfailregex = %(who)s\n',
      '/low/filter.d/common.conf': '[DEFAULT]\nwho = low\n',
      '/c/filter.d/common.local': '[DEFAULT]\nwho = mine\n',
    },
    { layers: ['/low', '/c'] },
  );
  assert.deepEqual(sent(configuration, 'j', 'addfailregex'), ['mine']);
});

test('an include may name an absolute path, and one that leads out of its directory', () => {
  const configuration = read({
    ...plainParts,
    '/c/jail.conf': jail,
    '/c/filter.d/f.conf':
      '[INCLUDES]\nbefore = /else/x.conf\n ../shared.conf\n ../../else/y.conf\n[Definition]\nfailregex = %(x)s%(y)s%(s)s\n',
    '/c/shared.conf': '[DEFAULT]\ns = 3\n',
    '/else/x.conf': '[INCLUDES]\nbefore = base.conf\n[DEFAULT]\nx = 1%(b)s\n',
    '/else/base.conf': '[DEFAULT]\nb = b\n',
    '/else/y.conf': '[DEFAULT]\ny = 2\n',
  });
  assert.deepEqual(sent(configuration, 'j', 'addfailregex'), ['1b23']);
});

test('an include that is missing is warned about, unless it is a .local', () => {
  const configuration = read({
    ...plainParts,
    '/c/jail.conf': jail,
    '/c/filter.d/f.conf': '[INCLUDES]\nbefore = no.conf\nafter = no.local\n',
  });
  assert.deepEqual(configuration.errors, []);
  assert.deepEqual(
    configuration.warnings.map(({ message, origin }) => [message, origin?.file, origin?.line]),
    [['included file no.conf does not exist', '/c/filter.d/f.conf', 2]],
  );
});

test('a missing directory is an empty one', () => {
  const configuration = read({}, { layers: ['/nowhere'] });
  assert.deepEqual(configuration.jails, []);
  assert.deepEqual(configuration.errors, []);
  assert.match(formatStream(toStream(configuration)), /'loglevel', 'INFO'/);
});

test('a byte order mark does no harm', () => {
  assert.deepEqual(read({ ...plainParts, '/c/jail.conf': `\ufeff${jail}` }).errors, []);
});

test('a file that cannot be read is left out and told, and the others count', () => {
  const files = memoryFiles({ ...plainParts, '/c/jail.conf': jail, '/c/jail.local': '[j]\nmaxretry = 1\n' });
  const fileSystem = {
    ...files,
    read(path: string, limit: number): Uint8Array {
      if (path === '/c/jail.local') throw new Error('EACCES: permission denied');
      return files.read(path, limit);
    },
  };
  const configuration = readConfiguration({ layers: ['/c'], allowNoFiles: true, fileSystem });
  assert.deepEqual(shortErrors(configuration), ['CONFIG_FILE_UNREADABLE /c/jail.local']);
  assert.equal(configuration.jails.length, 1);
});

test('a file that is too large, or a line of 10 MB, is told with its line', () => {
  const long = `[j]\n# ${'x'.repeat(10_000_000)}\nmaxretry = 4\n`;
  const one = read({ ...plainParts, '/c/jail.conf': jail, '/c/jail.local': long });
  assert.deepEqual(shortErrors(one), ['CONFIG_LINE_TOO_LONG /c/jail.local:2 j']);
  assert.deepEqual(sent(one, 'j', 'maxretry'), [4]);
  const two = read({ ...plainParts, '/c/jail.conf': jail, '/c/jail.local': `[j]\n${'x\n'.repeat(300_000)}` });
  assert.deepEqual(shortErrors(two), ['CONFIG_FILE_TOO_LARGE /c/jail.local:250001']);
  const three = read({
    ...plainParts,
    '/c/jail.conf': jail,
    '/c/jail.local': `[j]\n${'x'.repeat(17_000_000)}`,
  });
  assert.deepEqual(shortErrors(three), ['CONFIG_FILE_TOO_LARGE /c/jail.local:2']);
});

test('includes that multiply, or go ever deeper, end in an error', () => {
  const names = Array.from({ length: 40 }, (_, index) => `f${index}`);
  const files = names.map((name, index) => [
    `/c/filter.d/${name}.conf`,
    `[INCLUDES]\nbefore = f${index + 1}.conf\n f${index + 1}.conf\n`,
  ]);
  const configuration = read({
    ...plainParts,
    '/c/jail.conf': jail.replace('= f', '= f0'),
    ...Object.fromEntries(files),
  });
  assert.ok(
    configuration.errors.every(({ code, jail }) => code === 'CONFIG_TOO_MANY_INCLUDES' && jail === 'j'),
  );
  assert.notEqual(configuration.jails[0]?.configError, undefined);
});
