import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { WarderError } from '../../src/base/index.ts';
import { type LineCodec, lineCodec } from '../../src/source/index.ts';
import { runPython, systemPython } from '../support/python.ts';
import { requireThat } from '../support/tools.ts';

const program = `
import codecs, encodings.aliases
names = sorted(set(encodings.aliases.aliases) | set(encodings.aliases.aliases.values()) | {'koi8_u', 'cp874', 'utf_8_sig'})
characters = [chr(c) for c in [*range(0x20, 0x7f), *range(0xa0, 0x600), *range(0xe00, 0xe60), *range(0x2010, 0x2040), 0x20ac,
    *range(0x3041, 0x3094), *range(0x4e00, 0x9f00, 97), *range(0xac00, 0xd7a0, 97), 0xff21, 0x1f600]]
result = []
known = {}
for name in names:
    try:
        info = codecs.lookup(name)
        if not info._is_text_encoding:
            continue
    except LookupError:
        continue
    texts = known.setdefault(info.name, [])
    for character in [] if texts else characters:
        try:
            data = character.encode(name)
            texts.append([data.hex(), data.decode(name)])
        except UnicodeError:
            pass
    result.append({'name': name, 'codec': info.name, 'texts': texts})
`;

interface PythonCodec {
  readonly name: string;
  readonly codec: string;
  readonly texts: readonly (readonly [string, string])[];
}

/** Python's encodings that nothing here can read: of IBM's hosts, of DOS, and rare ones that no log was seen in. */
const unreadable =
  /^(?:cp(?:037|273|424|437|500|720|737|775|85\d|86[0-5]|869|875|1006|1026|1125|1140)|johab|hz|utf-7|hp-roman8|kz1048|ptcp154|mac-(?:greek|iceland|latin2|turkish)|iso2022_jp_\w+|iso2022_kr|euc_jis\w+|shift_jis(?:_2004|x0213))$/;

/** What the web's tables, which we decode with, read otherwise, or do not have. */
const knownToDiffer = new Map([
  ['big5', 'box drawing and Cyrillic of an extension'],
  ['big5hkscs', 'the same'],
  ['cp950', 'the same'],
  ['cp949', 'syllables beyond KS X 1001'],
  ['euc_kr', 'syllables spelt out in their parts'],
  ['gb2312', 'the dash'],
  ['euc_jp', 'the not sign'],
  ['shift_jis', 'the not sign'],
  ['iso2022_jp', 'the not sign'],
]);

test("every name that Python has for an encoding that we read is known, and reads as Python's", (context) => {
  const reason = `MISSING TOOL: ${systemPython} is not installed`;
  if (!requireThat(context, existsSync(systemPython), reason)) return;
  const known = new Set<string>();
  const refused: string[] = [];
  for (const { name, codec, texts } of runPython(program, {}) as PythonCodec[]) {
    const ours = codecOrNothing(name);
    if (ours === undefined) {
      if (!unreadable.test(codec)) refused.push(name);
      continue;
    }
    known.add(codec);
    assert.doesNotMatch(codec, unreadable);
    const wrong = texts.filter(([hex, text]) => decodeAll(ours, Buffer.from(hex, 'hex')) !== text);
    if (!knownToDiffer.has(codec)) assert.deepEqual(wrong, [], name);
    else assert.ok(wrong.length < texts.length / 2, `${name}: ${wrong.length} of ${texts.length}`);
  }
  assert.deepEqual(refused, []);
  context.diagnostic(`read as Python does: ${[...known].sort().join(' ')}`);
});

function codecOrNothing(name: string): LineCodec | undefined {
  try {
    return lineCodec(name);
  } catch (error) {
    assert.ok(error instanceof WarderError && error.code === 'SOURCE_ENCODING');
    return undefined;
  }
}

function decodeAll(codec: LineCodec, bytes: Buffer): string {
  return codec.decode(bytes, 0, bytes.length);
}
