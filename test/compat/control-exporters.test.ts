import assert from 'node:assert/strict';
import test from 'node:test';
import { PythonTuple, type PythonValue, pythonRepr } from '../../src/base/index.ts';
import { AnswerPair, encodePickle, PythonObject } from '../../src/control/index.ts';
import { startControl } from '../support/control-bench.ts';
import { runPython } from '../support/python.ts';
import { client, readMessage } from '../support/socket-client.ts';
import { requireTool } from '../support/tools.ts';

// Prometheus exporters and other programs that are not Python walk through the answers by position, and decode only what
// Python itself writes.

/** Requests as other languages write them: lists of Python 2 strings, in protocols 1 and 2, with and without a header. */
function spellings(words: readonly string[]): Buffer[] {
  const short = words.map((word) => `U${String.fromCharCode(word.length)}${word}`).join('');
  const lines = words.map((word) => `S'${word}'\n`).join('');
  return [`\x80\x02](${short}e.`, `(${short}l.`, `(${lines}l.`, `\x80\x02](${lines}e.`].map((text) =>
    Buffer.from(`${text}<F2B_END_COMMAND>`, 'latin1'),
  );
}

/** What an exporter does, with types as strict as Go's. */
const walk = `
import pickle

def at(value, kind, *path):
  for index, container in path:
    assert type(value) is container, (value, container)
    value = value[index]
  assert type(value) is kind, (value, kind)
  return value

def read(text):
  value = pickle.loads(bytes.fromhex(text))
  assert type(value) is tuple and len(value) == 2 and type(value[0]) is int, value
  return value

status, jail, bantime, ping, unknown = [read(text) for text in given]
T, L = tuple, list
result = [
  at(status, int, (1, T), (0, L), (1, T)),
  at(status, str, (1, T), (1, L), (1, T)),
  at(jail, str, (1, T), (0, L), (0, T)),
  at(jail, int, (1, T), (0, L), (1, T), (0, L), (1, T)),
  at(jail, int, (1, T), (0, L), (1, T), (1, L), (1, T)),
  at(jail, list, (1, T), (0, L), (1, T), (2, L), (1, T)),
  at(jail, str, (1, T), (1, L), (0, T)),
  at(jail, int, (1, T), (1, L), (1, T), (0, L), (1, T)),
  at(jail, int, (1, T), (1, L), (1, T), (1, L), (1, T)),
  at(jail, list, (1, T), (1, L), (1, T), (2, L), (1, T)),
  at(bantime, int, (1, T)),
  at(ping, str, (1, T)),
  unknown[0],
]
`;

test('an exporter finds every figure at its position and with its type', async (t) => {
  if (!requireTool(t, 'python3')) return;
  const { path, server } = await startControl(t);
  await server.addJail('sshd', 'auto');
  await server.addJail('web', 'auto');
  await server.jail('sshd').addLogPath('/var/log/auth.log');
  await server.jail('sshd').ban(['192.0.2.1', '2001:db8::1']);
  const socket = await client(t, path);
  const ask = async (words: readonly string[], spelling: number): Promise<string> => {
    const answer = readMessage(socket);
    socket.write(spellings(words)[spelling] as Buffer);
    return (await answer).toString('hex');
  };
  for (let spelling = 0; spelling < 4; spelling += 1) {
    const answers = [
      await ask(['status'], spelling),
      await ask(['status', 'sshd'], spelling),
      await ask(['get', 'sshd', 'bantime'], spelling),
      await ask(['ping'], spelling),
      await ask(['dance'], spelling),
    ];
    const figures = ['sshd, web', 'Filter', 0, 0, ['/var/log/auth.log'], 'Actions', 2, 2];
    const banned = ['192.0.2.1', '2001:db8::1'];
    assert.deepEqual(runPython(walk, answers), [2, ...figures, banned, 600, 'pong', 1]);
  }
});

test("answers use only opcodes that Python's own pickler writes", (t) => {
  if (!requireTool(t, 'python3')) return;
  const values: PythonValue[] = [
    [new PythonTuple(['Number of jail', 2]), new PythonTuple(['Jail list', 'a, b'])],
    [
      new Map<PythonValue, PythonValue>([
        ['sshd', ['192.0.2.1', '192.0.2.2']],
        ['web', []],
      ]),
    ],
    [1, 255, 256, 65_536, -1, 2 ** 40, 2n ** 80n, 0.5, true, false, null, '', 'x'.repeat(300)],
    [
      new PythonTuple([]),
      new PythonTuple([1]),
      new PythonTuple([1, 2, 3]),
      new PythonTuple([1, 2, 3, 4]),
      [],
      new Map(),
      new Set([1, 2]),
    ],
    [new Uint8Array([1]), new Uint8Array(300)],
  ];
  const program = `
import pickle, pickletools
nan, inf = float('nan'), float('inf')
names = lambda data: {op.name for op, _, _ in pickletools.genops(data)}
known = {'STACK_GLOBAL', 'REDUCE'}
for text in given['values']: known |= names(pickle.dumps((0, eval(text)), 4))
result = [sorted(names(bytes.fromhex(text)) - known) for text in given['answers']]
`;
  const error = new PythonObject('builtins', 'ValueError', ['no']);
  const answers = [...values.map((value) => new AnswerPair(0, value)), new AnswerPair(1, error)];
  const strange = runPython(program, {
    values: values.map(pythonRepr),
    answers: answers.map((answer) => encodePickle(answer).toString('hex')),
  });
  assert.deepEqual(strange, Array(answers.length).fill([]));
});
