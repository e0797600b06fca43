import { existsSync } from 'node:fs';
import { PythonFloat, PythonTuple, type PythonValue, pythonRepr } from '../../src/base/index.ts';
import { encodePickle } from '../../src/control/index.ts';
import { runPython, systemPython } from './python.ts';
import type { SeededRandom } from './random.ts';

const requests: readonly PythonValue[] = [
  ['ping'],
  ['status', 'sshd'],
  ['set', 'sshd', 'banip', '192.0.2.1', '2001:db8::1'],
  ['set', 'sshd', 'action', 'iptables', 'timeout', '60'],
  ['multi-set', 'sshd', 'addignoreip', ['192.0.2.1', '192.0.2.2', '192.0.2.1']],
  [
    'server-stream',
    [
      ['set', 'loglevel', 'INFO'],
      ['add', 'sshd', 'auto'],
      ['set', 'sshd', 'maxretry', 5],
      ['set', 'sshd', 'usedns', 'no'],
    ],
  ],
  ['reload', '--all', ['--unban'], [['set', 'syslogsocket', null]]],
  new PythonTuple([1, -1, 2 ** 40, 2n ** 70n, 0.5, new PythonFloat(1), true, false, null]),
  [new Map<PythonValue, PythonValue>([['a', [1, new PythonTuple([])]]]), new Set(['x']), 'é€\udc80', ''],
  'x'.repeat(300),
];

/** Pickles by hand that use what no encoder writes any more, and what wants to import or call; text is Latin-1. */
const handmade: readonly string[] = [
  "(lp0\nS'ping'\np1\na.",
  '(lp0\nVstatus\np1\naVs\\u0073hd\np2\nag1\na.',
  "(S'a'\nI5\nL7L\nF1.5\nI01\nNd0(I1\nt.",
  '\x80\x02]q\x00(U\x04pingq\x01h\x01K\x05M\x00\x01J\xff\xff\xff\xff\x8a\x02\x00\x01e.',
  '\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00]\x94\x8c\x04ping\x94a.',
  '\x80\x05\x8e\x02\x00\x00\x00\x00\x00\x00\x00ab\x96\x02\x00\x00\x00\x00\x00\x00\x00cd\x86.',
  '(\x8f(K\x01\x90\x85\x91.',
  "cos\nsystem\n(S'id'\ntR.",
  '\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R.',
  "(S'id'\nios\nsystem\n.",
  "(cos\nsystem\nS'id'\no.",
  '\x80\x02c__builtin__\nset\n]\x85\x81}b.',
  'P1\n.',
  '\x82\x01.',
];

/** Requests and other values in every protocol, where Debian's Python is there to write them, and pickles by hand. */
export function pickleSeeds(): readonly Buffer[] {
  const ours = requests.map((value) => encodePickle(value));
  return [...ours, ...handmade.map((text) => Buffer.from(text, 'latin1')), ...pythonSeeds()];
}

function pythonSeeds(): readonly Buffer[] {
  if (!existsSync(systemPython)) return [];
  const program = `
import pickle
nan, inf = float('nan'), float('inf')
result = [pickle.dumps(eval(text), p).hex() for text in given for p in range(6)]
`;
  const hexes = runPython(program, requests.map(pythonRepr)) as string[];
  return hexes.map((hex) => Buffer.from(hex, 'hex'));
}

const interesting: readonly Buffer[] = [
  ...Array.from({ length: 0x99 }, (_, code) => Buffer.from([code])),
  ...['\xff\xff\xff\xff', '\xff\xff\xff\x7f', '\x00\x00\x00\x80', '\x00'.repeat(8), '\xff'.repeat(8)],
  ...['q\x00', 'h\x00', 'j\xff\xff\xff\xff', 'r\xff\xff\xff\xff', 'p99999999999999\n', '\x94', '2', '0', '1'],
  ...['cos\nsystem\n', 'c__builtin__\neval\n', '\x93', 'R', 'b', '\x81', '\x92', 'o', 'ios\nsystem\n'],
  ...['<F2B_END_COMMAND>', '<F2B_CLOSE_COMMAND>', '(((((', '\x85\x85\x85\x85', ']]]]', '((t(ttt', '\x95'],
].map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part));

const longest = 4096;

/** A pickle with one to eight changes: bytes changed, cut, doubled, put in, taken from another, or strange opcodes. */
export function mutated(random: SeededRandom, seeds: readonly Buffer[]): Buffer {
  let bytes: Buffer<ArrayBufferLike> = random.chance(0.3)
    ? composed(random)
    : Buffer.from(random.pick(seeds));
  const changes = random.chance(0.6) ? 1 : random.integer(2, 8);
  for (let count = 0; count < changes; count += 1) bytes = changed(random, bytes, seeds);
  return bytes.subarray(0, longest);
}

function changed(random: SeededRandom, bytes: Buffer, seeds: readonly Buffer[]): Buffer {
  const at = random.integer(0, bytes.length);
  const end = Math.min(bytes.length, at + random.integer(0, 12));
  const put = (middle: Uint8Array, until: number): Buffer =>
    Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(until)]);
  switch (random.integer(0, 6)) {
    case 0: {
      if (at < bytes.length) bytes[at] = random.integer(0, 255);
      return bytes;
    }
    case 1: {
      if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << random.integer(0, 7));
      return bytes;
    }
    case 2:
      return put(new Uint8Array(), end);
    case 3:
      return put(Buffer.concat(random.times(1, 40, () => bytes.subarray(at, end))), end);
    case 4:
      return put(random.pick(interesting), random.chance(0.5) ? at : end);
    case 5: {
      const other = random.pick(seeds);
      const from = random.integer(0, other.length);
      return put(other.subarray(from, from + random.integer(0, 60)), end);
    }
    default:
      return put(Buffer.concat(random.times(1, 200, () => random.pick(interesting))), at);
  }
}

/** Opcodes that make a value of nothing. */
const makers: readonly string[] = [
  ...[
    'N',
    '\x88',
    '\x89',
    'K\x07',
    'M\x01\x02',
    'J\xfe\xff\xff\xff',
    'I-12\n',
    'I01\n',
    'L123456789012345678901L\n',
  ],
  ...[
    '\x8a\x02\x00\xff',
    '\x8b\x01\x00\x00\x00\x80',
    'G?\xf8\x00\x00\x00\x00\x00\x00',
    'F-1e300\n',
    'Finf\n',
  ],
  ...[
    "S'a\\x41\\n'\n",
    'U\x02ab',
    'T\x01\x00\x00\x00c',
    'Vd\\u00e9\\\\\n',
    '\x8c\x02\xc3\xa9',
    'X\x03\x00\x00\x00\xed\xb2\x80',
  ],
  ...['\x8d\x01\x00\x00\x00\x00\x00\x00\x00x', 'C\x02\x00\xff', 'B\x01\x00\x00\x00y'],
  ...[
    '\x8e\x01\x00\x00\x00\x00\x00\x00\x00z',
    '\x96\x01\x00\x00\x00\x00\x00\x00\x00b',
    ']',
    ')',
    '}',
    '\x8f',
  ],
];

/** A pickle that is well formed for the most part: a stack that grows and shrinks, with marks and a memo. */
export function composed(random: SeededRandom): Buffer {
  const parts: string[] = [random.pick(['', '\x80\x02', '\x80\x04', '\x80\x05'])];
  let depth = 0;
  const slots = new Set<number>();
  const push = (text: string, change: number): void => {
    parts.push(text);
    depth += change;
  };
  for (let count = random.integer(1, 40); count > 0; count -= 1) {
    const choice = random.integer(0, 9);
    if (depth === 0 || choice < 3) push(random.pick(makers), 1);
    else if (choice === 3) push(random.pick(['\x85', '2', '0N']), 0);
    else if (choice === 4) push(`q${String.fromCharCode(slots.add(slots.size).size - 1)}`, 0);
    else if (choice === 5 && slots.size > 0) {
      push(`h${String.fromCharCode(random.pick([...slots]))}`, 1);
    } else if (choice === 6) {
      const items = random.times(0, 6, () => random.pick(makers)).join('');
      push(`(${items}${random.pick(['t', 'l', 'd', '1N', '\x91'])}`, 1);
    } else if (choice === 7)
      push(
        random.pick([']', '\x8f', '}']).concat('(', random.pick(makers), random.pick(['e', '\x90', 'u'])),
        1,
      );
    else if (choice === 8 && depth > 1) push('\x86', -1);
    else if (choice === 9 && depth > 2) push('\x87', -2);
    if (parts.at(-1) === '2') depth += 1;
  }
  while (depth > 1) push('\x86', -1);
  return Buffer.from(`${parts.join('')}.`, 'latin1');
}
