import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatStream, toStream } from '../../src/config/index.ts';
import { plainParts, read, sent, shortErrors } from './memory-files.ts';

const head = '[j]\nenabled = true\nfilter = f\naction = a\n';

test('a jail is added, told its options, and started after all others were added', () => {
  const configuration = read({
    ...plainParts,
    '/c/jail.conf': `${head}maxretry = 3\n[k]\nenabled = yes\nfilter = f\nbackend = polling\n[off]\nfilter = f\n`,
  });
  const lines = formatStream(toStream(configuration)).split('\n').slice(7);
  assert.deepEqual(lines, [
    "['add', 'j', 'auto']",
    "['set', 'j', 'addfailregex', '^fail <HOST>$']",
    "['set', 'j', 'maxretry', 3]",
    "['set', 'j', 'addaction', 'a']",
    "['multi-set', 'j', 'action', 'a', [['actionban', 'ban <ip>'], ['name', 'j'], ['actname', 'a']]]",
    "['add', 'k', 'polling']",
    "['set', 'k', 'addfailregex', '^fail <HOST>$']",
    "['start', 'j']",
    "['start', 'k']",
    '',
  ]);
  assert.deepEqual(
    configuration.warnings.map(({ message, jail }) => [message, jail]),
    [['jail k has no action', 'k']],
  );
});

test('only the jails that are asked for are read, and one that does not exist is an error', () => {
  const configuration = read(
    { ...plainParts, '/c/jail.conf': `${head}[k]\nenabled = true\nfilter = none\n` },
    { jails: ['j', 'x'] },
  );
  assert.deepEqual(
    configuration.jails.map(({ name }) => name),
    ['j'],
  );
  assert.deepEqual(shortErrors(configuration), ['CONFIG_UNKNOWN_JAIL x']);
});

test('commands and options know where they were written', () => {
  const configuration = read({
    ...plainParts,
    '/c/jail.conf': `[DEFAULT]\nfindtime = 5m\n${head}port = ssh\n`,
    '/c/jail.local': '[j]\n\naction = a\n         a[actname=b]\nignoreip = ::1\n',
  });
  const [jail] = configuration.jails;
  const origins = jail!.commands.map(({ args, origin }) => [args[2], origin?.file, origin?.line]);
  assert.deepEqual(origins, [
    ['addfailregex', '/c/filter.d/f.conf', 2],
    ['findtime', '/c/jail.conf', 2],
    ['addignoreip', '/c/jail.local', 5],
    ['addaction', '/c/jail.local', 3],
    ['action', '/c/jail.local', 3],
    ['addaction', '/c/jail.local', 4],
    ['action', '/c/jail.local', 4],
  ]);
  const option = (name: string): unknown => jail!.options.get(name);
  assert.deepEqual(option('port'), { name: 'port', value: 'ssh', origin: { file: '/c/jail.conf', line: 7 } });
  assert.deepEqual(option('failregex'), {
    name: 'failregex',
    value: '^fail <HOST>$',
    origin: { file: '/c/filter.d/f.conf', line: 2 },
  });
  assert.deepEqual(option('maxretry'), { name: 'maxretry', value: 3 });
});

test('a jail that cannot be read is skipped with a reason, and the others run', () => {
  const configuration = read({
    ...plainParts,
    '/c/jail.conf': `${head}[k]\nenabled = true\nfilter = %(nothing)s\naction = a\n`,
  });
  const broken = configuration.jails.find(({ name }) => name === 'k');
  assert.deepEqual(broken?.commands, []);
  assert.equal(broken?.configError, '%(nothing)s is not defined');
  assert.deepEqual(shortErrors(configuration), ['CONFIG_UNDEFINED_NAME /c/jail.conf:7 k']);
  assert.match(
    formatStream(toStream(configuration)),
    /\['config-error', "Jail 'k' skipped, .*\n\['start', 'j'\]\n$/,
  );
});

test('a mistake in a disabled jail is told, and costs nothing', () => {
  const configuration = read({
    ...plainParts,
    '/c/jail.conf': `${head}[k]\nenabled = no\nfilter = %(nothing)s\n`,
  });
  assert.deepEqual(shortErrors(configuration), ['CONFIG_UNDEFINED_NAME /c/jail.conf:7 k']);
  assert.equal(configuration.jails.length, 1);
});

test('times that nobody can read are told, and still sent as they are', () => {
  const configuration = read({ ...plainParts, '/c/jail.conf': `${head}bantime = 10x\nfindtime = 1h 30m\n` });
  assert.deepEqual(shortErrors(configuration), ['CONFIG_WRONG_VALUE /c/jail.conf:5 j']);
  assert.deepEqual(sent(configuration, 'j', 'bantime'), ['10x']);
});

test('an argument also holds for the conditional forms of its option, unless those have one of their own', () => {
  const action = '[Definition]\nactionban = x <b>\n[Init]\nb = four\n[Init?family=inet6]\nb = six\n';
  const properties = (list: string): unknown => {
    const configuration = read({
      ...plainParts,
      '/c/jail.conf': head,
      '/c/jail.local': `[j]\naction = a${list}\n`,
      '/c/action.d/a.conf': action,
    });
    return sent(configuration, 'j', 'action')[1];
  };
  const shared = [
    ['name', 'j'],
    ['actname', 'a'],
  ];
  const ban = ['actionban', 'x <b>'];
  assert.deepEqual(properties(''), [ban, ...shared, ['b', 'four'], ['b?family=inet6', 'six']]);
  assert.deepEqual(properties('[b=mine]'), [ban, ['b', 'mine'], ...shared, ['b?family=inet6', 'mine']]);
  assert.deepEqual(properties('[b=mine, b?family=inet6=other]'), [
    ban,
    ['b', 'mine'],
    ['b?family=inet6', 'other'],
    ...shared,
  ]);
});

test('an action in Python is an error for its jail, but for the one that is built in', () => {
  const configuration = read({
    ...plainParts,
    '/c/jail.conf': head,
    '/c/jail.local': '[j]\naction = smtp.py[dest=me]\n  own.py\n  a\n',
  });
  assert.deepEqual(shortErrors(configuration), ['CONFIG_PYTHON_ACTION /c/jail.local:3 j']);
  const [jail] = configuration.jails;
  assert.equal(jail?.configError, undefined);
  assert.deepEqual(
    jail?.actions.map(({ name, isPython }) => [name, isPython]),
    [
      ['smtp', true],
      ['own', true],
      ['a', false],
    ],
  );
  assert.deepEqual(sent(configuration, 'j', 'addaction').slice(0, 3), [
    'smtp',
    '/c/action.d/smtp.py',
    '{"dest": "me"}',
  ]);
});

test('an action in JavaScript is sent with its file and its arguments, named with or without its extension', () => {
  const configuration = read({
    ...plainParts,
    '/c/action.d/one.js': '',
    '/c/action.d/two.mjs': '',
    '/c/action.d/a.js': '',
    '/c/jail.conf': head,
    '/c/jail.local': '[j]\naction = one.js[dest=me, actname=first]\n  two[dest=you]\n  a\n  gone.js\n',
  });
  assert.deepEqual(shortErrors(configuration), ['CONFIG_NO_ACTION /c/jail.local:5 j']);
  const [jail] = configuration.jails;
  assert.equal(jail?.configError, undefined);
  const added = jail?.commands.filter(({ args }) => args[2] === 'addaction').map(({ args }) => args.slice(3));
  assert.deepEqual(added, [
    ['first', '/c/action.d/one.js', '{"dest": "me"}'],
    ['two', '/c/action.d/two.mjs', '{"dest": "you"}'],
    ['a'],
    ['gone', '/c/action.d/gone.js', '{}'],
  ]);
});

test('log paths keep their patterns, and those that exist are sent', () => {
  const configuration = read({
    ...plainParts,
    '/c/jail.conf': `${head}logpath = /log/*.log tail\n  /log/later.txt\n  /log/a.log first\n`,
    '/log/a.log': '',
    '/log/dangling.log': null,
  });
  const origin = { file: '/c/jail.conf', line: 5 };
  assert.deepEqual(configuration.jails[0]?.logPaths, [
    { pattern: '/log/*.log', tail: true, origin },
    { pattern: '/log/later.txt', tail: false, origin },
    { pattern: '/log/a.log', tail: false, origin },
  ]);
  assert.deepEqual(sent(configuration, 'j', 'addlogpath'), ['/log/a.log', 'tail', '/log/a.log', 'first']);
  assert.deepEqual(shortErrors(configuration), ['CONFIG_WRONG_VALUE /c/jail.conf:5 j']);
  assert.deepEqual(
    configuration.warnings.map(({ message }) => message),
    ['/log/dangling.log is a dangling link and cannot be read'],
  );
});

test('the options that the daemon brings along lie over [DEFAULT], its jails under the files', () => {
  const configuration = read(
    { ...plainParts, '/c/jail.conf': `[DEFAULT]\nwho = file\n${head}[own]\nmaxretry = 2\n` },
    {
      builtInNames: new Map([['who', 'daemon']]),
      builtInJails: new Map([
        [
          'own',
          new Map([
            ['enabled', 'true'],
            ['maxretry', '9'],
            ['ignorecommand', '%(who)s'],
          ]),
        ],
      ]),
    },
  );
  assert.deepEqual(sent(configuration, 'own', 'maxretry'), [2]);
  assert.deepEqual(sent(configuration, 'own', 'ignorecommand'), ['daemon']);
});
