import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { WarderError } from '../../src/base/index.ts';
import { lineCodec } from '../../src/source/index.ts';
import { TestFollower, temporaryDirectory, write } from './harness.ts';

const decode = (name: string, bytes: Buffer): string => lineCodec(name).decode(bytes, 0, bytes.length);

test('invalid bytes become replacement characters and are told from valid ones', () => {
  const bytes = Buffer.from('a\xff\xc3z', 'latin1');
  assert.equal(decode('utf-8', bytes), 'a\ufffd\ufffdz');
  assert.equal(lineCodec('utf-8').isValid(bytes, 0, 4), false);
  assert.equal(lineCodec('utf-8').isValid(bytes, 3, 4), true);
  assert.equal(decode('ascii', bytes), 'a\ufffd\ufffdz');
  assert.equal(lineCodec('ascii').isValid(bytes, 0, 4), false);
});

test("Python's names of encodings are known, in any spelling", () => {
  const euro = Buffer.from([0x80]);
  assert.equal(decode('CP1252', euro), '€');
  assert.equal(decode('windows-1252', euro), '€');
  for (const name of ['latin-1', 'Latin1', 'ISO-8859-1', 'iso8859_1', 'L1'])
    assert.equal(decode(name, euro), '\x80');
  assert.equal(decode('iso8859-15', Buffer.from([0xa4])), '€');
  assert.equal(decode('koi8_r', Buffer.from([0xc1])), 'а');
  assert.equal(decode('shift_jis', Buffer.from([0x82, 0xa0])), 'あ');
  assert.equal(decode('utf-8-sig', Buffer.from('\ufeffa')), 'a');
  assert.equal(decode('UTF8', Buffer.from('\ufeffa')), '\ufeffa');
});

test('an unknown encoding is refused', () => {
  assert.throws(
    () => lineCodec('klingon'),
    (error) => error instanceof WarderError && error.code === 'SOURCE_ENCODING',
  );
});

test("auto is the locale's encoding, and UTF-8 where that is plain ASCII or unknown", () => {
  assert.equal(lineCodec('auto', { LANG: 'de_DE.ISO-8859-15@euro' }).name, 'ISO-8859-15');
  assert.equal(lineCodec('auto', { LC_ALL: 'C' }).name, 'UTF-8');
  assert.equal(lineCodec('auto', { LC_ALL: 'C.ANSI_X3.4-1968' }).name, 'UTF-8');
  assert.equal(lineCodec('auto', { LC_ALL: 'C.UTF-8', LANG: 'de_DE.ISO-8859-1' }).name, 'UTF-8');
});

for (const [name, bigEndian, mark] of [
  ['utf-16', false, true],
  ['utf-16', true, true],
  ['utf-16', false, false],
  ['utf-16le', false, false],
  ['UTF-16BE', true, false],
  ['utf-32', false, true],
  ['utf-32', true, true],
  ['UTF32_LE', false, false],
  ['utf-32-be', true, false],
] as const) {
  const unit = name.toLowerCase().includes('32') ? 4 : 2;
  test(`lines in ${name}, ${bigEndian ? 'big' : 'little'}-endian, ${mark ? 'with' : 'without'} a mark, end at ${unit * 8}-bit line feeds`, (context) => {
    const log = join(temporaryDirectory(context), 'a.log');
    const encoded = (text: string): Buffer => {
      const bytes = Buffer.alloc(text.length * unit);
      [...text].forEach((character, index) => {
        const code = character.charCodeAt(0);
        if (bigEndian) bytes.writeUIntBE(code, index * unit, unit);
        else bytes.writeUIntLE(code, index * unit, unit);
      });
      return bytes;
    };
    // U+0A0A and U+0D0A hold the byte of a line feed.
    write(log, encoded(`${mark ? '\ufeff' : ''}one \u0a0a \u0d0a\u0100\r\ntwo\n`));
    const watched = new TestFollower(context);
    const jail = watched.jailWith({ paths: [log], encoding: name });
    write(log, encoded('three').subarray(0, unit * 2 + 1));
    watched.look();
    write(log, encoded('three\n').subarray(unit * 2 + 1));
    watched.look();
    assert.deepEqual(jail.lines, ['one \u0a0a \u0d0a\u0100', 'two', 'three']);
  });
}

test('what is no character in utf-16 or utf-32 is replaced, and told from what is', () => {
  const lone = Buffer.from('a\ud800b', 'utf16le');
  assert.equal(decode('utf-16le', lone), 'a\ufffdb');
  assert.equal(lineCodec('utf-16le').isValid(lone, 0, 6), false);
  const units = (...codes: number[]): Buffer =>
    Buffer.concat(codes.map((code) => Buffer.from([code >>> 24, code >>> 16, code >>> 8, code])));
  const bytes = units(97, 0xd800, 0x1f600, 0x110000, 98);
  assert.equal(decode('utf-32be', bytes), 'a\ufffd\u{1f600}\ufffdb');
  assert.equal(decode('utf-32be', bytes.subarray(0, 6)), 'a\ufffd');
  assert.deepEqual(
    [
      [0, 20],
      [8, 12],
      [0, 4],
      [0, 6],
    ].map(([start, end]) => lineCodec('utf-32be').isValid(bytes, start!, end!)),
    [false, true, true, false],
  );
});

test('the byte order of a file that was empty at first is told by what comes', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, '');
  const watched = new TestFollower(context);
  const jail = watched.jailWith({ paths: [log], encoding: 'utf-16' });
  write(log, Buffer.from('\ufeffone\n', 'utf16le').swap16());
  watched.look();
  assert.deepEqual(jail.lines, ['one']);
});
