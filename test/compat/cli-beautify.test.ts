import assert from 'node:assert/strict';
import test from 'node:test';
import { PythonFloat, PythonTuple, type PythonValue, pythonRepr } from '../../src/base/index.ts';
import { beautify, beautifyError } from '../../src/cli/beautify.ts';
import { requireFail2ban } from '../support/fail2ban.ts';
import { runPython } from '../support/python.ts';

const pair = (name: string, value: PythonValue): PythonTuple => new PythonTuple([name, value]);

const jailStatus: PythonValue = [
  pair('Filter', [pair('Currently failed', 1), pair('Total failed', 22), pair('File list', ['/a', '/b'])]),
  pair('Actions', [
    pair('Currently banned', 2),
    pair('Total banned', 2),
    pair('Banned IP list', ['192.0.2.1', '::1']),
  ]),
];

const journalStatus: PythonValue = [
  pair('Filter', [
    pair('Currently failed', 0),
    pair('Total failed', 0),
    pair('Journal matches', ['_COMM=a + _COMM=b']),
  ]),
  pair('Actions', [pair('Currently banned', 0), pair('Total banned', 0), pair('Banned IP list', [])]),
];

/** Commands with the answers that a server gives; fail2ban's client formats the same. */
const cases: readonly (readonly [words: string[], answer: PythonValue])[] = [
  [['ping'], 'pong'],
  [['version'], '1.0.2'],
  [['start', 'sshd'], null],
  [['stop'], null],
  [['stop'], 'odd'],
  [['stop', 'sshd'], null],
  [['add', 'sshd'], 'sshd'],
  [['flushlogs'], 'rolled over'],
  [
    ['echo', 'a', 'b'],
    ['a', 'b'],
  ],
  [['server-status'], 'Server ready'],
  [['status'], [pair('Number of jail', 2), pair('Jail list', 'a, b')]],
  [['status'], [pair('Number of jail', 0), pair('Jail list', '')]],
  [['status', 'sshd'], jailStatus],
  [['status', 'sshd', 'basic'], journalStatus],
  [['banned'], [new Map([['sshd', ['192.0.2.1']]])]],
  [['banned', '192.0.2.1'], [['sshd', 'recidive']]],
  [['unban', '--all'], 3],
  [['sleep', '1'], null],
  [['reload', '--all'], 'OK'],
  [['get', 'loglevel'], 'INFO'],
  [['get', 'loglevel'], 20],
  [['get', 'loglevel'], 25],
  [['get', 'loglevel'], 3],
  [['set', 'loglevel', 'DEBUG'], 'DEBUG'],
  [['get', 'logtarget'], '/var/log/fail2ban.log'],
  [['get', 'syslogsocket'], 'auto'],
  [['get', 'dbfile'], '/var/lib/x.sqlite3'],
  [['get', 'dbfile'], null],
  [['get', 'dbmaxmatches'], 10],
  [['get', 'dbpurgeage'], 86400],
  [['get', 'dbpurgeage'], new PythonFloat(2629800)],
  [['get', 'dbpurgeage'], null],
  [['set', 'dbpurgeage', '1d'], 86400],
  [
    ['get', 'sshd', 'logpath'],
    ['/a', '/b', '/c'],
  ],
  [['get', 'sshd', 'logpath'], []],
  [['set', 'sshd', 'addlogpath', '/a'], ['/a']],
  [['get', 'sshd', 'logencoding'], 'UTF-8'],
  [
    ['get', 'sshd', 'journalmatch'],
    [['_A=1', '_B=2'], ['_C=3']],
  ],
  [['get', 'sshd', 'journalmatch'], []],
  [['get', 'sshd', 'datepattern'], new PythonTuple([null, 'Default Detectors'])],
  [['get', 'sshd', 'datepattern'], new PythonTuple(['%Y-%m', 'Year-Month'])],
  [['get', 'sshd', 'datepattern'], null],
  [
    ['get', 'sshd', 'ignoreip'],
    ['192.0.2.0/24', '::1'],
  ],
  [['get', 'sshd', 'ignoreip'], []],
  [['set', 'sshd', 'delignoreip', '::1'], ['192.0.2.0/24']],
  [
    ['get', 'sshd', 'failregex'],
    ['a <HOST>', 'b <HOST>', 'c'],
  ],
  [['get', 'sshd', 'ignoreregex'], []],
  [['set', 'sshd', 'addfailregex', 'x'], ['x']],
  [
    ['get', 'sshd', 'actions'],
    ['iptables', 'mail'],
  ],
  [['get', 'sshd', 'actions'], []],
  [
    ['get', 'sshd', 'actionproperties', 'iptables'],
    ['actionban', 'timeout'],
  ],
  [['get', 'sshd', 'actionmethods', 'iptables'], []],
  [['get', 'sshd', 'action', 'iptables', 'actionban'], 'cmd <ip>\nnext'],
  [
    ['get', 'sshd', 'banip'],
    ['192.0.2.1', '192.0.2.2'],
  ],
  [
    ['get', 'sshd', 'banip', ','],
    ['192.0.2.1', '192.0.2.2'],
  ],
  [
    ['get', 'sshd', 'banip', '--with-time'],
    ['192.0.2.1 \tA + 600 = B', '192.0.2.2 \tA + 600 = B'],
  ],
  [['get', 'sshd', 'banip'], []],
  [['set', 'sshd', 'banip', '192.0.2.1'], 1],
  [['set', 'sshd', 'unbanip', '192.0.2.1'], 0],
  [
    ['get', 'sshd', 'banned', '192.0.2.1', '::1'],
    [1, 0],
  ],
  [['get', 'sshd', 'ignoreself'], true],
  [
    ['get', 'sshd', 'ignorecache'],
    ['<ip>', 100, 300],
  ],
  [['get', 'sshd', 'bantime.formula'], null],
  [['get', 'sshd', 'findtime'], new PythonFloat(2629800)],
  [['set', 'sshd', 'idle', 'on'], true],
];

test("answers are shown as fail2ban's client shows them", (t) => {
  if (!requireFail2ban(t)) return;
  const program = `
sys.path.insert(0, '/usr/lib/python3/dist-packages')
from fail2ban.client.beautifier import Beautifier
result = [str(Beautifier(words).beautify(eval(answer))) for words, answer in given]
`;
  const given = cases.map(([words, answer]) => [words, pythonRepr(answer)]);
  const theirs = runPython(program, given) as string[];
  for (const [index, [words, answer]] of cases.entries()) {
    assert.equal(beautify(words, answer), theirs[index], words.join(' '));
  }
});

test("errors are shown as fail2ban's client shows them", (t) => {
  if (!requireFail2ban(t)) return;
  const errors: readonly (readonly [name: string, args: PythonValue[]])[] = [
    ['UnknownJailException', ['nojail']],
    ['DuplicateJailException', ['sshd']],
    ['IndexError', ['list index out of range']],
    ['KeyError', ['Invalid Action name: x']],
    ['ValueError', ["not banned: ['192.0.2.1']"]],
    ['Exception', ['Invalid command']],
    ['Exception', []],
    ['Exception', ['a', 1]],
    ['Exception', [5]],
    ['FileNotFoundError', [2, 'No such file or directory', "/x'y"]],
    ['PermissionError', [13, 'Permission denied']],
    ['OSError', ['one']],
    ['RegexException', ["Unable to compile regular expression '('"]],
    ['SyntaxError', ['invalid syntax', new PythonTuple(['<string>', 1, 2, 'x', 1, 2])]],
    ['SyntaxError', ['invalid syntax']],
    ['JSONDecodeError', ['Expecting value', 'ä\nno json', 4]],
    ['JSONDecodeError', ['Expecting value', '', 0]],
  ];
  const program = `
sys.path.insert(0, '/usr/lib/python3/dist-packages')
from fail2ban.client.beautifier import Beautifier
from fail2ban.exceptions import *
from fail2ban.server.failregex import RegexException
from json import JSONDecodeError
result = [str(Beautifier(['x']).beautifyError(eval(name)(*eval(args)))) for name, args in given]
`;
  const theirs = runPython(
    program,
    errors.map(([name, args]) => [name, pythonRepr(args)]),
  ) as string[];
  assert.deepEqual(
    errors.map(([name, args]) => beautifyError(name, args)),
    theirs,
  );
});

test('an answer of another shape is shown as it is, not as a crash', () => {
  assert.match(beautify(['status', 'sshd'], 'what?'), /what\?/);
  assert.match(beautify(['get', 'sshd', 'logpath'], 5), /5/);
});
