import assert from 'node:assert/strict';
import test from 'node:test';
import { PythonFloat, PythonTuple } from '../../src/base/index.ts';
import {
  AnswerPair,
  decodeAnswer,
  decodePickle,
  decodePickleInTurns,
  defaultPickleLimits,
  encodePickle,
  PythonObject,
} from '../../src/control/index.ts';

/** Pickles by hand: text is Latin-1. */
function pickle(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

test('every opcode that imports or calls is refused', () => {
  const hostile: readonly [name: string, text: string][] = [
    ['GLOBAL', 'cos\nsystem\n.'],
    ['GLOBAL then REDUCE', "cos\nsystem\n(S'id'\ntR."],
    ['GLOBAL builtins.str', "c__builtin__\nstr\n(S'id'\ntR."],
    ['STACK_GLOBAL', '\x80\x04\x8c\x02os\x8c\x06system\x93.'],
    ['REDUCE alone', '))R.'],
    ['BUILD', '}}b.'],
    ['INST', "(S'id'\nios\nsystem\n."],
    ['OBJ', '(No.'],
    ['NEWOBJ', '\x80\x02))\x81.'],
    ['NEWOBJ_EX', '\x80\x04))}\x92.'],
    ['EXT1', '\x82\x01.'],
    ['EXT2', '\x83\x01\x00.'],
    ['EXT4', '\x84\x01\x00\x00\x00.'],
    ['PERSID', 'P1\n.'],
    ['BINPERSID', 'NQ.'],
    ['NEXT_BUFFER', '\x97.'],
    ['READONLY_BUFFER', 'N\x98.'],
  ];
  for (const [name, text] of hostile) {
    assert.throws(() => decodePickle(pickle(text)), { code: 'PICKLE_REFUSED' }, name);
  }
});

test('an answer may name classes, but extension codes and persistent ids stay refused', () => {
  const answer = decodeAnswer(pickle("(I1\ncfail2ban.exceptions\nUnknownJailException\n(S'x'\ntRt."));
  assert.ok(!answer.ok);
  assert.equal(answer.error.name, 'UnknownJailException');
  for (const text of ['\x82\x01.', 'P1\n.', 'NQ.', "(S'id'\nios\nsystem\n.", '(No.']) {
    assert.throws(() => decodeAnswer(pickle(text)), { code: 'PICKLE_REFUSED' }, text);
  }
});

test('malformed input is refused with its place', () => {
  const broken: readonly [name: string, text: string][] = [
    ['empty', ''],
    ['no end', 'N'],
    ['nothing on the stack', '.'],
    ['two values', 'NN.'],
    ['open mark', '(N.'],
    ['close without mark', 'NNt.'],
    ['append to a text', 'U\x01aNa.'],
    ['append beneath a mark', '](Na.'],
    ['key without value', '(NNNd.'],
    ['list as a key', '(]Nd.'],
    ['unknown memo', 'h\x05.'],
    ['memo of nothing', 'q\x00.'],
    ['text beyond the end', 'X\xff\xff\xff\x7fabc.'],
    ['length beyond 32 bits', '\x8d\xff\xff\xff\xff\xff\xff\xff\xffabc.'],
    ['negative length', 'T\xff\xff\xff\xffabc.'],
    ['no UTF-8', 'X\x02\x00\x00\x00\xc3\x28.'],
    ['unknown protocol', '\x80\x06N.'],
    ['unknown opcode', '\xff.'],
    ['word as an integer', 'Iabc\n.'],
    ['word as a float', 'Fabc\n.'],
    ['text without quotes', 'Sabc\n.'],
  ];
  for (const [name, text] of broken) {
    assert.throws(() => decodePickle(pickle(text)), { code: 'PICKLE_BROKEN' }, name);
  }
});

test('integers of any size keep their value, beyond the limit they are refused', () => {
  assert.equal(decodePickle(pickle('L9007199254740993L\n.')), 9007199254740993n);
  assert.equal(decodePickle(pickle('L-5L\n.')), -5);
  assert.equal(decodePickle(pickle('I01\n.')), true);
  assert.throws(() => decodePickle(pickle(`I${'9'.repeat(5000)}\n.`)), { code: 'PICKLE_BROKEN' });
  assert.throws(() => decodePickle(pickle(`\x8b\x00\x10\x00\x00${'\x7f'.repeat(4096)}.`)), {
    code: 'PICKLE_LIMIT',
  });
});

test('a float keeps being a float', () => {
  const value = decodePickle(encodePickle([new PythonFloat(1), 1, 0.5, new PythonFloat(-0)]));
  assert.deepEqual(value, [new PythonFloat(1), 1, 0.5, new PythonFloat(-0)]);
});

test('a small pickle that unfolds into very much is refused', () => {
  // Each level is a list that holds the one before ten times: 10^20 values in 250 bytes.
  let text = '](';
  text += 'N'.repeat(10);
  text += 'eq\x00';
  for (let level = 0; level < 20; level += 1)
    text += `0](${`h${String.fromCharCode(level)}`.repeat(10)}eq${String.fromCharCode(level + 1)}`;
  assert.throws(() => decodePickle(pickle(`${text}.`)), { code: 'PICKLE_LIMIT' });
});

test('a text that is referred to very often counts as often', () => {
  const body = `(X\x00\x00\x10\x00${'a'.repeat(0x100000)}q\x00${'h\x00'.repeat(100)}l.`;
  assert.throws(() => decodePickle(pickle(body)), { code: 'PICKLE_LIMIT' });
});

test('a list that holds itself is refused', () => {
  assert.throws(() => decodePickle(pickle(']q\x00h\x00a.')), { code: 'PICKLE_LIMIT' });
});

test('nesting beyond the limit is refused', () => {
  const nested = (depth: number): Buffer => pickle(`${']'.repeat(depth)}${'a'.repeat(depth - 1)}.`);
  assert.ok(decodePickle(nested(defaultPickleLimits.maxDepth)));
  assert.throws(() => decodePickle(nested(defaultPickleLimits.maxDepth + 2)), { code: 'PICKLE_LIMIT' });
  assert.throws(() => decodePickle(nested(500_000)), { code: 'PICKLE_LIMIT' });
});

test('more values than the limit are refused while decoding', () => {
  assert.throws(
    () => decodePickle(pickle(`(${']'.repeat(2000)}l.`), { ...defaultPickleLimits, maxValues: 1000 }),
    {
      code: 'PICKLE_LIMIT',
    },
  );
  assert.throws(() => decodePickle(pickle('('.repeat(2000)), { ...defaultPickleLimits, maxValues: 1000 }), {
    code: 'PICKLE_LIMIT',
  });
});

test('memo slots and opcodes count, so that bytes that keep nothing but slots cannot fill the memory', () => {
  const limits = { ...defaultPickleLimits, maxValues: 1000 };
  for (const text of [
    `N${'\x94'.repeat(2000)}.`,
    `N${'q\x00'.repeat(5000)}.`,
    `${'\x80\x04'.repeat(5000)}N.`,
  ]) {
    assert.throws(() => decodePickle(pickle(text), limits), { code: 'PICKLE_LIMIT' });
  }
  assert.equal(decodePickle(pickle(`N${'q\x00'.repeat(2000)}.`), limits), null);
  assert.deepEqual(decodePickle(pickle(']r\xff\xff\xff\xffj\xff\xff\xff\xff0.')), []);
});

test('texts with escapes without end are read in linear time, beyond 4 MiB not at all', () => {
  const million = 2 ** 21 - 1;
  const slashes = '\\\\'.repeat(million);
  assert.equal(decodePickle(pickle(`V${slashes}\n.`)), slashes);
  assert.equal(decodePickle(pickle(`S'${slashes}'\n.`)), '\\'.repeat(million));
  assert.equal((decodePickle(pickle(`V${slashes.slice(6)}\\u0041\n.`)) as string).at(-1), 'A');
  assert.throws(() => decodePickle(pickle(`F${'1'.repeat(4_000_000)}x\n.`)), { code: 'PICKLE_BROKEN' });
  assert.throws(() => decodePickle(pickle(`V${'a'.repeat(5_000_000)}\n.`)), { code: 'PICKLE_LIMIT' });
  const surrogates = decodePickle(pickle(`X\x00\x00\x30\x00${'\xed\xb2\x80'.repeat(0x100000)}.`));
  assert.equal(surrogates, '\udc80'.repeat(0x100000));
});

test('a frame must be there as a whole, and a frozen set may be a key where a set may not', () => {
  assert.throws(() => decodePickle(pickle('\x95\x03\x00\x00\x00\x00\x00\x00\x00N.')), {
    code: 'PICKLE_BROKEN',
  });
  assert.equal(decodePickle(pickle('\x95\x02\x00\x00\x00\x00\x00\x00\x00N.')), null);
  assert.equal((decodePickle(pickle('((K\x01\x91Nd.')) as Map<unknown, unknown>).size, 1);
  assert.throws(() => decodePickle(pickle('\x8f(\x8f\x90.')), { code: 'PICKLE_BROKEN' });
  assert.throws(() => decodePickle(pickle('(]tN0\x8f(]\x85\x90\x86.')), { code: 'PICKLE_BROKEN' });
});

test('a huge request is read in turns, others have theirs in between', async () => {
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const value = await decodePickleInTurns(pickle(`(${'K\x05'.repeat(600_000)}l.`));
  isDone = true;
  assert.equal((value as unknown[]).length, 600_000);
  assert.ok(turns >= 10, `${turns} turns`);
  await assert.rejects(decodePickleInTurns(pickle('cos\nsystem\n.')), { code: 'PICKLE_REFUSED' });
});

test('bytes behind the end are ignored, as Python ignores them', () => {
  assert.deepEqual(decodePickle(Buffer.concat([encodePickle(['ping']), Buffer.from('rubbish')])), ['ping']);
});

test('an answer pair comes back as what it says', () => {
  const good = decodeAnswer(encodePickle(new AnswerPair(0, new PythonTuple(['a', 1]))));
  assert.deepEqual(good, { ok: true, value: new PythonTuple(['a', 1]) });
  const bad = decodeAnswer(
    encodePickle(new AnswerPair(1, new PythonObject('builtins', 'IndexError', ['x']))),
  );
  assert.deepEqual(bad, { ok: false, error: new PythonObject('builtins', 'IndexError', ['x']) });
});

test('a value that nests without end is not encoded', () => {
  const loop: unknown[] = [];
  loop.push(loop);
  assert.throws(() => encodePickle(loop as never), { code: 'PICKLE_LIMIT' });
});
