import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { PythonFloat, PythonTuple, type PythonValue, pythonRepr, WarderError } from '../../src/base/index.ts';
import { decodeAnswer, decodePickle, encodePickle, PythonObject } from '../../src/control/index.ts';
import { runPython } from '../support/python.ts';
import { requireTool } from '../support/tools.ts';

const scalar: fc.Arbitrary<PythonValue> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc
    .bigInt({ min: -(2n ** 90n), max: 2n ** 90n })
    .map((n) => (n > 2n ** 53n || n < -(2n ** 53n) ? n : Number(n))),
  fc.double({ noNaN: true }).map((n) => (Number.isInteger(n) ? new PythonFloat(n) : n)),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ maxLength: 12 }),
  fc.constantFrom(
    "it's",
    'say "x"',
    'back\\slash',
    'tab\tnew\nline\r',
    '\udc80\ud800',
    '<F2B_END_COMMAND>',
    'é€😀',
  ),
);

const plain: fc.Arbitrary<PythonValue> = fc.letrec<{ value: PythonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(tie('value'), { maxLength: 5 }).map((items) => new PythonTuple(items)),
    fc.array(fc.tuple(fc.string(), tie('value')), { maxLength: 4 }).map((pairs) => new Map(pairs)),
  ),
})).value;

const toPickles = `
import pickle
nan, inf = float('nan'), float('inf')
result = []
for text in given:
    value = eval(text)
    result.append([pickle.dumps(value, p).hex() for p in range(6)])
`;

test('whatever Python pickles, in any protocol, is decoded to the same value', (t) => {
  if (!requireTool(t, 'python3')) return;
  const values = fc.sample(plain, { numRuns: 400, seed: 7 });
  values.push(
    ['x'.repeat(70_000), 'é'.repeat(300)],
    Array.from({ length: 3000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`),
  );
  const pickles = runPython(toPickles, values.map(pythonRepr)) as string[][];
  let compared = 0;
  for (const [index, value] of values.entries()) {
    for (const [protocol, hex] of pickles[index]!.entries()) {
      const decoded = decodePickle(Buffer.from(hex, 'hex'));
      assert.equal(pythonRepr(decoded), pythonRepr(value), `protocol ${protocol}`);
      compared += 1;
    }
  }
  assert.equal(compared, values.length * 6);
});

test('sets and bytes are data only where the protocol writes them as data', (t) => {
  if (!requireTool(t, 'python3')) return;
  const cases: readonly [source: string, repr: string, since: number][] = [
    ['{7}', '{7}', 4],
    ["frozenset(['a'])", "{'a'}", 4],
    ["b'\\xff\\x00a'", "b'\\xff\\x00a'", 3],
    ["b'x' * 300", `b'${'x'.repeat(300)}'`, 3],
    ["bytearray(b'ab')", "b'ab'", 5],
  ];
  const pickles = runPython(
    toPickles,
    cases.map(([source]) => source),
  ) as string[][];
  for (const [index, [source, repr, since]] of cases.entries()) {
    for (const [protocol, hex] of pickles[index]!.entries()) {
      const bytes = Buffer.from(hex, 'hex');
      if (protocol >= since) assert.equal(pythonRepr(decodePickle(bytes)), repr, `${source} in ${protocol}`);
      else assert.throws(() => decodePickle(bytes), { code: 'PICKLE_REFUSED' }, `${source} in ${protocol}`);
    }
  }
});

test('whatever we encode, Python reads as the same value', (t) => {
  if (!requireTool(t, 'python3')) return;
  const values = fc.sample(plain, { numRuns: 400, seed: 11 });
  values.push(
    new Set(['a']),
    Uint8Array.from([0, 255, 10]),
    255,
    256,
    65535,
    65536,
    -1,
    2 ** 31,
    -(2 ** 31),
    2n ** 64n,
  );
  values.push(new PythonTuple(['<F2B_END_COMMAND>\\\n😀']), 'y'.repeat(1000), 2n ** 2100n);
  const hexes = values.map((value) => encodePickle(value, '<F2B_END_COMMAND>').toString('hex'));
  const program = `
import pickle
result = [ascii(pickle.loads(bytes.fromhex(text))) for text in given]
`;
  const reprs = runPython(program, hexes) as string[];
  const ours = runPython(
    'nan, inf = float("nan"), float("inf")\nresult = [ascii(eval(text)) for text in given]',
    values.map(pythonRepr),
  );
  assert.deepEqual(reprs, ours);
});

test('the end mark never occurs in the bytes of an answer', () => {
  const mark = '<F2B_END_COMMAND>';
  const bytes = encodePickle([`a${mark}b`, mark, `\\${mark}\n`], mark);
  assert.equal(bytes.includes(mark), false);
  assert.deepEqual(decodePickle(bytes), [`a${mark}b`, mark, `\\${mark}\n`]);
});

test("a fail2ban server's answers are read: addresses as texts, exceptions as inert records", (t) => {
  if (!requireTool(t, 'fail2ban-server')) return;
  const program = `
import pickle
sys.path.insert(0, '/usr/lib/python3/dist-packages')
from fail2ban.exceptions import UnknownJailException
from fail2ban.server.ipdns import IPAddr
from fail2ban.server.failregex import RegexException
answers = [
  (0, [('Banned IP list', [IPAddr('192.0.2.1'), IPAddr('2001:db8::1')])]),
  (1, UnknownJailException('sshd')),
  (1, ValueError('not banned: %r' % [IPAddr('192.0.2.1')])),
  (1, RegexException('broken')),
  'ERROR: text',
  (0, {1, 2} and {'k': {5}}),
  (0, [b'raw', {'x'}, KeyError('none')]),
]
result = [[pickle.dumps(answer, p).hex() for p in range(6)] for answer in answers]
`;
  const pickles = runPython(program, null) as string[][];
  const seen = pickles.map((row) => {
    const texts = new Set(row.map((hex) => describe(decodeAnswer(Buffer.from(hex, 'hex')))));
    assert.equal(texts.size, 1, [...texts].join('\n'));
    return [...texts][0];
  });
  assert.deepEqual(seen, [
    "ok [('Banned IP list', ['192.0.2.1', '2001:db8::1'])]",
    "error fail2ban.exceptions.UnknownJailException ['sshd']",
    `error builtins.ValueError ["not banned: ['192.0.2.1']"]`,
    "error fail2ban.server.failregex.RegexException ['broken']",
    "error builtins.Exception ['ERROR: text']",
    "ok {'k': {5}}",
    `ok [b'raw', {'x'}, "KeyError('none')"]`,
  ]);
});

test('Python raises what an encoded exception says', (t) => {
  if (!requireTool(t, 'fail2ban-server')) return;
  const hex = encodePickle(
    new PythonObject('fail2ban.exceptions', 'UnknownJailException', ['sshd']),
  ).toString('hex');
  const program = `
import pickle
sys.path.insert(0, '/usr/lib/python3/dist-packages')
result = repr(pickle.loads(bytes.fromhex(given)))
`;
  assert.equal(runPython(program, hex), "UnknownJailException('sshd')");
});

test('mutated pickles of Python end in a value or in a clear error', (t) => {
  if (!requireTool(t, 'python3')) return;
  const sources = [
    "['set', 'sshd', 'banip', '192.0.2.1']",
    "('a', {'b': [1, 2.5, None, True]}, {3})",
    "[['x'] * 3] * 3",
  ];
  const seeds = (runPython(toPickles, sources) as string[][]).flat().map((hex) => Buffer.from(hex, 'hex'));
  fc.assert(
    fc.property(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      (seed, changes) => {
        const bytes = Buffer.from(seed);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        try {
          decodePickle(bytes);
        } catch (error) {
          assert.ok(error instanceof WarderError, String(error));
          assert.match(error.code, /^PICKLE_(BROKEN|REFUSED|LIMIT)$/);
        }
      },
    ),
    { numRuns: 5000, seed: 3 },
  );
});

function describe(answer: ReturnType<typeof decodeAnswer>): string {
  if (answer.ok) return `ok ${pythonRepr(answer.value)}`;
  return `error ${answer.error.module}.${answer.error.name} ${pythonRepr([...answer.error.args])}`;
}
