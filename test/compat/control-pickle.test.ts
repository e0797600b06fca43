import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { PythonFloat, PythonTuple, type PythonValue, pythonRepr, WarderError } from '../../src/base/index.ts';
import { decodeAnswer, decodePickle, encodePickle, PythonObject } from '../../src/control/index.ts';
import { composed, mutated, pickleSeeds } from '../support/pickle-mutator.ts';
import { runPython } from '../support/python.ts';
import { SeededRandom } from '../support/random.ts';
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

const judge = `
import pickle, resource
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
nan, inf = float('nan'), float('inf')

# As fail2ban reads its requests, except that nothing can be imported.
def guard(event, args):
  if event == 'pickle.find_class': raise pickle.UnpicklingError('imports')
sys.addaudithook(guard)

def shape(value):
  if isinstance(value, str): return ['str', value.encode('utf-16-le', 'surrogatepass').hex()]
  if isinstance(value, (bytes, bytearray)): return ['bytes', bytes(value).hex()]
  if isinstance(value, (set, frozenset)): return ['set', sorted((shape(item) for item in value), key=repr)]
  if isinstance(value, dict): return ['dict', [[shape(k), shape(v)] for k, v in value.items()]]
  if isinstance(value, (list, tuple)): return [type(value).__name__, [shape(item) for item in value]]
  return [type(value).__name__, repr(value)]

def verdict(text, ours):
  try: value = pickle.loads(bytes.fromhex(text))
  except Exception as error: return 'error ' + type(error).__name__ + ' ' + str(error)[:60]
  if ours is None: return 'value'
  return 'same' if shape(value) == shape(eval(ours)) else 'another: ' + ascii(value)[:200]

result = [verdict(text, ours) for text, ours in given]
`;

/** A bytearray is bytes for us, so it may be a key; and a memo slot of a high number costs us no memory. */
const byDesign = /unhashable type: 'bytearray'|^error MemoryError/;

test('mutated and composed pickles are read as Python reads them, or refused', (t) => {
  if (!requireTool(t, 'python3')) return;
  const random = new SeededRandom(5);
  const seeds = pickleSeeds();
  const cases = Array.from({ length: 20_000 }, (_, index) => {
    const bytes = index % 2 === 0 ? composed(random) : mutated(random, seeds);
    try {
      return { bytes, repr: pythonRepr(decodePickle(bytes)), reason: 'data' };
    } catch (error) {
      assert.ok(error instanceof WarderError, String(error));
      return { bytes, repr: null, reason: error.code === 'PICKLE_BROKEN' ? error.message : '' };
    }
  }).filter(({ reason }) => reason !== '' && reason !== 'The pickle does not end with one value');
  const verdicts = runPython(
    judge,
    cases.map(({ bytes, repr }) => [bytes.toString('hex'), repr]),
  ) as string[];
  const differences = cases.flatMap(({ bytes, repr, reason }, index) => {
    const verdict = verdicts[index] as string;
    const agrees =
      reason === 'data' ? verdict === 'same' || byDesign.test(verdict) : verdict.startsWith('error');
    // Python's numbers in text end at a NUL, whatever follows.
    if (/^An integer|^A float|memo number/.test(reason) && bytes.includes(0)) return [];
    return agrees ? [] : [`${reason} ${verdict} ${repr ?? ''} ${JSON.stringify(bytes.toString('latin1'))}`];
  });
  t.diagnostic(`${cases.filter(({ reason }) => reason === 'data').length} values, ${cases.length} in all`);
  assert.deepEqual(differences, []);
});

function describe(answer: ReturnType<typeof decodeAnswer>): string {
  if (answer.ok) return `ok ${pythonRepr(answer.value)}`;
  return `error ${answer.error.module}.${answer.error.name} ${pythonRepr([...answer.error.args])}`;
}
